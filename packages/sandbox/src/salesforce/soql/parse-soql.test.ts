import { describe, expect, it } from 'vitest';
import { ApiRefusal } from '../api-refusal.ts';
import { parseSoql } from './parse-soql.ts';

function refusalOf(soql: string): ApiRefusal {
  try {
    parseSoql(soql);
  } catch (error) {
    if (error instanceof ApiRefusal) return error;
    throw error;
  }
  throw new Error(`was understood: ${soql}`);
}

describe('parsing SOQL', () => {
  it('reads fields, parents, children, conditions, order and limits', () => {
    const query = parseSoql(
      `select Id, Account.Name, (SELECT ContactId FROM OpportunityContactRoles WHERE IsPrimary = true)
       from Opportunity where SystemModstamp >= 2026-01-01T00:00:00Z AND (StageName IN ('A','B') OR Amount != null)
       order by SystemModstamp, Id desc nulls last limit 10 offset 5`,
    );
    expect(query.select?.map((item) => (item.kind === 'field' ? item.name.text : item.query.from.text))).toEqual([
      'Id',
      'Account.Name',
      'OpportunityContactRoles',
    ]);
    expect(query.where).toMatchObject({ kind: 'and', parts: [{ operator: '>=' }, { kind: 'or' }] });
    expect(query.orderBy).toMatchObject([
      { name: { text: 'SystemModstamp' }, descending: false, nulls: 'first' },
      { name: { text: 'Id' }, descending: true, nulls: 'last' },
    ]);
    expect(query).toMatchObject({ from: { text: 'Opportunity' }, limit: 10, offset: 5 });
  });

  it.each([
    ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['2026-01-01T02:30:00.500+0230', Date.UTC(2026, 0, 1) + 500],
    ['2026-01-01T00:00:00-01:00', Date.UTC(2026, 0, 1, 1)],
  ])('reads the time %s', (text, value) => {
    const query = parseSoql(`SELECT Id FROM Contact WHERE CreatedDate = ${text}`);
    expect(query.where).toMatchObject({ value: { type: 'datetime', value } });
  });

  it('reads escapes in texts', () => {
    const query = parseSoql(String.raw`SELECT Id FROM Contact WHERE LastName = 'O\'Neil \\ \"x\"'`);
    expect(query.where).toMatchObject({ value: { value: String.raw`O'Neil \ "x"` } });
  });

  it.each([
    'SELECT Id FORM Contact',
    'SELECT FROM Contact',
    'SELECT Id FROM Contact WHERE',
    "SELECT Id FROM Contact WHERE LastName = 'A' AND FirstName = 'B' OR Email = 'C'",
    "SELECT Id FROM Contact WHERE LastName = 'A",
    'SELECT Id FROM Contact WHERE LastName = "A"',
    'SELECT Id FROM Contact LIMIT -1',
    'SELECT Id FROM Contact; DELETE',
    'SELECT COUNT(), Id FROM Contact',
    'SELECT Id, COUNT() FROM Contact',
    'SELECT Id FROM Contact WHERE CreatedDate > 2026-13-45T00:00:00Z',
    `SELECT Id FROM Contact WHERE ${'('.repeat(20_000)}`,
    `SELECT Id FROM Contact WHERE ${'NOT '.repeat(20_000)}`,
  ])('refuses what is not SOQL: %s', (soql) => {
    expect(refusalOf(soql)).toMatchObject({ status: 400, errors: [{ errorCode: 'MALFORMED_QUERY' }] });
  });

  it('points at the place', () => {
    expect(refusalOf('SELECT Id FORM Contact').message).toContain('ERROR at Row:1:Column:11\nunexpected token');
  });

  it('refuses to skip more than 2000 records', () => {
    expect(refusalOf('SELECT Id FROM Contact OFFSET 2001').errors[0]?.errorCode).toBe('NUMBER_OUTSIDE_VALID_RANGE');
  });
});
