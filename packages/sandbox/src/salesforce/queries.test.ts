import { type Connection } from '@jsforce/jsforce-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, startTestOrg, type Found, type TestOrg } from './test-org.ts';

let org: TestOrg;
let connection: Connection;
beforeAll(async () => {
  org = await startTestOrg({ contacts: 5000, maxRequests: 2000 });
  connection = await connectClient(org);
});
afterEach(() => org.faults.clear());
afterAll(() => org.close());

async function all(soql: string, options: { readonly scanAll?: boolean } = {}): Promise<readonly Found[]> {
  const found = await connection.query<Found>(soql, { autoFetch: true, maxFetch: 1_000_000, ...options });
  return found.records;
}

const queryPath = (soql: string) => `/services/data/v67.0/query?${new URLSearchParams({ q: soql }).toString()}`;
const contactId = (n: number) => org.salesforce.idOf('Contact', n);

describe('queries of the official client', () => {
  it('fetch several pages, each record once', async () => {
    const before = org.asked.length;
    const records = await all('SELECT Id, SystemModstamp FROM Contact ORDER BY SystemModstamp, Id');
    const live = org.world.contacts.list({ from: 0, limit: 10_000, states: ['live'] });
    expect(records.length).toBe(live.length);
    expect(new Set(records.map(({ Id }) => Id))).toEqual(new Set(live.map(({ n }) => contactId(n))));
    const times = records.map(({ SystemModstamp }) => String(SystemModstamp));
    expect(times).toEqual(times.toSorted());
    expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    expect(org.asked.length - before).toBe(Math.ceil(live.length / 2000));
  });

  it('say the total at once and hand out an 18-character locator', async () => {
    const { body } = await org.get(connection, queryPath('SELECT Id FROM Contact'), {
      'sforce-query-options': 'batchSize=200',
    });
    const live = org.world.contacts.countChanged({ since: new Date(0), by: 'touchedAt', states: ['live'] });
    expect(body).toMatchObject({ totalSize: live, done: false });
    expect(body).toHaveProperty('records.length', 200);
    expect(body).toHaveProperty(
      'nextRecordsUrl',
      expect.stringMatching(/^\/services\/data\/v67\.0\/query\/0r8\w{15}-200$/),
    );
  });

  it('reach the fields of parents, and children', async () => {
    const deals = org.world.deals.list({ from: 0, limit: 50, states: ['live'] });
    const deal = deals.find(({ contacts }) => contacts.length > 1);
    const id = org.salesforce.idOf('Opportunity', deal?.n ?? 0);
    const [found] = await all(
      `SELECT Id, Name, Account.Name, Owner.Email, (SELECT ContactId, Contact.Email, IsPrimary FROM OpportunityContactRoles)
       FROM Opportunity WHERE Id = '${id}'`,
    );
    expect(found).toMatchObject({
      attributes: { type: 'Opportunity', url: `/services/data/v67.0/sobjects/Opportunity/${id}` },
      Name: deal?.name,
      Account: { attributes: { type: 'Account' }, Name: org.world.companies.get(deal?.company ?? 0)?.name },
      Owner: { Email: org.world.owners.find(({ n }) => n === deal?.owner)?.address },
      OpportunityContactRoles: { totalSize: deal?.contacts.length, done: true },
    });
    const roles = await all(`SELECT ContactId FROM OpportunityContactRole WHERE OpportunityId = '${id}'`);
    expect(new Set(roles.map(({ ContactId }) => ContactId))).toEqual(new Set(deal?.contacts.map(contactId)));
  });

  it('find children of accounts too, and null where there are none', async () => {
    const found = await all('SELECT Id, (SELECT Id FROM Contacts WHERE Email != null) FROM Account LIMIT 50');
    const first = org.world.contacts.get(0);
    const account = found.find(({ Id }) => Id === org.salesforce.idOf('Account', first?.company ?? 0));
    expect(JSON.stringify(account?.['Contacts'])).toContain(contactId(0));
  });

  it('filter, compare without case, and count', async () => {
    const contact = org.world.contacts.get(3);
    const [found] = await all(`SELECT Id, Email FROM Contact WHERE Email = '${contact?.address?.toUpperCase() ?? ''}'`);
    expect(found).toMatchObject({ Id: contactId(3), Email: contact?.address });
    const family = contact?.family ?? '';
    const like = await connection.query(`SELECT COUNT() FROM Contact WHERE LastName LIKE '${family.slice(0, 2)}%'`);
    const live = org.world.contacts.list({ from: 0, limit: 10_000, states: ['live'] });
    const expected = live.filter((each) => each.family.toLowerCase().startsWith(family.slice(0, 2).toLowerCase()));
    expect(like).toMatchObject({ totalSize: expected.length, done: true, records: [] });
    const not = await connection.query(
      `SELECT COUNT() FROM Contact WHERE NOT (LastName LIKE '${family.slice(0, 2)}%')`,
    );
    expect(not.totalSize).toBe(live.length - expected.length);
  });

  it('order by several fields, with nulls first, and skip', async () => {
    const soql = 'SELECT LastName, FirstName, Phone FROM Contact ORDER BY Phone, LastName DESC, FirstName LIMIT 400';
    const records = await all(soql);
    const live = org.world.contacts.list({ from: 0, limit: 10_000, states: ['live'] });
    const without = live.filter(({ phone }) => phone === null).length;
    expect(records.slice(0, without).every(({ Phone }) => Phone === null)).toBe(true);
    const skipped = await all(`${soql} OFFSET 10`);
    expect(skipped.slice(0, 390)).toEqual(records.slice(10));
  });

  it('keep going where they stopped, by time and id', async () => {
    const first = await all('SELECT Id, SystemModstamp FROM Contact ORDER BY SystemModstamp, Id LIMIT 700');
    const last = first.at(-1);
    const at = String(last?.['SystemModstamp']);
    const where = `SystemModstamp > ${at} OR (SystemModstamp = ${at} AND Id > '${last?.Id ?? ''}')`;
    const next = await all(`SELECT Id FROM Contact WHERE ${where} ORDER BY SystemModstamp, Id LIMIT 700`);
    const both = await all('SELECT Id FROM Contact ORDER BY SystemModstamp, Id LIMIT 1400');
    expect([...first, ...next].map(({ Id }) => Id)).toEqual(both.map(({ Id }) => Id));
  });

  it('list users and stages', async () => {
    const users = await all('SELECT Id, Name, Email, IsActive FROM User ORDER BY Id');
    expect(users.map(({ Email }) => Email)).toEqual(org.world.owners.map(({ address }) => address));
    const stages = await all('SELECT MasterLabel, IsWon, IsClosed FROM OpportunityStage WHERE IsActive = true');
    expect(stages.some(({ IsWon }) => IsWon === true)).toBe(true);
    const names = new Set(stages.map(({ MasterLabel }) => MasterLabel));
    const deals = await all('SELECT StageName FROM Opportunity LIMIT 100');
    expect(deals.every(({ StageName }) => names.has(StageName))).toBe(true);
  });
});

describe('what the query resource refuses', () => {
  it.each([
    ['SELECT Nope FROM Contact', 'INVALID_FIELD'],
    ['SELECT Account.Nope FROM Contact', 'INVALID_FIELD'],
    ['SELECT Nope.Name FROM Contact', 'INVALID_FIELD'],
    ['SELECT Id, id FROM Contact', 'INVALID_FIELD'],
    ['SELECT Id FROM Lead', 'INVALID_TYPE'],
    ['SELECT Id, (SELECT Id FROM Nothings) FROM Contact', 'INVALID_TYPE'],
    ['SELECT Id FROM Contact WHERE', 'MALFORMED_QUERY'],
    [' ', 'MALFORMED_QUERY'],
    ["SELECT Id FROM Contact WHERE SystemModstamp > '2026-01-01T00:00:00Z'", 'INVALID_FIELD'],
    ['SELECT Id FROM Contact WHERE SystemModstamp > 2026-01-01', 'INVALID_FIELD'],
    ['SELECT Id FROM Contact WHERE LastName = 5', 'INVALID_FIELD'],
    ["SELECT Id FROM Contact WHERE Id = 'nonsense'", 'INVALID_QUERY_FILTER_OPERATOR'],
    ["SELECT Id FROM Contact WHERE Id LIKE '003%'", 'INVALID_QUERY_FILTER_OPERATOR'],
  ])('%s as %s, in an array', async (soql, errorCode) => {
    const { status, body, headers } = await org.get(connection, queryPath(soql));
    expect(status).toBe(400);
    expect(body).toEqual([{ message: expect.any(String), errorCode }]);
    expect(headers.get('sforce-limit-info')).toMatch(/^api-usage=\d+\/100000; api-bursts=1\/750$/);
  });

  it('has no field that security hides, in queries, describes and records', async () => {
    org.salesforce.configure({ hiddenFields: ['Contact.Phone', 'Contact.OwnerId'], multiCurrency: false });
    await expect(all('SELECT Phone FROM Contact')).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' });
    await expect(all('SELECT Id FROM Contact WHERE Phone = null')).rejects.toMatchObject({ name: 'INVALID_FIELD' });
    await expect(all('SELECT Owner.Name FROM Contact')).rejects.toMatchObject({ name: 'INVALID_FIELD' });
    await expect(all('SELECT CurrencyIsoCode FROM Opportunity')).rejects.toMatchObject({ name: 'INVALID_FIELD' });
    const { fields } = await connection.sobject('Contact').describe();
    expect(fields.map(({ name }) => name)).not.toContain('Phone');
    const { body } = await org.get(connection, `/services/data/v67.0/sobjects/Contact/${contactId(3)}`);
    expect(body).not.toHaveProperty('Phone');
    org.salesforce.configure({ hiddenFields: [], multiCurrency: true });
    expect(await all('SELECT Phone FROM Contact LIMIT 1')).toHaveLength(1);
  });
});
