// Docs and code say the same: the reference is generated, links lead somewhere, and commands of the README exist.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES } from '@sentinel/contract';
import { checklistGaps, findProofs, proofsOf } from '../scripts/reference-checklist.ts';
import { referencePages } from '../scripts/reference-pages.ts';
import { apiPage, cliPage, type CommandFacts } from '../scripts/reference-surfaces.ts';
import { configPage, problemsPage } from '../scripts/reference-tables.ts';
import { listFiles, ROOT } from '../scripts/source-files.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const documents = listFiles('.').filter((path) => path.endsWith('.md'));

/** Relative links of a document, without their anchors. */
function linksOf(text: string): string[] {
  const targets = [...text.matchAll(/\]\((?<to>[^)\s]+)\)/g)].map((match) => match.groups?.['to'] ?? '');
  return targets.filter((to) => !/^([a-z]+:|#)/i.test(to)).map((to) => to.replace(/#.*$/, ''));
}

const deadLinks = (path: string, text: string): string[] =>
  linksOf(text)
    .filter((to) => !existsSync(join(ROOT, dirname(path), to)))
    .map((to) => `${path} → ${to}`);

const pages = await referencePages();

describe('the reference', () => {
  it('has a page for each table and surface of the product, and no other', () => {
    const names = ['actions', 'api', 'audit-events', 'cli', 'config', 'outcomes', 'problems', 'security-checklist'];
    expect([...pages.keys()].sort()).toEqual(names.map((name) => `docs/reference/${name}.md`));
    expect(listFiles('docs/reference')).toEqual([...pages.keys()].sort());
  });

  // Proves: ASVS 1, ASVS 60.
  it.each([...pages])('%s is what `npm run docs` would write', (path, text) => {
    expect(read(path)).toBe(text);
  });

  it('has a test, or a reason, for every line of the security checklist', () => {
    expect(checklistGaps(findProofs())).toEqual([]);
  });

  it('would notice a line without a test, a proof of nothing and one above no test', () => {
    const lines = [{ id: 'OAuth 1', requirement: 'x', source: 'y' }];
    const comment = '  // Proves: OAuth 2.';
    expect(checklistGaps(proofsOf('a.test.ts', `${comment}\n  it('b', () => {});`), lines)).toEqual([
      'OAuth 1 has no test',
      'a.test.ts proves OAuth 2, which is no line',
    ]);
    expect(checklistGaps(proofsOf('a.test.ts', '// Proves: OAuth 1.\nconst x = 1;'), lines)).toEqual([
      'a.test.ts proves OAuth 1 above no test',
    ]);
  });

  it('names the test that proves a line with the groups it stands in, also behind its cases', () => {
    const text = [
      "describe('a code', () => {",
      '  // Proves: OAuth 26, ASVS 21.',
      '  it.each<[string, number]>([',
      "    ['a case', 1],",
      "  ])('is good %s', () => {});",
      '});',
      '// Proves: ASVS 1.',
      "it.each(['a', 'b'])(",
      "  'is %s',",
      '  () => {},',
      ');',
      '// Proves: ASVS 2.',
      '// A word.',
      "it('c', () => {});",
    ].join('\n');
    expect(proofsOf('a.test.ts', text).map(({ line, title }) => [line, title])).toEqual([
      ['OAuth 26', 'a code › is good %s'],
      ['ASVS 21', 'a code › is good %s'],
      ['ASVS 1', 'is %s'],
      ['ASVS 2', ''],
    ]);
  });

  it('names every problem', () => {
    const text = problemsPage();
    expect(PROBLEM_CODES.filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it('shows no home directory and no default of a secret', () => {
    const setting = {
      env: ['SENTINEL_X'],
      flag: null,
      meaning: 'A folder.',
      fallback: '/home-of-me/.cache',
      secret: true,
    };
    const text = configPage({ x: setting }, '/home-of-me');
    expect(text).toContain('`~/.cache`');
    expect(text).toContain('Secret');
  });

  it('lists commands below their groups, with arguments and options', () => {
    const leaf: CommandFacts = {
      name: () => 'import',
      description: () => 'Adds contacts.',
      commands: [],
      options: [
        { flags: '--dry-run', description: 'Change nothing.' },
        { flags: '--inner', description: 'Not for people.', hidden: true },
      ],
      registeredArguments: [{ name: () => 'file', required: true, variadic: false, description: 'CSV or vCard.' }],
    };
    const group: CommandFacts = {
      ...leaf,
      name: () => 'book',
      description: () => 'Contacts.',
      commands: [leaf],
      options: [],
      registeredArguments: [],
    };
    const text = cliPage({ ...group, name: () => 'sentinel', commands: [group] });
    expect(text).toContain('## sentinel book import');
    expect(text).toContain('`sentinel book import <file>`');
    expect(text).toContain('| `--dry-run` | Change nothing. |');
    expect(text).not.toContain('--inner');
  });

  it('lists routes with what guards them and what they leave behind', () => {
    const base = {
      method: 'GET',
      path: '/api/x',
      summary: 'Shows x.',
      action: 'home:read',
      open: null,
      admit: null,
      audit: null,
      unaudited: 'nothing changes',
    };
    const text = apiPage([{ ...base, rate: 'read', answers: { 200: null }, problems: ['not_found'] }]);
    expect(text).toContain(
      '| `GET /api/x` | Shows x. | `home:read` | none: nothing changes | 200 | `not_found` (404) | read |',
    );
    const admit = { name: 'KEY', meaning: 'a key.' };
    const guarded = { ...base, action: null, admit, rate: 'read', answers: { 200: null }, problems: [] };
    expect(apiPage([guarded])).toContain('| Shows x. | KEY: a key. | none: nothing changes |');
  });
});

describe('documents', () => {
  it('are there', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md']));
    expect(documents.filter((path) => path.startsWith('docs/')).length).toBeGreaterThan(10);
  });

  it('link only to what exists', () => {
    expect(documents.flatMap((path) => deadLinks(path, read(path)))).toEqual([]);
    expect(documents.flatMap((path) => linksOf(read(path))).length).toBeGreaterThan(20);
  });

  it('would be caught with a dead link', () => {
    expect(deadLinks('docs/x.md', 'See [this](why/none.md#part) and [that](https://example.com).')).toEqual([
      'docs/x.md → why/none.md',
    ]);
  });

  it('call only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const called = documents.flatMap((path) =>
      [...read(path).matchAll(/\bnpm run ([\w:-]+)/g)].map((match) => match[1] ?? ''),
    );
    expect(called.length).toBeGreaterThan(3);
    expect([...new Set(called)].filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('say of every dependency what it is for', () => {
    const manifests = listFiles('.').filter((path) => /^(packages\/[^/]+\/)?package\.json$/.test(path));
    const named = manifests.flatMap((path) => {
      const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read(path)) as Record<
        string,
        object | undefined
      >;
      return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    });
    const reasons = read('docs/why/dependencies.md');
    expect(named.length).toBeGreaterThan(30);
    expect(
      [...new Set(named)].filter((name) => !name.startsWith('@sentinel/') && !reasons.includes(`\`${name}\``)),
    ).toEqual([]);
  });

  it('never tell people to run the stranger that owns the bare name on the public registry', () => {
    expect(documents.filter((path) => /\bnpx sentinel\b|\bnpm (i|install) (-g )?sentinel\b/.test(read(path)))).toEqual(
      [],
    );
  });
});
