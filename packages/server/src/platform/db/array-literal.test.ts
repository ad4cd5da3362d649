import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayLiteral } from './array-literal.ts';
import { controlMigrations } from './control.migrations.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase({ control: controlMigrations, workspace: [] });
});
afterAll(() => db.close());

/** PostgreSQL's text knows neither NUL nor lone surrogates; whoever stores text has removed them. */
const text = fc.string({ unit: 'grapheme' }).filter((value) => value.isWellFormed() && !value.includes('\0'));

async function readBack(values: readonly (string | null)[]): Promise<readonly (string | null)[]> {
  const { rows } = await db.control((tx) =>
    sql<{ value: string | null }>`
      select value from unnest(${arrayLiteral(values)}::text[]) with ordinality as row (value, place) order by place
    `.execute(tx),
  );
  return rows.map((row) => row.value);
}

describe('an array literal', () => {
  it.each([
    ['no value', []],
    ['nothing', ['', null, 'NULL', 'null']],
    ['syntax', ['{', '}', ',', '"', '\\', '\\"', '{"a"}', ' a ', '\n\t', "'); drop table message; --"]],
  ])('comes back as it was: %s', async (_, values) => {
    expect(await readBack(values)).toEqual(values);
  });

  // Proves: ASVS 39.
  it('comes back as it was, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text), { maxLength: 50 }), async (values) => {
        expect(await readBack(values)).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  it('writes numbers as they are', async () => {
    const { rows } = await db.control((tx) =>
      sql<{
        total: number;
      }>`select sum(value)::bigint as total from unnest(${arrayLiteral([1, -2, 40, null])}::integer[]) as row (value)`.execute(
        tx,
      ),
    );
    expect(rows).toEqual([{ total: 39 }]);
  });
});
