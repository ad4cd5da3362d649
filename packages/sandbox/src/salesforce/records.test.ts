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

const contactId = (n: number) => org.salesforce.idOf('Contact', n);

describe('records and descriptions', () => {
  it('come by many ids, null for what is not there', async () => {
    const url = '/services/data/v67.0/composite/sobjects/Contact';
    const ids = [contactId(2), contactId(9_999_999), contactId(1).slice(0, 15)];
    const answer = await connection.requestPost<readonly (Found | null)[]>(url, { ids, fields: ['Email'] });
    expect(answer.map((each) => each?.Id ?? null)).toEqual([contactId(2), null, contactId(1)]);
    const tooMany = { ids: Array.from({ length: 2001 }, (_, n) => contactId(n)), fields: ['Id'] };
    await expect(connection.requestPost(url, tooMany)).rejects.toMatchObject({ errorCode: 'EXCEEDED_ID_LIMIT' });
    const unknown = { ids, fields: ['Nope'] };
    await expect(connection.requestPost(url, unknown)).rejects.toMatchObject({ errorCode: 'INVALID_FIELD' });
  });

  it('come one by one, and say when they are deleted', async () => {
    const record = await connection.sobject('Contact').retrieve(contactId(5));
    expect(record).toMatchObject({ Id: contactId(5), Email: org.world.contacts.get(5)?.address });
    org.world.contacts.archive(51);
    await expect(connection.sobject('Contact').retrieve(contactId(51))).rejects.toMatchObject({
      errorCode: 'ENTITY_IS_DELETED',
    });
  });

  it('are described, with versions and limits', async () => {
    const versions = await org.get(connection, '/services/data');
    expect(versions.body).toContainEqual({ label: expect.any(String), url: '/services/data/v67.0', version: '67.0' });
    const { fields } = await connection.sobject('Contact').describe();
    expect(fields.find(({ name }) => name === 'AccountId')).toMatchObject({
      type: 'reference',
      referenceTo: ['Account'],
      relationshipName: 'Account',
    });
    const { sobjects } = await connection.describeGlobal();
    expect(sobjects.map(({ name }) => name)).toContain('OpportunityContactRole');
    const { DailyApiRequests } = await connection.limits();
    expect(DailyApiRequests?.Max).toBe(100_000);
  });

  it('cannot be written', async () => {
    await expect(connection.sobject('Contact').update({ Id: contactId(1), Title: 'x' })).rejects.toMatchObject({
      errorCode: 'METHOD_NOT_ALLOWED',
    });
  });
});
