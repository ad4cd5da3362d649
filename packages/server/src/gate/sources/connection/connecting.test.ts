import { CONNECTION_PROVIDERS, ConnectionList } from '@sentinel/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testCaller } from '../../../platform/http/testing.ts';
import { newId, type PersonId, type SessionId } from '../../../platform/ids.ts';
import { type ConnectionWorld, openConnectionWorld } from './connection.testing.ts';

let world: ConnectionWorld;
beforeAll(async () => {
  world = await openConnectionWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(() => {
  Object.assign(world.session, { live: true, caller: world.caller });
  for (const provider of CONNECTION_PROVIDERS)
    Object.assign(world.fake.account(provider), {
      token: 'ok',
      data: 'ok',
      revoke: 'ok',
      refreshable: true,
      withheld: [],
      instanceUrl: null,
    });
});
const list = async () => ConnectionList.parse((await world.ask('GET', '/v1/connections')).json());
const refused = async (provider: (typeof CONNECTION_PROVIDERS)[number], query?: Record<string, string>) => {
  const begun = await world.begin(provider);
  const answer = await world.finish(
    provider,
    begun,
    query === undefined ? undefined : { state: begun.state, ...query },
  );
  return answer.headers.location;
};
const forgetAll = async () => {
  await world.db.workspace(world.workspaceId, (tx) => sql`delete from connection`.execute(tx));
  await world.db.control((tx) => sql`delete from grant_holder`.execute(tx));
};
const lastAudit = async () => (await world.audit()).at(-1);

describe('connecting', () => {
  it.each(CONNECTION_PROVIDERS)('%s goes to the provider and comes back connected', async (provider) => {
    const id = await world.connect(provider);
    const found = (await list()).connections.find((each) => each.id === id);
    expect(found).toMatchObject({ provider, state: 'connected', reason: null, trouble: null, connectedBy: 'A admin' });
    expect(found?.scopes.length).toBeGreaterThan(0);
    expect(await lastAudit()).toMatchObject({ event: 'connection.added', result: 'ok' });
  });

  it.each(['hubspot', 'salesforce', 'gmail', 'calendar'] as const)(
    '%s is asked with PKCE by S256',
    async (provider) => {
      const { searchParams: query } = new URL((await world.begin(provider)).location);
      expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/);
      expect(query.get('code_challenge_method')).toBe('S256');
      expect(query.get('include_granted_scopes')).toBeNull();
    },
  );

  it('keeps one row for an account that is connected again, and mends it', async () => {
    const first = await world.connect('hubspot');
    const before = await world.row(first);
    expect(await world.connect('hubspot')).toBe(first);
    const after = await world.row(first);
    expect(after.version).toBe(before.version + 1);
    expect(after.sealed.access).not.toBe(before.sealed.access);
  });

  it('keeps nothing in clear: neither in the database nor in the log', async () => {
    await world.connect('slack');
    const stored = (await world.dump()).replaceAll('canary@mail.example', '');
    expect(stored).toContain('enc:v2:');
    expect(`${stored}${world.lines.join('\n')}`).not.toContain('canary');
  });

  it('that fails does not end the connection that the same account has', async () => {
    const id = await world.connect('gmail');
    world.fake.account('gmail').withheld = ['openid'];
    expect(await refused('gmail')).toBe('/console/sources?refused=scopes_missing');
    expect(world.fake.account('gmail').refresh).not.toBeNull();
    expect(await world.row(id)).toMatchObject({ state: 'connected' });
  });

  it('is refused with the names of the scopes that were not granted, and gives back what was', async () => {
    await forgetAll();
    const account = world.fake.account('gmail');
    account.withheld = ['https://www.googleapis.com/auth/gmail.readonly'];
    expect(await refused('gmail')).toBe('/console/sources?refused=scopes_missing');
    expect(account).toMatchObject({ access: null, refresh: null });
    expect(await lastAudit()).toMatchObject({ event: 'connection.refused', result: 'failed' });
    expect((await lastAudit())?.detail).toContain('gmail.readonly');
  });

  it('is refused without a refresh token, where one is needed', async () => {
    await forgetAll();
    world.fake.account('calendar').refreshable = false;
    expect(await refused('calendar')).toBe('/console/sources?refused=connection_refused');
    expect(world.fake.account('calendar').access).toBeNull();
  });

  it.each([
    ['denied', { error: 'access_denied' }],
    ['provider_unreachable', { error: 'temporarily_unavailable' }],
    ['connection_refused', {}],
    ['connection_refused', { code: 'never-issued' }],
  ])('ends as %s when the provider sends back %o', async (code, query) => {
    expect(await refused('hubspot', query)).toBe(`/console/sources?refused=${code}`);
  });

  it('tells a wrong client secret and an outage apart', async () => {
    world.fake.account('salesforce').token = 'wrong_secret';
    expect(await refused('salesforce')).toBe('/console/sources?refused=client_refused');
    world.fake.account('salesforce').token = 'down';
    expect(await refused('salesforce')).toBe('/console/sources?refused=provider_unreachable');
  });

  it('believes no instance address but Salesforce’s', async () => {
    world.fake.account('salesforce').instanceUrl = 'https://evil.example';
    expect(await refused('salesforce')).toBe('/console/sources?refused=provider_unreachable');
  });
});

describe('the state of a journey', () => {
  const problemOf = async (answer: { statusCode: number; body: string }) => [
    answer.statusCode,
    answer.body.includes('This connection was not started here'),
  ];
  const REFUSED = [400, true];

  it('counts once', async () => {
    const begun = await world.begin('hubspot');
    expect((await world.finish('hubspot', begun)).statusCode).toBe(303);
    expect(await problemOf(await world.finish('hubspot', begun))).toEqual(REFUSED);
  });

  it('counts once of several returns at the same moment', async () => {
    const begun = await world.begin('gmail');
    const answers = await Promise.all([1, 2, 3, 4].map(() => world.finish('gmail', begun)));
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([303, 400, 400, 400]);
  });

  it('counts for ten minutes', async () => {
    const begun = await world.begin('calendar');
    world.advance(601_000);
    expect(await problemOf(await world.finish('calendar', begun))).toEqual(REFUSED);
  });

  it('counts only in the browser it was begun in', async () => {
    const [mine, other] = [await world.begin('gmail'), await world.begin('gmail')];
    const mixed = { ...mine, cookie: other.cookie };
    expect(await problemOf(await world.finish('gmail', mixed))).toEqual(REFUSED);
    expect(await problemOf(await world.finish('gmail', { ...mine, cookie: { name: 'other', value: '' } }))).toEqual(
      REFUSED,
    );
  });

  it('counts only for the provider it was begun for', async () => {
    const begun = await world.begin('gmail');
    const moved = { ...begun, cookie: { name: 'sentinel_connect_calendar', value: begun.cookie.value } };
    expect(await problemOf(await world.finish('calendar', moved))).toEqual(REFUSED);
  });

  it('ends with the session it was begun in', async () => {
    const begun = await world.begin('slack');
    world.session.live = false;
    expect(await problemOf(await world.finish('slack', begun))).toEqual(REFUSED);
  });

  it('is of one person: the same session in other hands is refused', async () => {
    const begun = await world.begin('slack');
    world.session.caller = { ...world.caller, personId: newId<PersonId>() };
    expect(await problemOf(await world.finish('slack', begun))).toEqual(REFUSED);
  });

  it('connects nothing for somebody who may no longer manage sources', async () => {
    const begun = await world.begin('slack');
    const { personId, sessionId, workspaceId } = world.caller;
    world.session.caller = testCaller('viewer', { personId, sessionId, workspaceId });
    expect((await world.finish('slack', begun)).headers.location).toBe('/console/sources?refused=not_allowed');
  });

  it('travels in a cookie for this host only, out of reach of scripts, that comes along from the provider', async () => {
    const answer = await world.ask('POST', '/v1/connections/authorize', { provider: 'gmail' });
    expect(answer.cookies[0]).toMatchObject({ path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 600 });
    expect(answer.cookies[0]).not.toHaveProperty('domain');
  });
});

describe('who may connect', () => {
  it('is nobody with a key: the browser must have the console’s session', async () => {
    world.session.caller = testCaller('admin', { workspaceId: world.workspaceId, sessionId: null, via: 'key' });
    const answer = await world.app.inject({
      method: 'POST',
      url: '/v1/connections/authorize',
      headers: { host: 'localhost:9003', cookie: 'sentinel_session_9003=good' },
      payload: { provider: 'gmail' },
    });
    expect(answer.json()).toMatchObject({ code: 'action_denied' });
  });

  it('is nobody below an admin', async () => {
    world.session.caller = testCaller('editor', { workspaceId: world.workspaceId, sessionId: newId<SessionId>() });
    expect((await world.ask('POST', '/v1/connections/authorize', { provider: 'gmail' })).statusCode).toBe(403);
    expect((await world.ask('GET', '/v1/connections')).statusCode).toBe(200);
  });
});
