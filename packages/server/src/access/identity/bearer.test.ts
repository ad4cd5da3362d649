// What an access token may do at our own product's routes: speak for the person of our own sign-ins, and nothing longer.
import { Session } from '@sentinel/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientAppId, newId, type WorkspaceId } from '../../platform/ids.ts';
import { createSetupLink, listActiveWorkspaces } from '../access.ts';
import { type AccessWorld, openAccessWorld, tokenOf } from '../testing.ts';
import { insertFamily } from '../tokens/family.store.ts';

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

/** An owner's access token, of an application or of our own command line. */
async function ownerToken(client: { client_id?: ClientAppId } = {}): Promise<string> {
  serial += 1;
  const email = `owner${serial}@home.example`;
  const { personId } = await world.memberOf(workspaceId, 'owner', email);
  const family = { personId, workspaceId, clientAppId: null, userAgent: null };
  const fid = await world.db.control((tx) => insertFamily(tx, family, world.now()));
  const claims = {
    sub: personId,
    email,
    name: 'Ada',
    wid: workspaceId,
    wslug: 'home',
    wrole: 'owner',
    groups: [],
  } as const;
  return (await world.deps.tokens.mint('access', { ...claims, ...client, fid }, { seconds: 900 })).token;
}

const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, token: string, payload?: object) =>
  world.ask(method, url, {
    headers: { host: 'localhost:9003', authorization: `Bearer ${token}` },
    ...(payload === undefined ? {} : { payload }),
  });

describe('an access token', () => {
  it('of our own command line says who is signed in', async () => {
    const answer = await ask('GET', '/v1/session', await ownerToken());
    expect(Session.parse(answer.json())).toMatchObject({ role: 'owner', person: { isAdmin: false } });
  });

  // Proves: ASVS 16.
  it('of an application opens none of our own routes, whoever it is for', async () => {
    const token = await ownerToken({ client_id: newId<ClientAppId>() });
    for (const [method, url] of [
      ['GET', '/v1/session'],
      ['GET', '/v1/sessions'],
      ['DELETE', '/v1/sessions'],
      ['POST', '/v1/sign-in-links'],
      ['GET', '/v1/invitations'],
      ['GET', '/v1/workspace-domains'],
    ] as const) {
      const { statusCode, body } = await ask(method, url, token, method === 'POST' ? {} : undefined);
      expect([url, statusCode, JSON.parse(body).code]).toEqual([url, 401, 'token_invalid']);
    }
    expect((await ask('GET', '/users/me', token)).statusCode).toBe(200);
  });

  it('begins no longer sign-in than its own', async () => {
    const answer = await ask('POST', '/v1/sign-in-links', await ownerToken(), {});
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'action_denied']);
  });

  // Proves: OAuth 44.
  it('is over when it signs out', async () => {
    const [token, other] = [await ownerToken(), await ownerToken()];
    expect((await ask('DELETE', '/v1/session', token)).statusCode).toBe(204);
    expect((await ask('GET', '/v1/session', token)).statusCode).toBe(401);
    expect((await ask('GET', '/users/me', token)).statusCode).toBe(401);
    expect((await ask('GET', '/v1/session', other)).statusCode).toBe(200);
  });
});
