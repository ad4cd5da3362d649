import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ALL_SCOPES, APP, ask, serveHubSpot, type TestHubSpot } from './test-hubspot.ts';

const DATED = 'crm/objects/2026-09';

let test: TestHubSpot;
let token: string;

beforeAll(async () => {
  test = await serveHubSpot();
  token = test.hubspot.install(APP.clientId, ALL_SCOPES).accessToken;
});
afterAll(() => test.close());

const get = (path: string) => ask(`${test.base}/${path}`, { token });
const post = (path: string, body: unknown) =>
  ask(`${test.base}/${path}`, { token, method: 'POST', body: JSON.stringify(body) });
const contactId = (n: number) => test.hubspot.recordId('contacts', n);

function liveContact(isWanted: (n: number) => boolean = () => true): number {
  const found = test.world.contacts
    .list({ from: 0, limit: 10_000, states: ['live'] })
    .find((contact) => contact.address !== null && isWanted(contact.n));
  if (found === undefined) throw new Error('the world has no such contact');
  return found.n;
}

describe('lists', () => {
  it('are paged through to the end by the official client, without a record twice', async () => {
    const { basicApi } = test.client().crm.contacts;
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await basicApi.getPage(100, after, ['email', 'phone'], undefined, ['companies'], false);
      seen.push(...page.results.map(({ id }) => id));
      after = page.paging?.next?.after;
    } while (after !== undefined);
    const live = test.world.contacts.list({ from: 0, limit: 10_000, states: ['live'] });
    expect(seen).toEqual(live.map(({ n }) => contactId(n)));
  });

  it('have ten records unless asked, and no paging on the last page', async () => {
    const { json } = await get('crm/v3/objects/contacts');
    const page = z.object({ results: z.array(z.unknown()), paging: z.object({ next: z.unknown() }) }).parse(json);
    expect(page.results).toHaveLength(10);
    const { json: owners } = await get('crm/v3/owners?limit=500');
    expect(owners).not.toHaveProperty('paging');
  });

  it('refuse pages that are too large, and cursors of another list', async () => {
    const { results } = (await test.client().crm.contacts.basicApi.getPage(1)) ?? {};
    expect(results).toHaveLength(1);
    const after = (await test.client().crm.contacts.basicApi.getPage(1)).paging?.next?.after ?? '';
    const refused = [
      'contacts?limit=101',
      'contacts?limit=0',
      'contacts?limit=ten',
      'contacts?limit=51&propertiesWithHistory=email',
      'contacts?after=12',
      `deals?after=${after}`,
      `contacts?archived=true&after=${after}`,
      'things',
    ];
    for (const path of refused) {
      const { status, json } = await get(`crm/v3/objects/${path}`);
      expect(status, path).toBe(400);
      expect(json).toMatchObject({ status: 'error', category: 'VALIDATION_ERROR', correlationId: expect.any(String) });
    }
  });

  it('tell every value as text or null, numbers and times included', async () => {
    const Values = z.record(z.string(), z.string().nullable());
    for (const type of ['contacts', 'deals', 'companies']) {
      const { json: defined } = await get(`crm/v3/properties/${type}`);
      const { results } = z.object({ results: z.array(z.object({ name: z.string() })) }).parse(defined);
      const names = results.map(({ name }) => name).join(',');
      const { json } = await get(`crm/v3/objects/${type}?limit=100&properties=${names}`);
      const page = z.object({ results: z.array(z.object({ id: z.string(), properties: Values })) }).parse(json);
      expect(page.results.length).toBeGreaterThan(0);
      for (const { id, properties } of page.results) {
        expect(Object.keys(properties)).toHaveLength(results.length);
        expect(properties['hs_object_id']).toBe(id);
      }
    }
  });

  it('name the last change of contacts and of deals differently', async () => {
    const contact = await test.client().crm.contacts.basicApi.getById(contactId(liveContact()));
    expect(contact.properties).toHaveProperty('lastmodifieddate', contact.updatedAt.toISOString());
    expect(contact.properties).not.toHaveProperty('hs_lastmodifieddate');
    const [deal] = (await test.client().crm.deals.basicApi.getPage(1)).results;
    expect(deal?.properties).toHaveProperty('hs_lastmodifieddate', deal?.updatedAt.toISOString());
    expect(deal?.properties['amount']).toMatch(/^\d+(\.\d+)?$/);
  });

  it('take properties as repeated keys and with commas, and pass over unknown ones', async () => {
    const n = liveContact();
    for (const query of ['properties=phone&properties=nothing', 'properties=phone,nothing']) {
      const { json } = await get(`crm/v3/objects/contacts/${contactId(n)}?${query}`);
      const { properties } = z.object({ properties: z.record(z.string(), z.unknown()) }).parse(json);
      expect(Object.keys(properties)).toEqual(['createdate', 'hs_object_id', 'lastmodifieddate', 'phone']);
    }
  });

  it('are the same under every version of the path', async () => {
    const { json } = await get('crm/v3/objects/deals?limit=3');
    const { results } = z.object({ results: z.array(z.unknown()) }).parse(json);
    for (const path of [`${DATED}/deals?limit=3`, 'crm/objects/2026-03/0-3?limit=3'])
      expect((await get(path)).json).toMatchObject({ results });
  });

  it('say that a cursor is no longer good when told to', async () => {
    const { basicApi } = test.client().crm.contacts;
    test.faults.set({ provider: 'hubspot', kind: 'expired_cursor', times: 1 });
    const { paging } = await basicApi.getPage(10);
    await expect(basicApi.getPage(10, paging?.next?.after)).rejects.toMatchObject({ code: 400 });
    expect((await basicApi.getPage(10, paging?.next?.after)).results).toHaveLength(10);
  });

  it('are half as long as asked when told to, and still lead on', async () => {
    test.faults.set({ provider: 'hubspot', kind: 'half_page', match: 'GET /crm/v3/objects/contacts', times: 1 });
    const { basicApi } = test.client().crm.contacts;
    const half = await basicApi.getPage(10);
    expect(half.results).toHaveLength(5);
    const rest = await basicApi.getPage(5, half.paging?.next?.after);
    expect([...half.results, ...rest.results].map(({ id }) => id)).toEqual(
      (await basicApi.getPage(10)).results.map(({ id }) => id),
    );
  });
});

describe('what is gone', () => {
  it('is archived: only in the archived list, with its time, and its last change unmoved', async () => {
    const n = liveContact();
    const before = test.world.contacts.get(n)?.updatedAt.toISOString();
    test.world.advance(60_000);
    test.world.contacts.archive(n);
    const { basicApi } = test.client().crm.contacts;
    await expect(basicApi.getById(contactId(n))).rejects.toMatchObject({ code: 404 });
    const found = await basicApi.getById(contactId(n), undefined, undefined, undefined, true);
    expect(found).toMatchObject({ archived: true, archivedAt: test.world.now() });
    expect(found.updatedAt.toISOString()).toBe(before);
    const { results } = await basicApi.getPage(100, undefined, undefined, undefined, undefined, true);
    expect(results.map(({ id }) => id)).toContain(contactId(n));
    expect(results.every(({ archived, archivedAt }) => archived === true && archivedAt !== undefined)).toBe(true);
  });

  it('is erased: in no list at all', async () => {
    const n = liveContact();
    test.world.contacts.erase(n);
    const { basicApi } = test.client().crm.contacts;
    await expect(basicApi.getById(contactId(n))).rejects.toMatchObject({ code: 404 });
    await expect(basicApi.getById(contactId(n), [], [], [], true)).rejects.toMatchObject({ code: 404 });
  });

  it('is merged: the survivor has a new id, the old ids lead to it, and it names them', async () => {
    const winner = liveContact();
    const loser = liveContact((n) => n > winner);
    const ids = [contactId(winner), contactId(loser)];
    test.world.contacts.merge(winner, [loser]);
    expect(ids).not.toContain(contactId(winner));
    const { basicApi } = test.client().crm.contacts;
    for (const id of [...ids, contactId(winner)]) {
      const found = await basicApi.getById(id, ['hs_merged_object_ids']);
      expect(found.id).toBe(contactId(winner));
      expect(found.properties['hs_merged_object_ids']?.split(';')).toEqual(expect.arrayContaining(ids));
    }
    const archived = await basicApi.getPage(100, undefined, [], [], [], true);
    expect(archived.results.map(({ id }) => id)).not.toContain(ids[1]);
  });
});

describe('single records', () => {
  it('are found by address, whatever its case, and tell further addresses with semicolons', async () => {
    const n = liveContact();
    test.world.contacts.update(n, { furtherAddresses: ['second@made-up.example', 'third@made-up.example'] });
    const address = test.world.contacts.get(n)?.address ?? '';
    const found = await test
      .client()
      .crm.contacts.basicApi.getById(address.toUpperCase(), ['hs_additional_emails'], [], [], false, 'email');
    expect(found.id).toBe(contactId(n));
    expect(found.properties['hs_additional_emails']).toBe('second@made-up.example;third@made-up.example');
  });

  it('have a history with an entry', async () => {
    const { json } = await get(`crm/v3/objects/contacts/${contactId(liveContact())}?propertiesWithHistory=firstname`);
    expect(json).toMatchObject({ propertiesWithHistory: { firstname: [{ value: expect.any(String) }] } });
  });

  it('are not found under ids that are none', async () => {
    for (const id of ['1', '0', 'abc', '-5', '99999999999999999999', `${contactId(0)}9`])
      expect((await get(`crm/v3/objects/contacts/${id}`)).status, id).toBe(404);
  });
});

describe('batches', () => {
  it('answer 200 when all are there and 207 with the missing ids, which the official client takes as well', async () => {
    const { batchApi } = test.client().crm.contacts;
    const n = liveContact();
    const read = (...ids: string[]) =>
      batchApi.read({ inputs: ids.map((id) => ({ id })), properties: ['email'], propertiesWithHistory: [] });
    expect(await read(contactId(n))).toMatchObject({ status: 'COMPLETE', results: [{ id: contactId(n) }] });
    const partial = await read(contactId(n), '3');
    expect(partial).toMatchObject({
      numErrors: 1,
      errors: [{ status: 'error', category: 'OBJECT_NOT_FOUND', context: { ids: ['3'] } }],
    });
    expect(partial.results).toHaveLength(1);
    const { status } = await post('crm/v3/objects/contacts/batch/read', { inputs: [{ id: '3' }], properties: [] });
    expect(status).toBe(207);
  });

  it('read by address', async () => {
    const n = liveContact();
    const inputs = [{ id: test.world.contacts.get(n)?.address }, { id: 'nobody@made-up.example' }];
    const asked = { inputs, idProperty: 'email', properties: ['email'] };
    const { status, json } = await post(`${DATED}/contacts/batch/read`, asked);
    expect(status).toBe(207);
    expect(json).toMatchObject({ results: [{ id: contactId(n) }] });
  });

  it('take a hundred records and no more', async () => {
    const inputs = Array.from({ length: 101 }, (_, n) => ({ id: contactId(n) }));
    expect((await post('crm/v3/objects/contacts/batch/read', { inputs })).status).toBe(400);
    expect((await post('crm/v3/objects/contacts/batch/read', {})).status).toBe(400);
  });
});
