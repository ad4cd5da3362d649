import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Signature } from '@hubspot/api-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ALL_SCOPES, APP, serveHubSpot, type TestHubSpot } from './test-hubspot.ts';

const Event = z.looseObject({
  eventId: z.number(),
  subscriptionId: z.number(),
  portalId: z.number(),
  appId: z.number(),
  occurredAt: z.number(),
  subscriptionType: z.string(),
  attemptNumber: z.number(),
});
type Event = z.infer<typeof Event>;

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly events: readonly Event[];
}

/** Stands for no answer at all. */
const NEVER = 0;

let test: TestHubSpot;
let receiver: Server;
let received: Received[];
let statuses: number[];
let url: string;

beforeEach(async () => {
  received = [];
  statuses = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    received.push({ headers: request.headers, body, events: z.array(Event).parse(JSON.parse(body)) });
    const status = statuses.shift() ?? 204;
    if (status !== NEVER) response.writeHead(status).end();
  };
  receiver = createServer((request, response) => void take(request, response));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hooks?from=a%3Ab%20c`;
  test = await serveHubSpot({ apps: [{ ...APP, eventUrl: url }], machine: { retryMs: 1, answerWithinMs: 400 } });
});
afterEach(async () => {
  await test.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

async function events(): Promise<readonly Event[]> {
  await test.hubspot.webhooksSettled();
  return received.flatMap((each) => each.events);
}

const typesOf = (all: readonly Event[]) => all.map(({ subscriptionType }) => subscriptionType);
const install = (scopes: readonly string[] = ALL_SCOPES) => test.hubspot.install(APP.clientId, scopes);
const contactId = (n: number) => Number(test.hubspot.recordId('contacts', n));
const live = (at: number) => test.world.contacts.list({ from: 0, limit: 100, states: ['live'] })[at]?.n ?? 0;

describe('webhooks', () => {
  it('are signed so that the official client accepts them, with the public address', async () => {
    install();
    test.world.contacts.create({ given: 'Ada', family: 'Sample', address: 'ada@sample.example' });
    await events();
    const [first] = received;
    const checked = {
      clientSecret: APP.clientSecret,
      requestBody: first?.body ?? '',
      timestamp: Number(first?.headers['x-hubspot-request-timestamp']),
      url: url.replace('%3A', ':'),
    };
    const signature = String(first?.headers['x-hubspot-signature-v3']);
    expect(Signature.isValid({ ...checked, signatureVersion: 'v3', signature })).toBe(true);
    expect(Signature.isValid({ ...checked, url, signatureVersion: 'v3', signature })).toBe(false);
    const older = String(first?.headers['x-hubspot-signature']);
    expect(Signature.isValid({ ...checked, signatureVersion: 'v1', signature: older })).toBe(true);
  });

  it('tell of creation, change, deletion, restoring and forgetting', async () => {
    install();
    const { n } = test.world.contacts.create({ given: 'Ada', family: 'Sample', address: 'ada@sample.example' });
    test.world.contacts.update(n, { title: 'Director', phone: '+1 555 0100' });
    test.world.contacts.archive(n);
    test.world.contacts.restore(n);
    test.world.contacts.erase(n);
    const all = (await events()).filter(({ objectId }) => objectId === contactId(n));
    expect(typesOf(all)).toEqual([
      'contact.creation',
      'contact.propertyChange',
      'contact.propertyChange',
      'contact.deletion',
      'contact.restore',
      'contact.deletion',
      'contact.privacyDeletion',
    ]);
    const changes = all.filter(({ subscriptionType }) => subscriptionType === 'contact.propertyChange');
    expect(changes).toContainEqual(expect.objectContaining({ propertyName: 'jobtitle', propertyValue: 'Director' }));
    expect(new Set(changes.map(({ subscriptionId }) => subscriptionId)).size).toBe(2);
    expect(all[0]).toMatchObject({
      portalId: test.hubspot.accounts[0]?.hubId,
      appId: test.hubspot.appId(APP.clientId),
      changeFlag: 'CREATED',
      attemptNumber: 0,
      occurredAt: test.world.now().getTime(),
    });
  });

  it('tell of a merge with the new id, and of links that come and go', async () => {
    install();
    const [winner, loser] = [live(0), live(1)];
    const [primaryObjectId, mergedId] = [contactId(winner), contactId(loser)];
    test.world.contacts.merge(winner, [loser]);
    const { n: deal } = test.world.deals.create({ name: 'New', contacts: [live(2)] });
    test.world.deals.update(deal, { contacts: [live(3)] });
    const all = await events();
    const newObjectId = contactId(winner);
    expect(newObjectId).not.toBe(primaryObjectId);
    expect(all).toContainEqual(
      expect.objectContaining({
        subscriptionType: 'contact.merge',
        primaryObjectId,
        mergedObjectIds: [mergedId],
        newObjectId,
      }),
    );
    const links = all.filter(({ subscriptionType }) => subscriptionType === 'contact.associationChange');
    expect(links.map((link) => [link['fromObjectId'], link['associationRemoved']])).toEqual([
      [contactId(live(2)), false],
      [contactId(live(3)), false],
      [contactId(live(2)), true],
    ]);
  });

  it('come from every account that installed the application, and only for what it may read', async () => {
    const [one, other] = test.hubspot.accounts.map(({ hubId }) => hubId);
    test.hubspot.install(APP.clientId, ['crm.objects.contacts.read'], String(one));
    test.hubspot.install(APP.clientId, ['crm.objects.deals.read'], String(other));
    test.world.contacts.update(live(0), { title: 'Changed' });
    test.world.deals.create({ name: 'New', contacts: [] });
    const all = await events();
    expect(all.map(({ portalId, subscriptionType }) => [portalId, subscriptionType])).toEqual([
      [one, 'contact.propertyChange'],
      [other, 'deal.creation'],
    ]);
    test.hubspot.revokeGrants();
    test.world.contacts.update(live(0), { title: 'Again' });
    expect(await events()).toHaveLength(2);
  });

  it('have at most a hundred events each', async () => {
    install(['crm.objects.contacts.read']);
    for (let n = 0; n < 250; n += 1) test.world.contacts.create({ given: 'A', family: 'B', address: null });
    expect(await events()).toHaveLength(250);
    expect(received.map((each) => each.events.length).sort((a, b) => a - b)).toEqual([50, 100, 100]);
  });

  it('come again when they are not taken, with the number of the try, and stop after ten more', async () => {
    install();
    statuses = [500, 404];
    test.world.contacts.update(live(0), { title: 'Changed' });
    const all = await events();
    expect(all.map(({ attemptNumber }) => attemptNumber)).toEqual([0, 1, 2]);
    expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(1);
    received = [];
    statuses = Array.from({ length: 20 }, () => 503);
    test.world.contacts.update(live(0), { title: 'Changed again' });
    expect(await events()).toHaveLength(11);
  });

  it('come again when no answer comes in time', async () => {
    install();
    statuses = [NEVER];
    test.world.contacts.update(live(0), { title: 'Changed' });
    expect((await events()).map(({ attemptNumber }) => attemptNumber)).toEqual([0, 1]);
  });

  it('come twice, backwards or out of time when told to', async () => {
    install();
    let round = 0;
    const two = () => {
      round += 1;
      test.world.contacts.update(live(0), { title: `Changed ${round}` });
      test.world.contacts.update(live(1), { title: `Changed ${round}` });
    };
    test.faults.set({ provider: 'hubspot', kind: 'duplicate_events', match: 'contact.propertyChange', times: 1 });
    two();
    await events();
    expect(received).toHaveLength(2);
    expect(received[0]?.body).toBe(received[1]?.body);
    received = [];
    test.faults.set({ provider: 'hubspot', kind: 'reorder_events', times: 1 });
    two();
    expect((await events()).map((event) => event['objectId'])).toEqual([contactId(live(1)), contactId(live(0))]);
    received = [];
    test.faults.set({ provider: 'hubspot', kind: 'clock_skew', delayMs: 600_000, times: 1 });
    two();
    await events();
    const ahead = Number(received[0]?.headers['x-hubspot-request-timestamp']) - Date.now();
    expect(ahead).toBeGreaterThan(590_000);
  });

  it('are named after objects where newer subscriptions are switched on', async () => {
    install();
    test.hubspot.settings.objectEvents = true;
    test.world.contacts.update(live(0), { title: 'Changed' });
    expect(await events()).toMatchObject([{ subscriptionType: 'object.propertyChange', objectTypeId: '0-1' }]);
  });
});
