// The shape of the house, held by machine. Every check is also shown a made-up file that breaks it:
// a checker that cannot fail, or that read nothing, is worse than none.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, isTypeScript, listFiles, ROOT, readSource, sourceFile } from '../scripts/source-files.ts';
import { checkFloors, FLOORS, floorOf, type Violation } from './architecture/floors.ts';
import * as rules from './architecture/rules.ts';
import { checkConsoleImports, checkLock, checkTraces } from './architecture/whole.ts';

const paths = listFiles('.');
const sources = paths
  .filter((path) => /^packages\/[^/]+\/src\//.test(path) && isTypeScript(path))
  .map((path) => readSource(path));
const ours = paths.filter((path) => isTypeScript(path)).map((path) => readSource(path));
const contract = new Map(
  sources.filter((file) => file.path.startsWith('packages/contract/')).map((file) => [file.path, file]),
);
const texts = paths.filter((path) =>
  /\.(ts|tsx|js|json|md|css|html|sh|yml|yaml|csv|sql)$|^[^.]+$|(^|\/)\.[\w/]+$/.test(path),
);
const consoleFiles = sources.filter((file) => file.path.startsWith('packages/console/src/'));

const show = (violations: readonly Violation[]): string[] =>
  violations.map(({ path, line, rule, finding }) => `${path}:${line} ${rule}: ${finding}`);
const broken = (path: string, text: string, rule: (file: ReturnType<typeof sourceFile>) => Violation[]): string[] =>
  rule(sourceFile(path, text)).map((violation) => violation.finding);

describe('what the checks read', () => {
  it('is a whole house, not an empty folder', () => {
    expect(sources.length).toBeGreaterThan(60);
    expect(sources.reduce((sum, file) => sum + file.imports.length, 0)).toBeGreaterThan(sources.length);
    expect(new Set(sources.map((file) => floorOf(file.path)?.name))).toContain('platform');
  });

  it('is every source file that git would commit', () => {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'packages'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const known = listed.split('\n').filter((path) => /^packages\/[^/]+\/src\//.test(path) && isTypeScript(path));
    expect(new Set(sources.map((file) => file.path))).toEqual(new Set(known));
  });

  it('sees imports in each of their forms, and those it cannot read', () => {
    const text = [
      "import a, { b } from './a.ts';",
      "import type { C } from './c.ts';",
      "import { type D, type E } from './d.ts';",
      "export * from './f.ts';",
      'export {',
      '  g, // the one that matters',
      "} from './g.ts';",
      "import './h.css';",
      "const i = await import('./i.ts');",
      'const j = await import(name);',
      "// import k from './k.ts';",
    ].join('\n');
    const seen = importsOf(text).map(({ specifier, typeOnly }) => `${typeOnly ? 'type ' : ''}${specifier}`);
    expect(seen.sort()).toEqual(
      ['./a.ts', 'type ./c.ts', 'type ./d.ts', './f.ts', './g.ts', './h.css', './i.ts', 'null'].sort(),
    );
  });
});

describe('floors', () => {
  it('hold for every import', () => {
    expect(show(sources.flatMap(checkFloors))).toEqual([]);
  });

  it.each([
    ['platform', 'packages/server/src/platform/x.ts', "import { a } from '../gate/gate.ts';"],
    ['access', 'packages/server/src/access/x.ts', "import { a } from '../gate/gate.ts';"],
    ['gate past the door', 'packages/server/src/gate/x.ts', "import { a } from '../access/roles/role.ts';"],
    ['an area and main', 'packages/server/src/gate/x.ts', "import { a } from '../main.ts';"],
    ['an area and its own package by name', 'packages/server/src/gate/x.ts', "import { a } from '@sentinel/server';"],
    ['a relative way out of the package', 'packages/cli/src/x.ts', "import { a } from '../../server/src/main.ts';"],
    ['the console and the server', 'packages/console/src/x.ts', "import type { A } from '@sentinel/server';"],
    ['the contract and a package', 'packages/contract/src/x.ts', "import { a } from 'fastify';"],
    ['the contract and the disk', 'packages/contract/src/x.ts', "import { readFileSync } from 'node:fs';"],
    ['the product and test support', 'packages/server/src/platform/db/x.ts', "import { a } from './testing.ts';"],
    ['made-up people in the product', 'packages/cli/src/up.command.ts', "import { a } from '@sentinel/sandbox';"],
    ['the server and made-up people', 'packages/server/src/gate/x.ts', "import { a } from '@sentinel/sandbox';"],
    ['a computed import', 'packages/server/src/gate/x.ts', 'await import(name);'],
    ['a file outside every floor', 'packages/leftover/src/x.ts', ''],
  ])('would catch %s', (_what, path, text) => {
    expect(checkFloors(sourceFile(path, text))).toHaveLength(1);
  });

  it.each([
    ['packages/server/src/gate/x.ts', "import { a } from '../access/access.ts';"],
    ['packages/server/src/gate/x.ts', "import { sql } from 'kysely';"],
    ['packages/server/src/main.ts', "import { a } from './gate/book/book.store.ts';"],
    ['packages/cli/src/x.ts', "import { a } from '@sentinel/server';"],
    ['packages/cli/src/demo.ts', "import { a } from '@sentinel/sandbox';"],
  ])('let the right way pass: %s', (path, text) => {
    expect(checkFloors(sourceFile(path, text))).toEqual([]);
  });

  it('are a table in which each floor imports only what stands lower', () => {
    for (const [index, floor] of FLOORS.entries()) {
      for (const name of [...floor.from, ...floor.doors]) {
        expect(
          FLOORS.slice(0, index).map((lower) => lower.name),
          `${floor.name} imports ${name}`,
        ).toContain(name);
      }
    }
  });
});

describe('rules about single files', () => {
  it.each(rules.SOURCE_RULES.map((rule) => [rule.name, rule] as const))('%s', (_name, rule) => {
    expect(show(sources.flatMap(rule))).toEqual([]);
  });

  it('hold for tests, scripts and benchmarks too, as far as they fit', () => {
    const everywhere = [rules.namesSaySomething, rules.filesAreShort, rules.suppressionsHaveReasons];
    const violations = ours
      .filter((file) => !file.path.startsWith('tests/architecture'))
      .flatMap((file) => everywhere.flatMap((rule) => rule(file)));
    expect(show(violations)).toEqual([]);
  });

  const inGate = 'packages/server/src/gate/book/';
  it.each([
    ['a name that says nothing', 'packages/server/src/utils/x.ts', '', rules.namesSaySomething],
    ['an index', 'packages/server/src/gate/index.ts', '', rules.namesSaySomething],
    ['an unknown kind', `${inGate}book.service.ts`, '', rules.kindsAreKnown],
    [
      'SQL in a route',
      `${inGate}book.routes.ts`,
      'await tx.selectFrom("contact").execute();',
      rules.kindsKeepToTheirWork,
    ],
    ['SQL in an idea', `${inGate}book.ts`, 'return sql`select 1`.execute(tx);', rules.kindsKeepToTheirWork],
    [
      'HTTP in a store',
      `${inGate}book.store.ts`,
      "import { route } from '../../platform/http/route.ts';",
      rules.kindsKeepToTheirWork,
    ],
    ['a second writer', `${inGate}book.store.ts`, "tx.insertInto('message').values(row);", rules.messagesHaveOneWriter],
    [
      'a second writer in plain SQL',
      'packages/server/src/platform/x.ts',
      'sql`delete from message_contact`;',
      rules.messagesHaveOneWriter,
    ],
    ['a long file', `${inGate}book.ts`, 'x\n'.repeat(401), rules.filesAreShort],
    [
      'a file that does not say what it is for',
      `${inGate}book.ts`,
      "import a from 'b';",
      rules.filesIntroduceThemselves,
    ],
    [
      'a second reader of the environment',
      `${inGate}book.ts`,
      "const a = process.env['A'];",
      rules.environmentIsReadOnce,
    ],
    ['the environment by another name', `${inGate}book.ts`, 'const { env } = process;', rules.environmentIsReadOnce],
    ['a clock of its own', `${inGate}book.ts`, 'const now = new Date();', rules.timeAndChanceAreArguments],
    [
      'an id of its own',
      'packages/server/src/platform/x.ts',
      'const id = randomUUID();',
      rules.timeAndChanceAreArguments,
    ],
    [
      'a silent suppression',
      `${inGate}book.ts`,
      '// oxlint-disable-next-line max-depth',
      rules.suppressionsHaveReasons,
    ],
    ['an error waved away', `${inGate}book.ts`, '// @ts-expect-error', rules.suppressionsHaveReasons],
  ])('would catch %s', (_what, path, text, rule) => {
    expect(broken(path, text, rule)).toHaveLength(1);
  });

  it('let the ledger write messages', () => {
    const text = "tx.insertInto('message').values(row);";
    expect(broken('packages/server/src/gate/admission/ledger.store.ts', text, rules.messagesHaveOneWriter)).toEqual([]);
  });
});

describe('the repository', () => {
  const parent = dirname(ROOT);
  const places = [ROOT, homedir(), ...(parent === '/' || parent === tmpdir() ? [] : [parent])].filter(
    (place) => place.length > 2,
  );

  it('carries no trace of the machine it was written on', () => {
    expect(texts.length).toBeGreaterThan(100);
    expect(
      show(
        texts.flatMap((path) =>
          checkTraces(
            readSource(path),
            places.map((place) => `${place}/`),
          ),
        ),
      ),
    ).toEqual([]);
  });

  it('would notice such a trace', () => {
    const traces = [`cd ${ROOT}/packages`, `https://${'registry'}.example.com/x`, `see ${'issue'} #12`];
    expect(checkTraces(sourceFile('x.md', traces.join('\n')), [`${ROOT}/`])).toHaveLength(3);
  });

  it('locks packages without naming a registry, and none of them runs a script at install', () => {
    const { packages, violations } = checkLock(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
    expect(packages).toBeGreaterThan(100);
    expect(show(violations)).toEqual([]);
  });

  it('would notice a lock that does', () => {
    const bad = {
      packages: {
        'node_modules/a': { resolved: 'https://example.com/a.tgz' },
        'node_modules/b': { hasInstallScript: true },
        'node_modules/@openrouter/sdk': { hasInstallScript: true },
      },
    };
    expect(checkLock(JSON.stringify(bad)).violations).toHaveLength(3);
    expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  });

  it('sends no schema library to the browser', () => {
    expect(consoleFiles.length).toBeGreaterThan(10);
    expect(show(consoleFiles.flatMap((file) => checkConsoleImports(file, contract)))).toEqual([]);
  });

  it('would notice a console that imports schemas', () => {
    const heavy = sourceFile('packages/console/src/x.tsx', "import { Outcome } from '@sentinel/contract';");
    const light = sourceFile('packages/console/src/x.tsx', "import type { Outcome } from '@sentinel/contract';");
    const table = sourceFile('packages/console/src/x.tsx', "import { OUTCOMES } from '@sentinel/contract/outcomes';");
    expect([heavy, light, table].map((file) => checkConsoleImports(file, contract).length)).toEqual([1, 0, 0]);
  });
});
