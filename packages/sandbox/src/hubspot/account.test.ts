import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ALL_SCOPES, APP, ask, serveHubSpot, type TestHubSpot } from './test-hubspot.ts';

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

describe('associations', () => {
  const Linked = z.object({
    results: z.array(z.object({ toObjectId: z.number(), associationTypes: z.array(z.object({ typeId: z.number() })) })),
  });

  function dealWithContacts() {
    const deal = test.world.deals
      .list({ from: 0, limit: 10_000, states: ['live'] })
      .find(({ contacts }) => contacts.some((n) => test.world.contacts.get(n)?.state === 'live'));
    if (deal === undefined) throw new Error('the world has no deal with contacts');
    return deal;
  }

  it('lead from a deal to its contacts and back, in version 4, with ids as numbers', async () => {
    const deal = dealWithContacts();
    const dealId = test.hubspot.recordId('deals', deal.n);
    const live = deal.contacts.filter((n) => test.world.contacts.get(n)?.state === 'live').map(contactId);
    const { json } = await get(`crm/v4/objects/deals/${dealId}/associations/contacts`);
    const linked = Linked.parse(json).results;
    expect(linked.map(({ toObjectId }) => String(toObjectId)).sort()).toEqual(live.sort());
    expect(linked[0]?.associationTypes).toEqual([{ typeId: 3 }]);
    const back = await get(`crm/v4/objects/contacts/${live[0]}/associations/deals`);
    expect(Linked.parse(back.json).results.map(({ toObjectId }) => String(toObjectId))).toContain(dealId);
  });

  it('are read in batches by the official client, with 207 for who has none', async () => {
    const deal = dealWithContacts();
    const dealId = test.hubspot.recordId('deals', deal.n);
    const { batchApi } = test.client().crm.associations.v4;
    const told = await batchApi.getPage('deals', 'contacts', { inputs: [{ id: dealId }, { id: '3' }] });
    expect(told.results[0]?._from.id).toBe(dealId);
    expect(told).toMatchObject({ numErrors: 1, errors: [{ subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND' }] });
    const dated = await post('crm/associations/2026-03/deals/companies/batch/read', { inputs: [{ id: dealId }] });
    expect(dated.status).toBe(200);
  });

  it('are paged for each record, and a batch takes a thousand', async () => {
    const company = test.world.contacts.list({ from: 0, limit: 1, states: ['live'] })[0]?.company ?? 0;
    const id = test.hubspot.recordId('companies', company);
    const all = Linked.parse((await get(`crm/v4/objects/companies/${id}/associations/contacts`)).json).results;
    const { json } = await get(`crm/v4/objects/companies/${id}/associations/contacts?limit=1`);
    expect(Linked.parse(json).results).toEqual(all.slice(0, 1));
    if (all.length > 1) expect(json).toHaveProperty('paging.next.after');
    const inputs = Array.from({ length: 1001 }, () => ({ id }));
    expect((await post('crm/v4/associations/companies/contacts/batch/read', { inputs })).status).toBe(400);
  });

  it('stand beside a record when they are asked for', async () => {
    const deal = await test
      .client()
      .crm.deals.basicApi.getById(
        test.hubspot.recordId('deals', dealWithContacts().n),
        [],
        [],
        ['contacts', 'companies'],
      );
    expect(deal.associations?.['contacts']?.results[0]?.type).toBe('deal_to_contact');
    expect(deal.associations?.['companies']?.results.map(({ type }) => type)).toEqual([
      'deal_to_company',
      'deal_to_company_unlabeled',
    ]);
  });

  it('keep every digit of an id that no double holds', async () => {
    test.hubspot.settings.wideIds = true;
    const deal = dealWithContacts();
    const live = deal.contacts.filter((n) => test.world.contacts.get(n)?.state === 'live').map(contactId);
    const { text } = await get(`crm/v4/objects/deals/${test.hubspot.recordId('deals', deal.n)}/associations/contacts`);
    test.hubspot.settings.wideIds = false;
    expect(BigInt(live[0] ?? 0)).toBeGreaterThan(2n ** 53n);
    expect(text).toContain(`"toObjectId":${live[0]}`);
  });
});

describe('what an account is made of', () => {
  it('has owners with two numbers, for the official client and under all paths', async () => {
    const { owners } = test.client().crm;
    const { results } = await owners.ownersApi.getPage();
    expect(results.map(({ email }) => email)).toEqual(test.world.owners.map(({ address }) => address));
    const [first] = results;
    expect(first?.id).not.toBe(String(first?.userId));
    const { json: found } = await get(`crm/v3/owners?email=${first?.email}`);
    expect(found).toMatchObject({ results: [{ id: first?.id }] });
    expect(await owners.ownersApi.getById(Number(first?.id))).toMatchObject({ email: first?.email });
    expect((await owners.ownersApi.getPage(undefined, undefined, undefined, true)).results).toEqual([]);
    const { json } = await get('crm/owners/2026-03?limit=1');
    expect(json).toMatchObject({ results: [{ id: first?.id }], paging: { next: { after: expect.any(String) } } });
  });

  it('has owners that its records point to', async () => {
    const [deal] = (await test.client().crm.deals.basicApi.getPage(1, undefined, ['hubspot_owner_id'])).results;
    const owner = await test.client().crm.owners.ownersApi.getById(Number(deal?.properties['hubspot_owner_id']));
    expect(owner.type).toBe('PERSON');
  });

  it('has properties and pipelines', async () => {
    const { properties, pipelines } = test.client().crm;
    const { results } = await properties.coreApi.getAll('deals');
    const stages = results.find(({ name }) => name === 'dealstage');
    expect(stages?.options.map(({ value }) => value)).toContain(test.world.pipelines[0]?.stages[0]?.id);
    expect(await properties.coreApi.getByName('contacts', 'lastmodifieddate')).toMatchObject({ type: 'datetime' });
    await expect(properties.coreApi.getByName('contacts', 'hs_lastmodifieddate')).rejects.toMatchObject({ code: 404 });
    const told = await pipelines.pipelinesApi.getAll('deals');
    expect(told.results[0]?.stages.at(-1)?.metadata?.['isClosed']).toBe('true');
  });

  it('tells which account it is', async () => {
    const account = test.hubspot.accounts[0];
    for (const version of ['v3', '2026-03', '2026-09']) {
      const { json } = await get(`account-info/${version}/details`);
      expect(json).toMatchObject({ portalId: account?.hubId, accountType: 'STANDARD', timeZone: expect.any(String) });
    }
  });
});
