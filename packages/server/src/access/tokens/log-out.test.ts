import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Presented } from '../../platform/http/route.ts';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { mintToken, type SecretToken } from '../identity/secret-token.ts';
import { findLiveSession, insertSession } from '../identity/session.store.ts';
import { openTokenWorld, type TokenProcess, type TokenWorld, VERIFIER } from './token-world.testing.ts';

let world: TokenWorld;
let workspaceId: WorkspaceId;
let personId: PersonId;
beforeAll(async () => {
  world = await openTokenWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(async () => {
  workspaceId = await world.addWorkspace();
  personId = await world.addMember(workspaceId, 'owner');
});

async function signIn(): Promise<string> {
  const code = await world.issue(personId);
  const answer = await world.here.post('/auth/token', { code, workspace_id: workspaceId, code_verifier: VERIFIER });
  return answer.json().access_token;
}

async function signOut(token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await world.here.app.inject({ method: 'POST', url: '/auth/logout', headers })).statusCode;
}

async function openSession(of: PersonId): Promise<SecretToken> {
  const secret = mintToken(randomBytes);
  await world.here.db.control((tx) => insertSession(tx, secret, { personId: of, workspaceId }, world.now()));
  return secret;
}

const lives = async ({ hash }: SecretToken) =>
  (await world.here.db.control((tx) => findLiveSession(tx, { hash }, world.now()))) !== null;

async function mintAuthz(sub: PersonId): Promise<string> {
  const place = { wid: workspaceId, wslug: 'w', wrole: 'owner' } as const;
  const claims = { sub, ...place, actions: [], idp_sub: '1', idp_iss: 'https://idp.example', svc: 'notes' };
  return (await world.here.tokens.mint('authz', claims, { seconds: 300 })).token;
}

async function isIn(authz: string, { deps }: TokenProcess = world.here): Promise<boolean> {
  const presented: Presented = {
    bearer: null,
    cookie: null,
    workspaceSlug: null,
    fromLoopback: false,
    address: '203.0.113.7',
    header: (name) => (name === 'x-authz-token' ? authz : null),
    cookieNamed: () => null,
  };
  try {
    await deps.admissions.flex.prove(presented, { now: world.now(), requestId: 'r' });
    return true;
  } catch {
    return false;
  }
}

describe('signing out', () => {
  // Proves: OAuth 44, ASVS 30.
  it('ends authz tokens at once, those of the same second too, and nobody else’s', async () => {
    const stranger = await world.addMember(workspaceId);
    const [own, other] = [await mintAuthz(personId), await mintAuthz(stranger)];
    expect([await isIn(own), await isIn(own, world.there), await isIn(other)]).toEqual([true, true, true]);
    expect(await signOut(await signIn())).toBe(200);
    expect([await isIn(own), await isIn(other)]).toEqual([false, true]);
    world.advance(251);
    expect([await isIn(own, world.there), await isIn(other, world.there)]).toEqual([false, true]);
    world.advance(1000);
    expect(await isIn(await mintAuthz(personId))).toBe(true);
  });

  // Proves: ASVS 30.
  it('ends every session of the console, and nobody else’s', async () => {
    const stranger = await world.addMember(workspaceId);
    const sessions = [await openSession(personId), await openSession(personId), await openSession(stranger)];
    expect(await signOut(await signIn())).toBe(200);
    expect(await Promise.all(sessions.map(lives))).toEqual([false, false, true]);
  });

  it('lets in whoever signs in again, within the same second too', async () => {
    const first = await signIn();
    expect(await signOut(first)).toBe(200);
    const second = await signIn();
    expect(await signOut(first)).toBe(401);
    expect(await signOut(second)).toBe(200);
  });
});
