import { type Connection } from '@jsforce/jsforce-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, startTestOrg, type Found, type TestOrg } from './test-org.ts';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;

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

const contactId = (n: number) => org.salesforce.idOf('Contact', n);

describe('deleting and merging', () => {
  it('shows in queryAll for fifteen days, with the record a merge went into', async () => {
    const [deleted, winner, loser, gone] = [21, 22, 23, 24];
    const since = org.world.now().toISOString();
    org.world.advance(60_000);
    org.world.contacts.archive(deleted);
    org.world.contacts.merge(winner, [loser]);
    org.world.contacts.erase(gone);
    const soql = `SELECT Id, IsDeleted, MasterRecordId FROM Contact WHERE SystemModstamp >= ${since} ORDER BY SystemModstamp, Id`;
    const changed = new Map((await all(soql, { scanAll: true })).map((each) => [each.Id, each]));
    expect(changed.get(contactId(deleted))).toMatchObject({ IsDeleted: true, MasterRecordId: null });
    expect(changed.get(contactId(loser))).toMatchObject({ IsDeleted: true, MasterRecordId: contactId(winner) });
    expect(changed.get(contactId(winner))).toMatchObject({ IsDeleted: false });
    expect(changed.has(contactId(gone))).toBe(false);
    const live = (await all(soql)).map(({ Id }) => Id);
    expect(live).toContain(contactId(winner));
    expect(live).not.toContain(contactId(deleted));
    expect(await connection.query(soql.replace('Id, IsDeleted, MasterRecordId', 'COUNT()'))).toMatchObject({
      totalSize: live.length,
    });
    org.world.advance(15 * DAY_MS);
    const later = (await all(soql, { scanAll: true })).map(({ Id }) => Id);
    expect(later).not.toContain(contactId(deleted));
    expect(later).not.toContain(contactId(loser));
  });

  it('is listed by deleted, and updates by updated, with where to go on from', async () => {
    const start = org.world.now();
    org.world.advance(120_000);
    org.world.contacts.archive(31);
    org.world.contacts.update(32, { title: 'Director' });
    org.world.advance(120_000);
    const end = org.world.now();
    const updated = await connection.sobject('Contact').updated(start, end);
    expect(updated.ids).toContain(contactId(32));
    expect(updated.ids).not.toContain(contactId(31));
    expect(updated.latestDateCovered).toBe(end.toISOString().replace(/:\d\d\.\d{3}Z/, ':00.000+0000'));
    const deleted = await connection.sobject('Contact').deleted(start, end);
    expect(deleted.deletedRecords.map(({ id }) => id)).toContain(contactId(31));
    expect(deleted.earliestDateAvailable).toMatch(/\+0000$/);
    const query = `start=${start.toISOString()}&end=${end.toISOString()}`;
    expect(await org.get(connection, `/services/data/v67.0/sobjects/Contact/updated/?${query}`)).toMatchObject({
      body: updated,
    });
  });

  it.each([
    ['updated', 31 * DAY_MS, 0, 'INVALID_REPLICATION_DATE'],
    ['deleted', 16 * DAY_MS, 0, 'INVALID_REPLICATION_DATE'],
    ['updated', HOUR_MS, 2 * HOUR_MS, 'INVALID_REPLICATION_DATE'],
    ['deleted', HOUR_MS, HOUR_MS - 20_000, 'INVALID_REPLICATION_DATE'],
  ] as const)('%s refuses a span from %d to %d ago', async (list, from, to, errorCode) => {
    const minute = Math.floor(org.world.now().getTime() / 60_000) * 60_000;
    const [start, end] = [new Date(minute - from), new Date(minute - to)];
    await expect(connection.sobject('Contact')[list](start, end)).rejects.toMatchObject({ errorCode });
  });

  it('may be seen late: a younger record shows before an older one', async () => {
    const since = org.world.now().toISOString();
    org.world.advance(60_000);
    for (const n of [41, 42]) org.world.contacts.update(n, { title: 'Late' });
    const soql = `SELECT Id FROM Contact WHERE SystemModstamp >= ${since} AND Title = 'Late' ORDER BY SystemModstamp, Id`;
    org.faults.set({ provider: 'salesforce', kind: 'search_lag', times: 1 });
    expect((await all(soql)).map(({ Id }) => Id)).toEqual([contactId(42)]);
    expect((await all(soql)).map(({ Id }) => Id)).toEqual([contactId(41), contactId(42)]);
  });
});

describe('accounts and roles', () => {
  it('that are new show by their time', async () => {
    const since = org.world.now().toISOString();
    const before = org.world.companies.count;
    for (let days = 0; org.world.companies.count === before && days < 400; days += 10) org.world.advance(10 * DAY_MS);
    const accounts = await all(`SELECT Id FROM Account WHERE SystemModstamp > ${since} ORDER BY SystemModstamp, Id`);
    expect(accounts.length).toBe(org.world.companies.count - before);
    expect(accounts.length).toBeGreaterThan(0);
    expect(accounts[0]?.Id).toBe(org.salesforce.idOf('Account', before));
  });

  it('follow a merge: the winner has the role, and it shows as changed', async () => {
    const deal = org.world.deals.list({ from: 0, limit: 1, states: ['live'] })[0];
    const loser = deal?.contacts[0] ?? 0;
    const winner = loser === 60 ? 61 : 60;
    org.world.advance(60_000);
    const since = org.world.now().toISOString();
    org.world.contacts.merge(winner, [loser]);
    const soql = `SELECT ContactId, OpportunityId FROM OpportunityContactRole WHERE SystemModstamp >= ${since}`;
    expect(await all(soql)).toContainEqual(
      expect.objectContaining({
        ContactId: contactId(winner),
        OpportunityId: org.salesforce.idOf('Opportunity', deal?.n ?? 0),
      }),
    );
  });
});
