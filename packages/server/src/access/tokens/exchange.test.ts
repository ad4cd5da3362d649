import { randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type FamilyId,
  newId,
  newRandomId,
  type PersonId,
  type SessionId,
  type WorkspaceId,
} from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { mintToken } from '../identity/secret-token.ts';
import { bindCode, claimCode, CODE_LIFETIME_MS, peekCode } from './authorization-code.ts';
import { openTokenWorld, type TokenProcess, type TokenWorld, VERIFIER } from './token-world.testing.ts';

let world: TokenWorld;
let workspaceId: WorkspaceId;
let personId: PersonId;
let code: string;
beforeAll(async () => {
  world = await openTokenWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(async () => {
  workspaceId = await world.addWorkspace();
  personId = await world.addMember(workspaceId, 'owner');
  code = await world.issue(personId);
});

const WRONG = VERIFIER.replace('the', 'The');
const redeem = (changes: object = {}, at: TokenProcess = world.here) =>
  at.post('/auth/token', { code, workspace_id: workspaceId, code_verifier: VERIFIER, ...changes });
const rows = () =>
  world.here.db.control((tx) =>
    tx.withTables<AccessTables>().selectFrom('token_family').selectAll().where('person_id', '=', personId).execute(),
  );
const ask = (url: string, headers: Record<string, string> = {}) => world.here.app.inject({ url, headers });
const accessIsIn = async (token: string): Promise<boolean> => {
  const read = await world.here.tokens.verify(['access'], token);
  return read !== null && !(await world.here.standing.isRevoked({ jti: read.jti, familyId: read.fid }));
};

describe('a code', () => {
  // Proves: ASVS 28.
  it('has 43 characters, of which only the hash is stored', async () => {
    expect(code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const stored = await world.here.db.control((tx) =>
      tx.withTables<AccessTables>().selectFrom('authorization_code').selectAll().execute(),
    );
    expect(JSON.stringify(stored)).not.toContain(code);
  });

  // Proves: OAuth 41.
  it('is exchanged for a pair that says who and where', async () => {
    const answer = await world.here.app.inject({
      method: 'POST',
      url: '/auth/token',
      headers: { 'user-agent': `A browser\u0007 ${'x'.repeat(400)}` },
      payload: { code, workspace_id: workspaceId.toUpperCase().replaceAll('-', ''), code_verifier: VERIFIER, more: 1 },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const pair = answer.json();
    expect(Object.keys(pair).toSorted()).toEqual(['access_token', 'expires_in', 'refresh_token', 'token_type']);
    expect(pair).toMatchObject({ token_type: 'bearer', expires_in: 900 });
    const claims = decodeJwt(pair.access_token);
    expect(claims).toMatchObject({
      sub: personId,
      wid: workspaceId,
      wrole: 'owner',
      groups: [],
      iss: 'http://localhost:9003',
      aud: 'sentinel:access',
      type: 'access',
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900);
    expect(decodeJwt(pair.refresh_token)).toMatchObject({
      aud: 'sentinel:refresh',
      type: 'refresh',
      fid: claims['fid'],
    });
    const [family] = await rows();
    expect(family?.user_agent).toMatch(/^A browser x{100,}$/);
    expect(family?.user_agent).toHaveLength(256);
  });

  // Proves: OAuth 26, ASVS 21.
  it('is good once: of many at once in two processes one wins, and what it made ends', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => redeem({}, n % 2 === 0 ? world.here : world.there)),
    );
    const won = answers.filter((each) => each.statusCode === 200);
    expect(won).toHaveLength(1);
    for (const each of answers.filter((other) => other !== won[0]))
      expect(each.json()).toMatchObject({ status: 400, code: 'code_invalid' });
    expect(await rows()).toHaveLength(1);
    expect((await rows())[0]?.revoked_for).toBe('code_replayed');
    await world.here.standing.catchUp();
    expect(await accessIsIn(won[0]?.json().access_token)).toBe(false);
    expect((await world.here.post('/auth/refresh', won[0]?.json() ?? {})).statusCode).toBe(401);
  });

  // Proves: OAuth 26, ASVS 21.
  it('that comes back later ends what it made, whoever presents it', async () => {
    const { access_token: token } = (await redeem()).json();
    expect(await accessIsIn(token)).toBe(true);
    world.advance(3600_000);
    expect((await redeem({ code_verifier: WRONG, workspace_id: newId() })).statusCode).toBe(400);
    expect((await rows())[0]?.revoked_at).not.toBeNull();
    expect((await world.activity()).at(-1)).toBe('token_family_revoked');
  });

  // Proves: OAuth 24, ASVS 21.
  it('is burned by a verifier that does not fit, and makes nothing', async () => {
    for (const verifier of [WRONG, 'x'.repeat(43), `${VERIFIER}x`, `${'ä'.repeat(43)}`]) {
      code = await world.issue(personId);
      expect((await redeem({ code_verifier: verifier })).json()).toMatchObject({ status: 400, code: 'code_invalid' });
      expect((await redeem()).json()).toMatchObject({ status: 400, code: 'code_invalid' });
    }
    expect(await rows()).toHaveLength(0);
  });

  it('lasts five minutes', async () => {
    world.advance(CODE_LIFETIME_MS - 1);
    const late = await world.issue(personId);
    expect((await redeem()).statusCode).toBe(200);
    world.advance(CODE_LIFETIME_MS);
    expect((await redeem({ code: late })).json()).toMatchObject({ code: 'code_invalid' });
  });

  it('that is none is refused, and a malformed request is named', async () => {
    for (const bad of ['x', 'x'.repeat(43), `${code.slice(0, -1)}!`, `${code}A`, '\u0000'.repeat(43)])
      expect((await redeem({ code: bad })).json()).toMatchObject({ status: 400, code: 'code_invalid' });
    for (const bad of [
      { code_verifier: 'x'.repeat(42) },
      { code_verifier: 'x'.repeat(129) },
      { workspace_id: 'x' },
      { code: '' },
    ])
      expect((await redeem(bad)).statusCode).toBe(422);
    expect((await redeem()).statusCode).toBe(200);
  });

  it('is refused for whoever may not, and is used up', async () => {
    const elsewhere = await world.addWorkspace();
    expect((await redeem({ workspace_id: elsewhere })).json()).toMatchObject({ status: 403, code: 'not_a_member' });
    expect((await redeem()).json()).toMatchObject({ code: 'code_invalid' });
    code = await world.issue(personId);
    expect((await redeem({ workspace_id: newId() })).json()).toMatchObject({ status: 404 });
    code = await world.issue(personId);
    await world.change('person', personId, (tables) =>
      tables.updateTable('person').set({ deactivated_at: world.now() }).where('id', '=', personId).execute(),
    );
    expect((await ask(`/auth/workspaces?code=${code}`)).json()).toMatchObject({ status: 404 });
    expect((await redeem()).json()).toMatchObject({ status: 404, code: 'not_found' });
    expect(await rows()).toHaveLength(0);
  });

  it('of an application that was switched off is refused', async () => {
    const clientAppId = await world.addClientApp();
    const [good, bad] = [await world.issue(personId, { clientAppId }), await world.issue(personId, { clientAppId })];
    expect((await redeem({ code: good })).statusCode).toBe(200);
    expect((await rows())[0]?.client_app_id).toBe(clientAppId);
    await world.change('apps', '', (tables) =>
      tables.updateTable('client_app').set({ is_active: false }).where('id', '=', clientAppId).execute(),
    );
    expect((await redeem({ code: bad })).json()).toMatchObject({ code: 'code_invalid' });
  });
});

describe('a code in a transaction of somebody else', () => {
  const at = () => world.now();
  it('is claimed once, and tells whose it is', async () => {
    const { db } = world.here;
    expect(await db.control((tx) => peekCode(tx, { code, verifier: VERIFIER }, at()))).toBe(personId);
    expect(await claimCode(db, { code, verifier: VERIFIER }, at())).toEqual({
      personId,
      clientAppId: null,
      provider: 'google',
    });
    await expect(claimCode(db, { code, verifier: VERIFIER }, at())).rejects.toMatchObject({ code: 'code_invalid' });
    await expect(db.control((tx) => peekCode(tx, { code, verifier: null }, at()))).rejects.toMatchObject({
      code: 'code_invalid',
    });
  });

  it('cannot be bound once it came back, and ends a session it was bound to', async () => {
    const { db } = world.here;
    const session = newId<SessionId>();
    await db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .insertInto('session')
        .values({
          id: session,
          token_hash: mintToken(randomBytes).hash,
          person_id: personId,
          workspace_id: workspaceId,
          created_at: at(),
          seen_at: at(),
          expires_at: at(),
        })
        .execute(),
    );
    await claimCode(db, { code, verifier: VERIFIER }, at());
    await db.control((tx) => bindCode(tx, code, { sessionId: session }));
    await expect(claimCode(db, { code, verifier: VERIFIER }, at())).rejects.toMatchObject({ code: 'code_invalid' });
    const ended = await db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .selectFrom('session')
        .select('revoked_at')
        .where('id', '=', session)
        .executeTakeFirst(),
    );
    expect(ended?.revoked_at).toEqual(at());
    const familyId = newRandomId<FamilyId>();
    await expect(db.control((tx) => bindCode(tx, code, { familyId }))).rejects.toMatchObject({ code: 'code_invalid' });
    const unspent = await world.issue(personId);
    await expect(db.control((tx) => bindCode(tx, unspent, { familyId }))).rejects.toMatchObject({
      code: 'code_invalid',
    });
  });
});

describe('the workspaces of a code', () => {
  it('are those of the person, oldest first, as often as asked', async () => {
    const second = await world.addWorkspace();
    await world.change('member', `${second} ${personId}`, (tables) =>
      tables
        .insertInto('member')
        .values({ workspace_id: second, person_id: personId, role: 'viewer', created_at: world.now() })
        .execute(),
    );
    const gone = await world.addWorkspace();
    await world.change('workspace', gone, async (tables) => {
      await tables
        .insertInto('member')
        .values({ workspace_id: gone, person_id: personId, role: 'viewer', created_at: world.now() })
        .execute();
      await tables.updateTable('workspace').set({ state: 'deleting' }).where('id', '=', gone).execute();
    });
    const wanted = [
      { id: workspaceId, name: 'Home', slug: `w-${workspaceId}`, role: 'owner' },
      { id: second, name: 'Home', slug: `w-${second}`, role: 'viewer' },
    ];
    expect((await ask(`/auth/workspaces?code=${code}`)).json()).toEqual(wanted);
    const posted = await world.here.post('/auth/workspaces', { code, code_verifier: VERIFIER });
    expect(posted.json()).toEqual(wanted);
    expect((await redeem()).statusCode).toBe(200);
  });

  it('may be none, and are told to nobody with a wrong verifier or code', async () => {
    await world.change('member', `${workspaceId} ${personId}`, (tables) =>
      tables.deleteFrom('member').where('person_id', '=', personId).execute(),
    );
    expect((await ask(`/auth/workspaces?code=${code}`)).json()).toEqual([]);
    const wrong = await world.here.post('/auth/workspaces', { code, code_verifier: WRONG });
    expect(wrong.json()).toMatchObject({ status: 400, code: 'code_invalid' });
    expect((await ask('/auth/workspaces?code=x')).json()).toMatchObject({ status: 400 });
    expect((await ask('/auth/workspaces')).statusCode).toBe(422);
    world.advance(CODE_LIFETIME_MS);
    expect((await ask(`/auth/workspaces?code=${code}`)).statusCode).toBe(400);
  });
});

describe('signing out', () => {
  // Proves: OAuth 44, ASVS 30.
  it('ends every sign-in of the person on every device, at once', async () => {
    const first = (await redeem()).json();
    code = await world.issue(personId);
    const second = (await redeem()).json();
    const stranger = await world.addMember(workspaceId);
    code = await world.issue(stranger);
    const other = (await redeem()).json();
    const signOut = () =>
      world.here.app.inject({
        method: 'POST',
        url: '/auth/logout',
        headers: { authorization: `Bearer ${first.access_token}` },
      });
    const answer = await signOut();
    expect([answer.statusCode, answer.json()]).toEqual([200, { ok: true }]);
    expect(answer.headers['clear-site-data']).toBe('"cookies", "storage"');
    expect(await accessIsIn(first.access_token)).toBe(false);
    expect(await accessIsIn(second.access_token)).toBe(false);
    expect(await accessIsIn(other.access_token)).toBe(true);
    expect((await signOut()).statusCode).toBe(401);
    expect((await world.here.post('/auth/refresh', second)).statusCode).toBe(401);
    expect((await world.activity()).at(-1)).toBe('user_logout');
  });

  it('takes the long token of somebody in many groups, which names the first hundred', async () => {
    await world.change('member', `${workspaceId} ${personId}`, async (tables) => {
      const at = world.now();
      const groups = Array.from({ length: 120 }, () => newId());
      await tables
        .insertInto('member_group')
        .values(
          groups.map((id) => ({
            id,
            workspace_id: workspaceId,
            name: id,
            description: null,
            created_by: null,
            created_at: at,
          })),
        )
        .execute();
      await tables
        .insertInto('group_member')
        .values(groups.map((id) => ({ group_id: id, workspace_id: workspaceId, person_id: personId, added_at: at })))
        .execute();
    });
    const { access_token: token } = (await redeem()).json();
    expect(decodeJwt(token)['groups']).toHaveLength(100);
    expect(token.length).toBeGreaterThan(5000);
    const headers = { authorization: `Bearer ${token}` };
    expect((await world.here.app.inject({ method: 'POST', url: '/auth/logout', headers })).statusCode).toBe(200);
  });

  it('needs a token', async () => {
    expect((await world.here.post('/auth/logout', {})).statusCode).toBe(401);
  });
});

describe('discovery', () => {
  // Proves: OAuth 17.
  it('serves the public keys to be kept for five minutes', async () => {
    const answer = await ask('/.well-known/jwks.json');
    expect(answer.headers['cache-control']).toBe('public, max-age=300');
    expect(answer.json()).toEqual({ keys: (await world.here.tokens.keySet()).keys });
    expect(answer.body).not.toMatch(/"(d|p|q|dp|dq|qi)"/);
  });

  // Proves: OAuth 33.
  it('serves metadata that names what is there', async () => {
    const metadata = (await ask('/.well-known/oauth-authorization-server')).json();
    expect(metadata).toMatchObject({ issuer: 'http://localhost:9003', code_challenge_methods_supported: ['S256'] });
    const served = world.here.app;
    for (const url of [metadata.jwks_uri, metadata.token_endpoint]) {
      expect(url.startsWith(`${metadata.issuer}/`)).toBe(true);
      const path = new URL(url).pathname;
      expect(served.hasRoute({ url: path, method: path === '/auth/token' ? 'POST' : 'GET' })).toBe(true);
    }
  });
});
