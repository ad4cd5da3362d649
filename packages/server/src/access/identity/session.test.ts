import { Session, SignInLink } from '@sentinel/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAuditEntry } from '../../platform/audit/audit.ts';
import type { WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { createSetupLink, createSignInLink, listActiveWorkspaces } from '../access.ts';
import { type AccessWorld, cookieOf, openAccessWorld, tokenOf, withCookie } from '../testing.ts';
import { SESSION_IDLE_MS, SESSION_LIFETIME_MS } from './session.ts';
import { LINK_LIFETIME_MS } from './sign-in-link.ts';

let world: AccessWorld;
let workspaceId: WorkspaceId;
beforeAll(async () => {
  world = await openAccessWorld();
  const token = tokenOf(await createSetupLink(world.deps));
  await world.ask('POST', '/v1/setup', {
    payload: { token, workspaceName: 'Home', ownerName: 'Ada', ownerEmail: 'ada@home.example' },
  });
  const [workspace] = await world.db.control(listActiveWorkspaces);
  if (workspace === undefined) throw new Error('no workspace');
  workspaceId = workspace.id;
}, 120_000);
afterAll(() => world.close());

let serial = 0;
let email = '';
beforeEach(() => {
  serial += 1;
  email = `person${serial}@home.example`;
});
const signIn = (token: string, how: object = {}) => world.ask('POST', '/v1/session', { payload: { token }, ...how });
const whoAmI = (token: string) => world.ask('GET', '/v1/session', withCookie(token));
const newEntry = () =>
  openAuditEntry('sign_in_link.created', { kind: 'system', id: null, name: 'test' }, null, world.deps.clock);
const linkFor = async (who: string) => tokenOf(await createSignInLink(world.deps, workspaceId, who, newEntry()));
const sessionsOf = (personId: string) =>
  world.db.control((tx) =>
    tx.withTables<AccessTables>().selectFrom('session').selectAll().where('person_id', '=', personId).execute(),
  );

const ownerId = async () => {
  const rows = await world.db.control((tx) =>
    tx.withTables<AccessTables>().selectFrom('member').select('person_id').where('role', '=', 'owner').execute(),
  );
  return rows[0]?.person_id;
};

describe('signing in by link', () => {
  it('makes one session however many try at once', async () => {
    const { personId } = await world.memberOf(workspaceId, 'editor', email);
    const token = await linkFor(email);
    const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(token)));
    expect(answers.filter((each) => each.statusCode === 201)).toHaveLength(1);
    expect(answers.filter((each) => each.statusCode === 401 && each.json().code === 'link_invalid')).toHaveLength(19);
    // The one that came with the member, and the one that the link made.
    expect(await sessionsOf(personId)).toHaveLength(2);
    expect(answers.flatMap((each) => each.cookies)).toHaveLength(1);
  });

  // Proves: ASVS 55.
  it('starts a session that tells who is signed in, and records it', async () => {
    await world.memberOf(workspaceId, 'viewer', email);
    const answer = await signIn(await linkFor(email));
    expect(Session.parse((await whoAmI(cookieOf(answer))).json())).toMatchObject({ role: 'viewer', person: { email } });
    // The browser keeps the cookie as long as a session that is used can last; the server ends an idle one earlier.
    const kept = answer.cookies.find((each) => each.name === 'sentinel_session_9003')?.expires;
    expect(kept).toEqual(new Date(world.now().getTime() + SESSION_LIFETIME_MS));
    expect((await world.audit(workspaceId)).at(-1)).toMatchObject({
      event: 'session.started',
      result: 'ok',
      actor_kind: 'person',
    });
  });

  it('ends the session the browser still held', async () => {
    const { token: old } = await world.memberOf(workspaceId, 'viewer', email);
    const answer = await signIn(await linkFor(email), withCookie(old));
    expect(answer.statusCode).toBe(201);
    expect((await whoAmI(old)).statusCode).toBe(401);
    expect((await whoAmI(cookieOf(answer))).statusCode).toBe(200);
  });

  // Proves: ASVS 57.
  it('gives nobody a session whose audit row could not be written', async () => {
    const { personId } = await world.memberOf(workspaceId, 'viewer', email);
    const token = await linkFor(email);
    world.breakOnce('workspace');
    const answer = await signIn(token);
    expect(answer.json()).toMatchObject({ status: 500, code: 'internal' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect((await sessionsOf(personId)).filter((each) => each.revoked_at === null)).toHaveLength(1);
  });

  it('takes no expired, replaced, foreign or malformed link', async () => {
    await world.memberOf(workspaceId, 'viewer', email);
    const replaced = await linkFor(email);
    const token = await linkFor(email);
    for (const bad of [replaced, 'x'.repeat(43), 'x'.repeat(60), `${token.slice(0, -1)}!`])
      expect((await signIn(bad)).json()).toMatchObject({ code: 'link_invalid' });
    world.advance(LINK_LIFETIME_MS);
    expect((await signIn(token)).json()).toMatchObject({ code: 'link_invalid' });
    expect((await signIn('short')).json()).toMatchObject({ status: 422 });
  });

  it('leaves a trace of the link before anybody holds it', async () => {
    const { personId } = await world.memberOf(workspaceId, 'viewer', email);
    await linkFor(email);
    expect((await world.audit(workspaceId)).at(-1)).toMatchObject({
      event: 'sign_in_link.created',
      result: 'ok',
      actor_kind: 'system',
      target: personId,
    });
    world.breakOnce('workspace');
    await expect(linkFor(email)).rejects.toThrow('crash at workspace');
  });

  it('works through the public address where that is asked for, still once', async () => {
    const remote = await openAccessWorld({ remoteLinks: true });
    try {
      const how = { remoteAddress: '192.0.2.9' };
      const setup = { workspaceName: 'Home', ownerName: 'Ada', ownerEmail: 'ada@home.example' };
      const payload = { ...setup, token: tokenOf(await createSetupLink(remote.deps)) };
      expect((await remote.ask('POST', '/v1/setup', { ...how, payload })).statusCode).toBe(201);
      const key = { headers: { authorization: `Bearer ${remote.operatorKey}` }, payload: {} };
      const link = (await remote.ask('POST', '/v1/sign-in-links', key)).json();
      const use = () => remote.ask('POST', '/v1/session', { ...how, payload: { token: tokenOf(link) } });
      expect([(await use()).statusCode, (await use()).statusCode]).toEqual([201, 401]);
    } finally {
      await remote.close();
    }
  });

  it('is refused from another machine', async () => {
    await world.memberOf(workspaceId, 'viewer', email);
    const token = await linkFor(email);
    expect((await signIn(token, { remoteAddress: '192.0.2.9' })).json()).toMatchObject({ code: 'link_invalid' });
    expect((await signIn(token)).statusCode).toBe(201);
  });
});

describe('a session', () => {
  // Proves: ASVS 29.
  it('ends after twelve hours without use', async () => {
    const { token } = await world.memberOf(workspaceId, 'viewer', email);
    world.advance(SESSION_IDLE_MS - 1);
    expect((await whoAmI(token)).statusCode).toBe(200);
    world.advance(SESSION_IDLE_MS - 1);
    expect((await whoAmI(token)).statusCode).toBe(200);
    world.advance(SESSION_IDLE_MS);
    expect((await whoAmI(token)).json()).toMatchObject({ status: 401, code: 'token_invalid' });
  });

  // Proves: ASVS 29.
  it('ends after seven days however much it is used', async () => {
    const { token } = await world.memberOf(workspaceId, 'viewer', email);
    for (let passed = 0; passed < SESSION_LIFETIME_MS; passed += SESSION_IDLE_MS / 2) {
      expect((await whoAmI(token)).statusCode).toBe(200);
      world.advance(SESSION_IDLE_MS / 2);
    }
    expect((await whoAmI(token)).statusCode).toBe(401);
  });

  // Proves: ASVS 30, ASVS 55.
  it('ends with the sign-out, which is recorded', async () => {
    const { token } = await world.memberOf(workspaceId, 'viewer', email);
    const answer = await world.ask('DELETE', '/v1/session', withCookie(token));
    expect(answer.statusCode).toBe(204);
    expect(String(answer.headers['set-cookie'])).toContain('Expires=Thu, 01 Jan 1970');
    expect((await whoAmI(token)).statusCode).toBe(401);
    expect((await world.audit(workspaceId)).at(-1)).toMatchObject({ event: 'session.ended', result: 'ok' });
  });

  // Proves: ASVS 30.
  it.each([
    [
      'the person is deactivated',
      (personId: string) =>
        world.db.control((tx) =>
          tx
            .withTables<AccessTables>()
            .updateTable('person')
            .set({ deactivated_at: world.now() })
            .where('id', '=', personId)
            .execute(),
        ),
    ],
    [
      'the person is a member no more',
      (personId: string) =>
        world.db.control((tx) =>
          tx.withTables<AccessTables>().deleteFrom('member').where('person_id', '=', personId).execute(),
        ),
    ],
  ])('ends at once when %s', async (_name, change) => {
    const { token, personId } = await world.memberOf(workspaceId, 'viewer', email);
    expect((await whoAmI(token)).statusCode).toBe(200);
    await change(personId);
    expect((await whoAmI(token)).statusCode).toBe(401);
  });

  // Proves: ASVS 28.
  it('stands nowhere in the database in a form that signs in', async () => {
    const { token, personId } = await world.memberOf(workspaceId, 'viewer', email);
    const [row] = await sessionsOf(personId);
    expect(row?.token_hash).toHaveLength(32);
    expect(Buffer.from(row?.token_hash ?? []).toString('base64url')).not.toBe(token);
    expect((await whoAmI(Buffer.from(row?.token_hash ?? []).toString('base64url'))).statusCode).toBe(401);
  });
});

describe('denials', () => {
  // Proves: ASVS 55.
  it('are recorded with the action that was missing', async () => {
    const { token } = await world.memberOf(workspaceId, 'viewer', email);
    const answer = await world.ask('POST', '/v1/sign-in-links', { ...withCookie(token), payload: {} });
    expect(answer.json()).toMatchObject({ status: 403, code: 'action_denied' });
    expect((await world.audit(workspaceId)).at(-1)).toMatchObject({
      event: 'action.denied',
      result: 'denied',
      detail: '{"reason":"operator:sign-in-link"}',
    });
  });
});

describe('the operator key', () => {
  const asOperator = (key: string, changes: Record<string, string> = {}) => ({
    headers: { authorization: `Bearer ${key}`, ...changes },
    payload: {},
  });

  it('makes a sign-in link for the owner, and the link works', async () => {
    const answer = await world.ask('POST', '/v1/sign-in-links', asOperator(world.operatorKey));
    const link = SignInLink.parse(answer.json());
    expect(link.kind).toBe('sign_in');
    expect((await world.audit(workspaceId)).at(-1)).toMatchObject({
      event: 'sign_in_link.created',
      result: 'ok',
      actor_kind: 'operator',
      target: await ownerId(),
    });
    expect((await signIn(tokenOf(link))).json()).toMatchObject({
      role: 'owner',
      person: { email: 'ada@home.example' },
    });
  });

  it('makes one for a member that is named, whatever the case of the letters', async () => {
    await world.memberOf(workspaceId, 'viewer', email);
    const answer = await world.ask('POST', '/v1/sign-in-links', {
      ...asOperator(world.operatorKey),
      payload: { email: email.toUpperCase() },
    });
    expect((await signIn(tokenOf(answer.json()))).json()).toMatchObject({ person: { email } });
    expect(
      (
        await world.ask('POST', '/v1/sign-in-links', {
          ...asOperator(world.operatorKey),
          payload: { email: 'nobody@home.example' },
        })
      ).statusCode,
    ).toBe(404);
  });

  it('works on this machine only', async () => {
    const ask = (how: object) => world.ask('POST', '/v1/sign-in-links', { ...asOperator(world.operatorKey), ...how });
    expect((await ask({ remoteAddress: '192.0.2.9' })).json()).toMatchObject({ status: 401, code: 'token_invalid' });
    expect((await ask(asOperator(world.operatorKey, { 'x-forwarded-for': '192.0.2.9' }))).statusCode).toBe(401);
  });

  it('is worth nothing when a character differs', async () => {
    for (const key of [
      `${world.operatorKey}x`,
      world.operatorKey.slice(0, -1),
      world.operatorKey.toLowerCase(),
      'sentinel_operator_',
    ]) {
      expect((await world.ask('POST', '/v1/sign-in-links', asOperator(key))).statusCode).toBe(401);
    }
  });

  it('chooses the workspace by its slug', async () => {
    expect(
      (await world.ask('POST', '/v1/sign-in-links', asOperator(world.operatorKey, { 'sentinel-workspace': 'home' })))
        .statusCode,
    ).toBe(201);
    expect(
      (await world.ask('POST', '/v1/sign-in-links', asOperator(world.operatorKey, { 'sentinel-workspace': 'other' })))
        .statusCode,
    ).toBe(404);
  });

  it('has no session of its own', async () => {
    expect((await world.ask('GET', '/v1/session', { headers: asOperator(world.operatorKey).headers })).statusCode).toBe(
      404,
    );
  });

  it('makes no setup link once there is an owner', async () => {
    expect((await world.ask('POST', '/v1/setup-links')).statusCode).toBe(401);
    expect((await world.ask('POST', '/v1/setup-links', asOperator('x'))).statusCode).toBe(401);
    expect((await world.ask('POST', '/v1/setup-links', asOperator(world.operatorKey))).json()).toMatchObject({
      code: 'already_set_up',
    });
  });
});

describe('before the setup', () => {
  it('the operator key gets a setup link and nothing else', async () => {
    const fresh = await openAccessWorld();
    try {
      const how = { headers: { authorization: `Bearer ${fresh.operatorKey}` } };
      expect((await fresh.ask('POST', '/v1/sign-in-links', how)).json()).toMatchObject({
        status: 409,
        code: 'not_set_up',
      });
      const link = SignInLink.parse((await fresh.ask('POST', '/v1/setup-links', how)).json());
      expect(link.kind).toBe('setup');
      const done = await fresh.ask('POST', '/v1/setup', {
        payload: { token: tokenOf(link), workspaceName: 'X', ownerName: 'Ada', ownerEmail: 'ada@home.example' },
      });
      expect(done.statusCode).toBe(201);
    } finally {
      await fresh.close();
    }
  });
});
