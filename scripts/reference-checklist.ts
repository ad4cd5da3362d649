// The page that says which test proves which line of the security checklist, read from the tests themselves.
import { CHECKLIST, type ChecklistLine } from './security-checklist.ts';
import { isTest, listFiles, readSource } from './source-files.ts';

export interface Proof {
  readonly line: string;
  readonly path: string;
  /** Title of the test, or of the group of tests, below the comment, behind those of the groups it stands in. */
  readonly title: string;
}

const PROVES = /^\s*\/\/ Proves: (?<lines>.+?)\.?$/;
const TITLE = /^\s*(?:it|describe|test)(?:\.\w+(?:<.*?>)?(?:\(.*?\))?)*\(\s*(['"`])(?<title>.+?)\1/;
const TITLE_BEHIND_CASES = /^\s*\][^(]*\)\(\s*(['"`])(?<title>.+?)\1/;

/** The lines of the checklist that a test file says it proves. */
export function proofsOf(path: string, text: string): Proof[] {
  const rows = text.split('\n');
  return rows.flatMap((row, index) => {
    const lines = PROVES.exec(row)?.groups?.['lines'];
    if (lines === undefined) return [];
    const title = titleBelow(rows.slice(index + 1));
    const whole = title === '' ? '' : [...groupsAbove(rows, index + 1), title].join(' › ');
    return lines.split(',').map((line) => ({ line: line.trim(), path, title: whole }));
  });
}

/** The title of the test that these rows begin with; empty when they begin with none. */
function titleBelow(rows: readonly string[]): string {
  const opening = rows[0] ?? '';
  const own = TITLE.exec(rows.slice(0, 3).join('\n'))?.groups?.['title'];
  if (own !== undefined || !/^\s*(?:it|describe|test)\b.*[([]$/.test(opening)) return own ?? '';
  const indent = /^\s*/.exec(opening)?.[0] ?? '';
  const end = rows.findIndex((row) => row.startsWith(`${indent}]`));
  return TITLE_BEHIND_CASES.exec(rows.slice(end, end + 3).join('\n'))?.groups?.['title'] ?? '';
}

/** Titles of the groups that a row stands in, the outermost first. */
function groupsAbove(rows: readonly string[], index: number): string[] {
  const indentOf = (row: string): number => row.length - row.trimStart().length;
  const groups: string[] = [];
  let indent = indentOf(rows[index] ?? '');
  for (let at = index - 1; at >= 0 && indent > 0; at -= 1) {
    const row = rows[at] ?? '';
    if (!/^\s*describe\b/.test(row) || indentOf(row) >= indent) continue;
    groups.unshift(titleBelow(rows.slice(at)));
    indent = indentOf(row);
  }
  return groups.filter((title) => title !== '' && title !== '%s');
}

export function findProofs(): Proof[] {
  return [...listFiles('packages'), ...listFiles('tests')]
    .filter(isTest)
    .flatMap((path) => proofsOf(path, readSource(path).text));
}

/** Lines that no test proves and that give no reason, and comments that name no line or stand above no test. */
export function checklistGaps(proofs: readonly Proof[], lines: readonly ChecklistLine[] = CHECKLIST): string[] {
  const known = new Set(lines.map(({ id }) => id));
  const proven = new Set(proofs.map(({ line }) => line));
  return [
    ...lines.filter(({ id, absent }) => absent === undefined && !proven.has(id)).map(({ id }) => `${id} has no test`),
    ...proofs
      .filter(({ line }) => !known.has(line))
      .map(({ line, path }) => `${path} proves ${line}, which is no line`),
    ...proofs.filter(({ title }) => title === '').map(({ line, path }) => `${path} proves ${line} above no test`),
  ];
}

export function checklistPage(proofs: readonly Proof[] = findProofs()): string {
  const rows = CHECKLIST.map((line) => row(line, proofs));
  return `# Security checklist

What an authorization service must hold against, and the tests that prove it here. Made from the tests by \`npm run docs\`.

| Line | Requirement | Source | Proven by |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function row({ id, requirement, source, absent }: ChecklistLine, proofs: readonly Proof[]): string {
  const found = proofs.filter(({ line }) => line === id);
  const tests = found.map(({ path, title }) => `[${cell(title)}](../../${path})`);
  return `| ${id} | ${cell(requirement)} | ${source} | ${[...tests, ...(absent === undefined ? [] : [`*${absent}*`])].join('<br>')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('[', '\\[').replaceAll(']', '\\]').replaceAll('<', '&lt;');
}
