import { type Connection } from '@jsforce/jsforce-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, startTestOrg, type Found, type TestOrg } from './test-org.ts';

const HOUR_MS = 3600 * 1000;

let org: TestOrg;
let connection: Connection;
beforeAll(async () => {
  org = await startTestOrg({ contacts: 5000, maxRequests: 2000 });
  connection = await connectClient(org);
});
afterEach(() => org.faults.clear());
afterAll(() => org.close());

/** Without the mount, as the stand-in sees it. */
function pathOf({ nextRecordsUrl }: { readonly nextRecordsUrl?: string }): string {
  return (nextRecordsUrl ?? '').replace(/^.*?(?=\/services\/)/, '');
}

describe('locators', () => {
  const soql = 'SELECT Id FROM Contact ORDER BY SystemModstamp, Id';

  it('survive a session: a 401 between pages, one refresh, and the same locator goes on', async () => {
    const first = await connection.query<Found>(soql);
    org.salesforce.endSessions();
    const asked = org.asked.length;
    const second = await connection.queryMore<Found>(first.nextRecordsUrl ?? '');
    const locator = pathOf(first);
    expect(org.asked.slice(asked)).toEqual([`GET ${locator}`, 'POST /services/oauth2/token', `GET ${locator}`]);
    expect(second.records[0]?.Id).not.toBe(first.records[0]?.Id);
    expect(await connection.queryMore(first.nextRecordsUrl ?? '')).toEqual(second);
  });

  it('continue by queryAll as well', async () => {
    const first = await connection.query<Found>(soql);
    const next = pathOf(first).replace('/query/', '/queryAll/');
    expect(await org.get(connection, next)).toMatchObject({ status: 200 });
  });

  it('die after two days, are another user’s, or never were', async () => {
    const first = await connection.query<Found>(soql);
    const path = first.nextRecordsUrl ?? '';
    org.world.advance(47 * HOUR_MS);
    await connection.queryMore(path);
    org.world.advance(HOUR_MS);
    await expect(connection.queryMore(path)).rejects.toMatchObject({ errorCode: 'INVALID_QUERY_LOCATOR' });
    const never = '/services/data/v67.0/query/0r8000000000000AAA-2000';
    await expect(connection.queryMore(never)).rejects.toMatchObject({ errorCode: 'INVALID_QUERY_LOCATOR' });
  });

  it('die at once by fault, and a page may come smaller', async () => {
    org.faults.set({ provider: 'salesforce', kind: 'half_page', times: 1 });
    const first = await connection.query<Found>(soql);
    expect(first.records).toHaveLength(1000);
    org.faults.set({ provider: 'salesforce', kind: 'expired_cursor', times: 1 });
    await expect(connection.queryMore(first.nextRecordsUrl ?? '')).rejects.toMatchObject({
      errorCode: 'INVALID_QUERY_LOCATOR',
    });
  });
});
