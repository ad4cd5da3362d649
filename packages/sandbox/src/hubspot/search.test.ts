import { FilterOperatorEnum as ContactOperator } from '@hubspot/api-client/lib/codegen/crm/contacts/models/Filter.js';
import { FilterOperatorEnum as DealOperator } from '@hubspot/api-client/lib/codegen/crm/deals/models/Filter.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ALL_SCOPES, APP, ask, serveHubSpot, type TestHubSpot } from './test-hubspot.ts';

const Page = z.object({
  total: z.number(),
  results: z.array(z.object({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) })),
  paging: z.object({ next: z.object({ after: z.string() }) }).optional(),
});

let test: TestHubSpot;
let token: string;

beforeAll(async () => {
  test = await serveHubSpot({ world: { contacts: 12_000 } });
  token = test.hubspot.install(APP.clientId, ALL_SCOPES).accessToken;
});
afterAll(() => test.close());

const post = (body: unknown, type = 'contacts') =>
  ask(`${test.base}/crm/v3/objects/${type}/search`, { token, method: 'POST', body: JSON.stringify(body) });

async function search(body: unknown, type = 'contacts') {
  const { status, json } = await post(body, type);
  expect(status, JSON.stringify(json)).toBe(200);
  return Page.parse(json);
}

const filter = (propertyName: string, operator: string, value?: string) => ({
  propertyName,
  operator,
  ...(value === undefined ? {} : { value }),
});
const groups = (...filters: readonly object[]) => [{ filters }];
const changedSince = (at: Date, name = 'lastmodifieddate') => ({
  filterGroups: groups(filter(name, 'GTE', String(at.getTime()))),
  sorts: [{ propertyName: name, direction: 'ASCENDING' }],
});

describe('a search for what changed', () => {
  it('finds it by the official client, in order, for contacts and for deals by their own names', async () => {
    const since = test.world.now();
    test.world.advance(1000);
    const wanted = test.world.contacts.list({ from: 50, limit: 3, states: ['live'] }).map(({ n }) => n);
    for (const n of wanted.toReversed()) {
      test.world.contacts.update(n, { title: 'Changed' });
      test.world.advance(1000);
    }
    const [deal] = test.world.deals.list({ from: 0, limit: 1, states: ['live'] });
    test.world.deals.update(deal?.n ?? 0, { amount: 4711.5 });
    const { contacts, deals } = test.client().crm;
    const millis = String(since.getTime());
    const found = await contacts.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: ContactOperator.Gte, value: millis }] }],
      sorts: ['lastmodifieddate'],
      limit: 200,
      properties: ['jobtitle'],
    });
    const titled = found.results.filter(({ properties }) => properties['jobtitle'] === 'Changed');
    expect(titled.map(({ id }) => id)).toEqual(wanted.toReversed().map((n) => test.hubspot.recordId('contacts', n)));
    expect(found.total).toBe(found.results.length);
    const changed = { propertyName: 'hs_lastmodifieddate', operator: DealOperator.Gte, value: millis };
    const amount = { propertyName: 'amount', operator: DealOperator.Eq, value: '4711.50' };
    const told = await deals.searchApi.doSearch({
      filterGroups: [{ filters: [changed, amount] }],
      limit: 10,
    });
    expect(told.results.map(({ id }) => id)).toEqual([test.hubspot.recordId('deals', deal?.n ?? 0)]);
  });

  it('by the wrong name of the last change is refused', async () => {
    expect((await post(changedSince(new Date(0), 'hs_lastmodifieddate'))).status).toBe(400);
    expect((await post(changedSince(new Date(0), 'lastmodifieddate'), 'deals')).status).toBe(400);
    const iso = { filterGroups: groups(filter('lastmodifieddate', 'GTE', '2026-01-01T00:00:00Z')) };
    expect((await post(iso)).status).toBe(400);
  });

  it('pages to ten thousand and not beyond, though it counts all', async () => {
    const asked = { ...changedSince(new Date(0)), limit: 200, properties: ['lastmodifieddate'] };
    const last = await search({ ...asked, after: '9800' });
    expect(last.total).toBe(test.world.contacts.list({ from: 0, limit: 20_000, states: ['live'] }).length);
    expect(last.total).toBeGreaterThan(10_000);
    expect(last.results).toHaveLength(200);
    expect(last.paging?.next.after).toBe('10000');
    for (const after of ['10000', '9801', '20000']) {
      const { status, json } = await post({ ...asked, after });
      expect(status).toBe(400);
      expect(json).toMatchObject({ status: 'error', category: 'VALIDATION_ERROR' });
    }
  });

  it('reaches everybody when it starts again from the last time and skips who was seen', async () => {
    const seen = new Set<string>();
    let since = 0;
    for (;;) {
      const page = await search({ ...changedSince(new Date(since)), limit: 200, properties: ['lastmodifieddate'] });
      const fresh = page.results.filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      if (fresh.length === 0) break;
      since = Date.parse(page.results.at(-1)?.properties['lastmodifieddate'] ?? '');
    }
    expect(seen.size).toBe(test.world.contacts.list({ from: 0, limit: 20_000, states: ['live'] }).length);
  });

  it('never finds an archived record, though its last change is the same', async () => {
    const since = test.world.now();
    test.world.advance(1000);
    const [contact] = test.world.contacts.list({ from: 500, limit: 1, states: ['live'] });
    const n = contact?.n ?? 0;
    test.world.contacts.update(n, { title: 'Gone soon' });
    const found = async () => (await search({ ...changedSince(since), limit: 200 })).results.map(({ id }) => id);
    expect(await found()).toContain(test.hubspot.recordId('contacts', n));
    test.world.contacts.archive(n);
    expect(await found()).not.toContain(test.hubspot.recordId('contacts', n));
  });

  it('lags behind when it is told to', async () => {
    const since = test.world.now();
    test.world.advance(1000);
    const [contact] = test.world.contacts.list({ from: 600, limit: 1, states: ['live'] });
    const n = contact?.n ?? 0;
    test.world.contacts.update(n, { title: 'Not yet' });
    const found = async () => (await search({ ...changedSince(since), limit: 200 })).results.map(({ id }) => id);
    test.hubspot.settings.searchLagMs = 5000;
    expect(await found()).not.toContain(test.hubspot.recordId('contacts', n));
    test.world.advance(5001);
    expect(await found()).toContain(test.hubspot.recordId('contacts', n));
    test.hubspot.settings.searchLagMs = 0;
    test.faults.set({ provider: 'hubspot', kind: 'search_lag', delayMs: 600_000, times: 1 });
    expect(await found()).not.toContain(test.hubspot.recordId('contacts', n));
    expect(await found()).toContain(test.hubspot.recordId('contacts', n));
  });
});

describe('a search', () => {
  it('knows every operator', async () => {
    const [contact] = test.world.contacts.list({ from: 700, limit: 1, states: ['live'] });
    const n = contact?.n ?? 0;
    const unique = { given: 'Quillon', family: 'Zephyrine', title: null, address: 'quillon@zephyr.example' };
    test.world.contacts.update(n, unique);
    const id = test.hubspot.recordId('contacts', n);
    const own = filter('lastname', 'EQ', 'zephyrine');
    const count = async (...filters: readonly object[]) =>
      (await search({ filterGroups: groups(own, ...filters) })).total;
    const fitting: readonly object[] = [
      filter('firstname', 'NEQ', 'Someone'),
      filter('hs_object_id', 'GT', String(BigInt(id) - 1n)),
      filter('hs_object_id', 'LTE', id),
      filter('email', 'CONTAINS_TOKEN', 'zephyr'),
      filter('email', 'CONTAINS_TOKEN', '*@zephyr.example'),
      filter('email', 'CONTAINS_TOKEN', 'q*l*n@*zep*ample'),
      filter('email', 'NOT_CONTAINS_TOKEN', 'zeph'),
      filter('email', 'HAS_PROPERTY'),
      filter('jobtitle', 'NOT_HAS_PROPERTY'),
      filter('jobtitle', 'NEQ', 'Anything'),
      { ...filter('firstname', 'IN'), values: ['quillon', 'other'] },
      { ...filter('firstname', 'NOT_IN'), values: ['other'] },
      { ...filter('createdate', 'BETWEEN', '0'), highValue: String(test.world.now().getTime()) },
    ];
    const failing: readonly object[] = [
      filter('firstname', 'EQ', 'Quill'),
      filter('hs_object_id', 'GT', id),
      filter('hs_object_id', 'LT', id),
      filter('email', 'CONTAINS_TOKEN', 'zeph'),
      filter('email', 'CONTAINS_TOKEN', 'quillon*lon@*'),
      filter('jobtitle', 'EQ', 'Anything'),
      filter('jobtitle', 'HAS_PROPERTY'),
      { ...filter('firstname', 'IN'), values: ['other'] },
      { ...filter('createdate', 'BETWEEN', '0'), highValue: '1' },
    ];
    for (const each of fitting) expect(await count(each), JSON.stringify(each)).toBe(1);
    for (const each of failing) expect(await count(each), JSON.stringify(each)).toBe(0);
  });

  it('joins filters of a group by "and", groups by "or", and finds text', async () => {
    const [one, other] = test.world.contacts.list({ from: 800, limit: 2, states: ['live'] });
    test.world.contacts.update(one?.n ?? 0, { family: 'Ottersby' });
    test.world.contacts.update(other?.n ?? 0, { family: 'Underloe' });
    const both = [...groups(filter('lastname', 'EQ', 'Ottersby')), ...groups(filter('lastname', 'EQ', 'Underloe'))];
    expect((await search({ filterGroups: both })).total).toBe(2);
    expect((await search({ filterGroups: groups(...both.flatMap(({ filters }) => filters)) })).total).toBe(0);
    expect((await search({ query: 'ottersb' })).total).toBe(1);
  });

  it('sorts downwards, and by creation unless asked', async () => {
    const latest = await search({ sorts: [{ propertyName: 'lastmodifieddate', direction: 'DESCENDING' }], limit: 50 });
    const times = latest.results.map(({ properties }) => properties['lastmodifieddate'] ?? '');
    expect(times).toEqual(times.toSorted().toReversed());
    expect(new Set(times).size).toBeGreaterThan(1);
    const [first] = (await search({ limit: 1 })).results;
    const [oldest] = test.world.contacts.list({ from: 0, limit: 1, states: ['live'] });
    expect(first?.id).toBe(test.hubspot.recordId('contacts', oldest?.n ?? 0));
  });

  it('is refused when it is larger than allowed', async () => {
    const one = filter('email', 'HAS_PROPERTY');
    const times = (count: number) => Array.from({ length: count }, () => one);
    const refused: readonly unknown[] = [
      { limit: 201 },
      { limit: 0 },
      { after: 'abc' },
      { filterGroups: groups(...times(7)) },
      { filterGroups: Array.from({ length: 6 }, () => ({ filters: [one] })) },
      { filterGroups: Array.from({ length: 4 }, () => ({ filters: times(5) })) },
      { sorts: ['email', 'phone'] },
      { filterGroups: groups(filter('nothing', 'HAS_PROPERTY')) },
      { filterGroups: groups(filter('email', 'LIKE', 'x')) },
      { filterGroups: groups(filter('email', 'EQ')) },
      { filterGroups: groups(filter('email', 'IN', 'x')) },
      { query: 'x'.repeat(3000) },
      'no object',
    ];
    for (const body of refused) {
      const { status, json } = await post(body);
      expect(status, JSON.stringify(body)).toBe(400);
      expect(json).toMatchObject({ category: 'VALIDATION_ERROR' });
    }
    expect((await post({ filterGroups: Array.from({ length: 3 }, () => ({ filters: times(6) })) })).status).toBe(200);
    expect((await post({ query: 'x'.repeat(2900) })).status).toBe(200);
  });
});
