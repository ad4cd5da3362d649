// Properties of the source that no test from outside could show. Each rule is also shown a made-up file that breaks it.
import { describe, expect, it } from 'vitest';
import { isTypeScript, listFiles, readSource, sourceFile } from '../scripts/source-files.ts';
import type { Violation } from './architecture/floors.ts';
import {
  nothingIsEvaluated,
  secretsAreComparedInConstantTime,
  sqlIsParameterised,
} from './architecture/security-rules.ts';

const sources = listFiles('packages')
  .filter(isTypeScript)
  .map((path) => readSource(path));
const show = (violations: readonly Violation[]): string[] =>
  violations.map(({ path, line, finding }) => `${path}:${line} ${finding}`);
const finds = (rule: (file: ReturnType<typeof sourceFile>) => Violation[], line: string): number =>
  rule(sourceFile('packages/server/src/access/tokens/x.ts', line)).length;

describe('text', () => {
  // Proves: ASVS 40.
  it('never becomes a program', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(show(sources.flatMap(nothingIsEvaluated))).toEqual([]);
  });

  it.each([
    'return eval(text);',
    'const work = new Function("a", text);',
    'const work = Function(text);',
    "import { runInNewContext } from 'node:vm';",
    "const vm = await import('vm');",
    "setTimeout('work()', 5);",
  ])('would be noticed as a program: %s', (line) => {
    expect(finds(nothingIsEvaluated, line)).toBe(1);
  });

  // Proves: ASVS 39.
  it('never becomes SQL in the areas: values are parameters', () => {
    expect(show(sources.flatMap(sqlIsParameterised))).toEqual([]);
  });

  it.each([
    'await sql.raw(text).execute(tx);',
    'await sql`select ${sql.lit(name)}`.execute(tx);',
    'await db.engine.run(`select ${name}`);',
  ])('would be noticed as SQL: %s', (line) => {
    expect(finds(sqlIsParameterised, line)).toBe(1);
  });
});

describe('secrets', () => {
  // Proves: ASVS 48.
  it('are compared in constant time, or looked up by their hash', () => {
    expect(show(sources.flatMap(secretsAreComparedInConstantTime))).toEqual([]);
    // Keys of services and of the operator, verifiers, nonces, names of services in tokens.
    const compare = sources.filter(
      ({ text, path }) => path.startsWith('packages/server/') && /timingSafeEqual\(/.test(text),
    );
    expect(compare.map(({ path }) => path)).toEqual(
      expect.arrayContaining(
        ['apps/app-memory', 'identity/admissions', 'identity/operator-key', 'providers/id-token', 'tokens/pkce'].map(
          (name) => `packages/server/src/access/${name}.ts`,
        ),
      ),
    );
  });

  it.each([
    'return row.token_hash === hash;',
    'if (given !== clientSecret) throw invalid();',
    'const isGood = claims.nonce == expected;',
    'if (challenge === challengeOf(verifier)) return { accept: true };',
    'return signature !== made;',
  ])('would be noticed when compared as text: %s', (line) => {
    expect(finds(secretsAreComparedInConstantTime, line)).toBe(1);
  });

  it.each([
    'if (secret === null) return;',
    "if (nonce !== undefined && nonce !== '') check(nonce);",
    'const hash = sha256(text);',
  ])('may be asked whether they are there: %s', (line) => {
    expect(finds(secretsAreComparedInConstantTime, line)).toBe(0);
  });
});
