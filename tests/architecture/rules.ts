// Rules about single files of the product: names, kinds, sizes, what may stand where. Each takes a file and answers
// what is wrong with it, so that the tests can show with made-up files that the rule bites.
import { isTest, isTestSupport, type SourceFile } from '../../scripts/source-files.ts';
import type { Violation } from './floors.ts';

type Rule = (file: SourceFile) => Violation[];

const MAX_LINES = 400;
/** What may stand between the name of a file and its ending, by package. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  server: ['store', 'routes', 'jobs', 'migrations', 'tables', 'testing'],
  console: ['page', 'queries'],
  cli: ['command'],
};
const NAMES_THAT_SAY_NOTHING = /(^|\/)(index|utils?|commons?|shared|helpers?|types|misc|lib)(\/|\.tsx?$)/;
const MESSAGE_WRITER = 'packages/server/src/gate/admission/ledger.store.ts';
const MAY_READ_ENVIRONMENT = new Set(['packages/server/src/config.ts']);

const AREA = /^packages\/server\/src\/(access|gate|deals|fleet)\//;
const SQL = /\bsql(<[^>`]*>)?`|\.(selectFrom|insertInto|updateTable|deleteFrom|mergeInto)\(|\bfrom 'kysely'/;
const MESSAGE_TABLES = String.raw`(message|message_\w+|gate_outcome\w*)`;
const MESSAGE_WRITE = new RegExp(
  String.raw`^(?!\s*(//|/?\*)).*(\b(insert\s+into|update|delete\s+from|truncate(\s+table)?|copy|merge\s+into)\s+"?${MESSAGE_TABLES}\b` +
    String.raw`|\.(insertInto|updateTable|deleteFrom|mergeInto)\(\s*['"\`]${MESSAGE_TABLES}\b)`,
  'i',
);

const isProduct = (path: string): boolean => !isTest(path) && !isTestSupport(path);

/** No file or folder with a name under which anything could be put. */
export const namesSaySomething: Rule = (file) =>
  NAMES_THAT_SAY_NOTHING.test(file.path) ? [at(file, 1, 'names', 'the name says nothing about what is inside')] : [];

/** In the server `x.store.ts` holds SQL, `x.routes.ts` HTTP, `x.jobs.ts` background work; nobody invents further kinds. */
export const kindsAreKnown: Rule = (file) => {
  if (isTest(file.path)) return [];
  const [, ...kinds] = (file.path.split('/').at(-1) ?? '').replace(/\.tsx?$/, '').split('.');
  const known = KINDS[file.path.split('/')[1] ?? ''] ?? [];
  const isKnown = kinds.length < 2 && kinds.every((kind) => known.includes(kind));
  return isKnown ? [] : [at(file, 1, 'kinds', `unknown kind of file: ${kinds.join('.')}`)];
};

/** In the areas, SQL stands in stores and migrations and nowhere else; stores know no HTTP and no files. */
export const kindsKeepToTheirWork: Rule = (file) => {
  if (!AREA.test(file.path) || !isProduct(file.path)) return [];
  const holdsSql = /\.(store|migrations|tables)\.ts$/.test(file.path);
  if (!holdsSql) return linesWith(file, SQL, 'kinds', 'SQL belongs into a store');
  return linesWith(
    file,
    /from '(node:fs|node:http|node:net|fastify|.*\/platform\/(http|outbound)\/)|\bfetch\(/,
    'kinds',
    'a store does SQL only',
  );
};

/** Nobody writes messages or outcomes but the ledger's store (the database's roles say the same). */
export const messagesHaveOneWriter: Rule = (file) => {
  if (!file.path.startsWith('packages/') || !isProduct(file.path) || file.path === MESSAGE_WRITER) return [];
  return file.path.endsWith('.migrations.ts')
    ? []
    : linesWith(file, MESSAGE_WRITE, 'one writer', `only ${MESSAGE_WRITER} writes messages`);
};

/** A file is read in one sitting. */
export const filesAreShort: Rule = (file) => {
  const lines = file.text.split('\n').length - 1;
  return lines > MAX_LINES ? [at(file, lines, 'size', `${lines} lines; ${MAX_LINES} at most`)] : [];
};

/** Every file of the product opens by saying what it is for. */
export const filesIntroduceThemselves: Rule = (file) => {
  const first = file.text.replace(/^#!.*\n/, '');
  return isProduct(file.path) && !/^(\/\/ \S|\/\*\*?\s)/.test(first)
    ? [at(file, 1, 'opening', 'does not open with what it is for')]
    : [];
};

/** Settings come from one table; nothing else reads the environment. */
export const environmentIsReadOnce: Rule = (file) =>
  MAY_READ_ENVIRONMENT.has(file.path) || !isProduct(file.path) || !file.path.includes('/src/')
    ? []
    : linesWith(
        file,
        /\bprocess\s*\.\s*env\b|\bprocess\s*\[\s*['"]env|\{[^}]*\benv\b[^}]*\}\s*(=\s*process\b|from 'node:process')/,
        'environment',
        'only config.ts reads the environment',
      );

/** Time, chance and ids are handed in, so that tests own them. */
export const timeAndChanceAreArguments: Rule = (file) => {
  if (!isProduct(file.path) || !file.path.startsWith('packages/server/src/')) return [];
  const ids = /\bMath\.random\(|\brandomUUID\(/;
  const clock = AREA.test(file.path) ? /\bDate\.now\(|\bnew Date\(\s*\)/ : null;
  return [
    ...linesWith(file, ids, 'time and chance', 'ids are minted in platform/ids.ts only'),
    ...(clock === null ? [] : linesWith(file, clock, 'time and chance', 'now is an argument')),
  ];
};

const SUPPRESSION =
  /(?:\/\/|\/\*)\s*(?:oxlint|eslint)-disable(?!.*--\s*\S.{8})|biome-ignore(?!\s+\S+:\s*\S.{8})|@ts-(ignore|nocheck)|@ts-expect-error(?!\s+\S.{8})/;

/** A suppression without a reason does not stand: on its own line behind `--`, or as a comment right above it. */
export const suppressionsHaveReasons: Rule = (file) => {
  const lines = file.text.split('\n');
  const isExplained = (line: number): boolean =>
    /^\s*(\/\/|\{?\/\*)\s*\S.{8}/.test(lines[line - 2] ?? '') && !SUPPRESSION.test(lines[line - 2] ?? '');
  return linesWith(file, SUPPRESSION, 'suppressions', 'a suppression gives its reason').filter(
    ({ line }) => !isExplained(line),
  );
};

export const SOURCE_RULES: readonly Rule[] = [
  namesSaySomething,
  kindsAreKnown,
  kindsKeepToTheirWork,
  messagesHaveOneWriter,
  filesAreShort,
  filesIntroduceThemselves,
  environmentIsReadOnce,
  timeAndChanceAreArguments,
  suppressionsHaveReasons,
];

/** All lines of a file that a pattern finds. */
export function linesWith(file: SourceFile, pattern: RegExp, rule: string, finding: string): Violation[] {
  return file.text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [at(file, index + 1, rule, finding)] : []));
}

function at(file: SourceFile, line: number, rule: string, finding: string): Violation {
  return { path: file.path, line, rule, finding };
}
