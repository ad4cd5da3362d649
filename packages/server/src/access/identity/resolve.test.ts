// POST /authz/resolve over HTTP on a real database: what is proven, what is answered, and what it costs.
import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type OrganisationId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { serviceApp } from '../apps/apps.testing.ts';
import {
  activityOf,
  fakeProviders,
  HOST,
  identityOf,
  KEY,
  type LoginWorld,
  openLoginWorld,
  sealed,
} from './login.testing.ts';
import { resolve } from './resolve.ts';

let world: LoginWorld;
let made = 0;
const fresh = () => `ann${(made += 1)}`;

beforeAll(async () => {
  world = await openLoginWorld();
});
afterAll(() => world.close());
beforeEach(() => world.advance(1000));

const byKey = { 'x-service-key': KEY };
const fromPage = (name: string) => ({ origin: `https://${name}.example` });

async function ask(body: object, headers: Record<string, string> = byKey) {
  return await world.app.inject({
    method: 'POST',
    url: '/authz/resolve',
    headers: { ...HOST, ...headers },
    payload: body,
  });
}
const request = (name: string, more: object = {}) => ({
  provider: 'google',
  idp_token: sealed(identityOf(name)),
  ...more,
});

async function member(role: 'viewer' | 'owner' = 'viewer') {
  const name = fresh();
  const { user } = (await ask(request(name))).json();
  const workspaceId = newId<WorkspaceId>();
  const slug = `space-${name}`;
  await world.db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    await tables
      .insertInto('workspace')
      .values({ id: workspaceId, slug, name: 'A space', created_at: world.now() })
      .execute();
    await tables
      .insertInto('member')
      .values({ workspace_id: workspaceId, person_id: user.id, role, created_at: world.now() })
      .execute();
  });
  return { name, workspaceId, slug, personId: user.id as PersonId };
}

describe('without a workspace', () => {
  it('answers the person and their workspaces, of which there may be none', async () => {
    const name = fresh();
    const answer = await ask(request(name));
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      user: { id: expect.any(String), email: `${name}@home.example`, name: expect.any(String) },
      workspace: null,
      authz_token: null,
      expires_in: null,
      workspaces: [],
    });
    expect((await activityOf(world.db)).at(-1)).toMatchObject({
      action: 'user_login',
      actor_id: answer.json().user.id,
    });
  });

  it('is answered to a page of a registered origin too, and can be read there', async () => {
    const { name, slug } = await member('owner');
    const answer = await ask(request(name), fromPage('notes'));
    expect(answer.json().workspaces).toEqual([{ id: expect.any(String), name: 'A space', slug, role: 'owner' }]);
    expect(answer.headers['access-control-allow-origin']).toBe('https://notes.example');
  });
});

describe('with a workspace', () => {
  // Proves: OAuth 18.
  it('answers a token of five minutes for this service, this workspace and this identity', async () => {
    const { name, workspaceId, slug, personId } = await member();
    const answer = await ask(request(name, { workspace_id: workspaceId }));
    expect(answer.json()).toEqual({
      user: { id: personId, email: `${name}@home.example`, name: expect.any(String) },
      workspace: { id: workspaceId, slug, role: 'viewer' },
      authz_token: expect.any(String),
      expires_in: 300,
      workspaces: null,
    });
    const token = await world.tokens.verify(['authz'], answer.json().authz_token);
    expect(token).toMatchObject({
      sub: personId,
      wid: workspaceId,
      wslug: slug,
      wrole: 'viewer',
      actions: [],
      idp_sub: `subject-${name}`,
      idp_iss: 'https://accounts.example',
      svc: 'notes',
    });
    expect(token?.expiresAt).toEqual(new Date(world.now().getTime() + 300_000));
    expect(token).not.toHaveProperty('oid');
    expect(JSON.stringify(token)).not.toContain('@');
  });

  it('takes other spellings of the workspace’s id', async () => {
    const { name, workspaceId } = await member();
    for (const workspace_id of [workspaceId.toUpperCase(), workspaceId.replaceAll('-', '')])
      expect((await ask(request(name, { workspace_id }))).json().workspace).toMatchObject({ id: workspaceId });
    expect((await ask(request(name, { workspace_id: '__proto__' }))).statusCode).toBe(422);
  });

  it('answers whose realm the service belongs to as its scope, and the organisation', async () => {
    const { name, workspaceId } = await member();
    world.services['sk_suite'] = serviceApp('part', { scope: 'suite' });
    const id = newId<OrganisationId>();
    await world.db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .insertInto('organisation')
        .values({ id, name: 'All', slug: 'all', is_public: true, created_at: world.now() })
        .execute(),
    );
    const answer = await ask(request(name, { workspace_id: workspaceId }), { 'x-service-key': 'sk_suite' });
    expect(await world.tokens.verify(['authz'], answer.json().authz_token)).toMatchObject({
      svc: 'suite',
      oid: id,
      oslug: 'all',
      opub: true,
    });
    await world.db.control((tx) => tx.withTables<AccessTables>().deleteFrom('organisation').execute());
  });

  // Proves: OAuth 20, ASVS 3.
  it('is refused to whoever is no member, and the same for a workspace that is not there', async () => {
    const { workspaceId } = await member();
    const stranger = fresh();
    for (const workspace_id of [workspaceId, newId()]) {
      const answer = await ask(request(stranger, { workspace_id }));
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'not_a_member']);
    }
  });

  it('is minted for a page only where the service allows it', async () => {
    const { name, workspaceId } = await member();
    const refused = await ask(request(name, { workspace_id: workspaceId }), fromPage('notes'));
    expect([refused.statusCode, refused.json().code, typeof refused.json().detail]).toEqual([
      403,
      'action_denied',
      'string',
    ]);
    const allowed = await ask(request(name, { workspace_id: workspaceId }), fromPage('board'));
    expect(await world.tokens.verify(['authz'], allowed.json().authz_token)).toMatchObject({ svc: 'board' });
  });

  // Proves: OAuth 20.
  it('ends with the membership, at the next minting', async () => {
    const { name, workspaceId, personId } = await member();
    await ask(request(name, { workspace_id: workspaceId }));
    await world.db.control((tx) =>
      tx.withTables<AccessTables>().deleteFrom('member').where('person_id', '=', personId).execute(),
    );
    expect((await ask(request(name, { workspace_id: workspaceId }))).statusCode).toBe(403);
  });
});

describe('who may ask', () => {
  // Proves: OAuth 21, ASVS 23.
  it('is a service by its key or its page, and nobody else', async () => {
    const name = fresh();
    for (const headers of [
      {},
      { 'x-service-key': 'sk_wrong' },
      fromPage('evil'),
      { origin: 'null' },
      { ...fromPage('notes'), 'x-service-key': 'sk_wrong' },
    ])
      expect((await ask(request(name), headers)).statusCode).toBe(401);
    expect((await ask(request(name), { 'x-service-key': '__proto__' })).statusCode).toBe(401);
  });

  it('is told apart before the body is looked at', async () => {
    expect((await ask({}, {})).statusCode).toBe(401);
    expect((await ask({})).statusCode).toBe(422);
  });
});

describe('what is refused', () => {
  const refusals: readonly (readonly [string, object, number, string])[] = [
    ['no token', { provider: 'google', idp_token: 'rubbish' }, 400, 'idp_token_refused'],
    ['an unknown provider', { provider: 'facebook', idp_token: 'x' }, 400, 'provider_unknown'],
    ['a provider that is a word of the language', { provider: '__proto__', idp_token: 'x' }, 400, 'provider_unknown'],
    ['an empty token', { provider: 'google', idp_token: '' }, 422, 'invalid_request'],
    ['a token that is too long', { provider: 'google', idp_token: 'x'.repeat(16_385) }, 422, 'invalid_request'],
    ['a token that is no text', { provider: 'google', idp_token: { sub: 'x' } }, 422, 'invalid_request'],
    [
      'a token without an address',
      { provider: 'google', idp_token: sealed(identityOf('none', { email: '' })) },
      400,
      'idp_token_refused',
    ],
    [
      'a token for somebody else',
      { provider: 'google', idp_token: sealed({ ...identityOf('aud'), aud: 'theirs' }) },
      400,
      'idp_token_refused',
    ],
    [
      'another nonce',
      { provider: 'google', idp_token: sealed({ ...identityOf('nonce'), nonce: 'a' }), nonce: 'b' },
      400,
      'idp_token_refused',
    ],
    [
      'a provider that is down',
      { provider: 'google', idp_token: sealed({ fails: ['idp_unreachable', 'Down.'] }) },
      503,
      'idp_unreachable',
    ],
  ];

  // Proves: OAuth 21.
  it.each(refusals)('%s', async (_what, body, status, code) => {
    const answer = await ask(body);
    expect([answer.statusCode, answer.json().code, typeof answer.json().detail]).toEqual([status, code, 'string']);
  });

  it('a person who is deactivated', async () => {
    const { name, personId, workspaceId } = await member();
    await world.db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .updateTable('person')
        .set({ deactivated_at: world.now() })
        .where('id', '=', personId)
        .execute(),
    );
    for (const more of [{}, { workspace_id: workspaceId }])
      expect((await ask(request(name, more))).json()).toMatchObject({ status: 403, code: 'person_inactive' });
  });

  it('a second subject with the same address, which is linked to nobody', async () => {
    const name = fresh();
    await ask(request(name));
    const other = {
      provider: 'github',
      idp_token: sealed(identityOf(name, { issuer: 'https://github.example', subject: '7' })),
    };
    expect((await ask(other)).json()).toMatchObject({ status: 409, code: 'email_conflict' });
    expect((await ask(other)).statusCode).toBe(409);
  });
});

describe('what a service lists', () => {
  it('is the audience a token must have, instead of our own', async () => {
    world.services['sk_listed'] = serviceApp('listed', { allowedIdpAudiences: ['theirs'] });
    const key = { 'x-service-key': 'sk_listed' };
    const token = (aud: string) => ({ provider: 'google', idp_token: sealed({ ...identityOf(fresh()), aud }) });
    expect((await ask(token('theirs'), key)).statusCode).toBe(200);
    expect((await ask(token('ours'), key)).statusCode).toBe(400);
  });

  it('is the nonce it sends, when it sends one', async () => {
    const idp_token = sealed({ ...identityOf(fresh()), nonce: 'n-1' });
    expect((await ask({ provider: 'google', idp_token, nonce: 'n-1' })).statusCode).toBe(200);
    expect((await ask({ provider: 'google', idp_token })).statusCode).toBe(200);
  });
});

describe('the cost', () => {
  it('of minting for somebody known is one statement, and two with a sign-in to write down', async () => {
    const { name, workspaceId } = await member();
    const log: string[] = [];
    const plugin: KyselyPlugin = {
      transformQuery({ node }) {
        log.push(node.kind);
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const deps = {
      db: {
        ...world.db,
        control: <T>(work: Parameters<typeof world.db.control<T>>[0]) =>
          world.db.control((tx) => work(tx.withPlugin(plugin))),
      },
      providers: fakeProviders('google'),
      settings: { issuer: 'http://localhost:9003', adminEmails: [], refreshGraceMs: 0, adminUrl: '' },
      standing: world.standing,
      tokens: world.tokens,
      signals: { failed: async () => {}, signedIn: async () => {} },
    };
    const order = {
      idpToken: sealed(identityOf(name)),
      provider: 'google',
      nonce: null,
      service: serviceApp('notes'),
      byKey: true,
      device: { browser: 'other', os: 'unknown' },
      now: world.now(),
    };
    await resolve(deps, { ...order, workspaceId });
    expect(log).toHaveLength(1);
    log.length = 0;
    await resolve(deps, { ...order, workspaceId: null });
    expect(log).toHaveLength(2);
  });
});

describe('a page elsewhere', () => {
  const preflight = (origin: string, headers: string) =>
    world.app.inject({
      method: 'OPTIONS',
      url: '/authz/resolve',
      headers: { ...HOST, origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
    });

  it('may ask first, when its origin is registered', async () => {
    expect((await preflight('https://notes.example', 'content-type')).statusCode).toBe(200);
    expect((await preflight('https://notes.example', 'authorization, x-authz-token')).statusCode).toBe(200);
    expect((await preflight('https://evil.example', 'content-type')).statusCode).toBe(400);
  });
});
