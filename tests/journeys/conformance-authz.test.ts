// Conformance with the access contract, AuthZ mode: the page signs people in at the provider itself and shows the server the
// provider's token; services show it their key beside a person's token. Numbers are the contract's rows.
import { sandboxUser } from '@sentinel/sandbox/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthzClient } from '../conformance/authz-client.ts';
import { openPage } from '../conformance/page.ts';
import { postJson } from '../conformance/proxy-client.ts';
import { authzMiddleware, tokenVerifier } from '../conformance/service-client.ts';
import { Group, GroupMember, Member, ResolveOut, User } from '../conformance/shapes.ts';
import { APP, CALLBACK, openWorld, PEOPLE, type World } from '../conformance/world.ts';

let world: World;
let groupId: string;

beforeAll(async () => {
  world = await openWorld();
  const groups = `/admin/workspaces/${world.workspace.id}/groups`;
  groupId = Group.parse(await world.admin.json('POST', groups, { name: 'Reviewers' })).id;
  await world.admin.json('POST', `/admin/groups/${groupId}/members/${world.ids.editor}`);
});
afterAll(async () => {
  await world?.close();
});

async function inWorkspace(sub: string): Promise<{ client: AuthzClient; idpToken: string }> {
  const client = world.authz();
  const idpToken = await client.login('google', sub);
  await client.selectWorkspace(idpToken, 'google', world.workspace.id);
  return { client, idpToken };
}

/** As the service's own back end asks. */
const resolveByKey = (body: object, service = world.service) => service.call('/authz/resolve', null, postJson(body));

describe('resolving', () => {
  it('23: tells a page of a registered origin who it is and the workspaces to choose from', async () => {
    const client = world.authz();
    const answer = await client.resolve(await client.login('google', PEOPLE.owner.sub), 'google');
    expect(answer).toMatchObject({
      user: { id: world.ids.owner, email: PEOPLE.owner.email },
      workspace: null,
      authz_token: null,
      expires_in: null,
    });
    expect(answer.workspaces?.map(({ slug }) => slug)).toEqual(['acme', 'globex']);
  });

  it('23: refuses pages of other origins, wrong keys beside a good origin, and whoever shows nothing', async () => {
    const idpToken = world.standIns.idToken({ issuer: 'google', user: PEOPLE.owner });
    const ask = async (headers: Record<string, string>) => {
      const init = postJson({ idp_token: idpToken, provider: 'google' });
      const all = { ...(init.headers as Record<string, string>), ...headers };
      return (await fetch(`${world.base}/authz/resolve`, { ...init, headers: all })).status;
    };
    expect(await ask({ origin: APP })).toBe(200);
    for (const origin of ['https://evil.example', 'null', `${APP}.evil.example`, `${APP}:8443`, 'http://app.example'])
      expect(await ask({ origin }), origin).toBe(401);
    expect(await ask({ origin: APP, 'x-service-key': `sk_${'A'.repeat(43)}` })).toBe(401);
    expect(await ask({})).toBe(401);
    await expect(openPage('https://evil.example').fetch(`${world.base}/authz/resolve`, postJson({}))).rejects.toThrow(
      'preflight',
    );
  });

  it('24: enters a workspace, knows the person, and can do it again', async () => {
    const { client } = await inWorkspace(PEOPLE.editor.sub);
    expect(client.getUser()).toEqual({
      email: PEOPLE.editor.email,
      name: PEOPLE.editor.name,
      workspaceId: world.workspace.id,
    });
    const before = client.authzToken();
    expect(await client.refresh()).toBe(true);
    expect(client.authzToken()).not.toBe(before);
  });

  it('24: gives somebody without a workspace an empty list, and no token for one that is not theirs', async () => {
    const user = sandboxUser('nobody-yet', 'nobody.yet@visitor.example');
    const idpToken = world.standIns.idToken({ issuer: 'google', user });
    const list = ResolveOut.parse(await (await resolveByKey({ idp_token: idpToken, provider: 'google' })).json());
    expect(list.workspaces).toEqual([]);
    for (const id of [world.workspace.id, '00000000-0000-4000-8000-000000000000'])
      expect((await resolveByKey({ idp_token: idpToken, provider: 'google', workspace_id: id })).status).toBe(403);
  });

  it('25: mints a token for the service that says what the contract lists, and no address', async () => {
    const { client, idpToken } = await inWorkspace(PEOPLE.viewer.sub);
    const payload = await tokenVerifier(world.base)(client.authzToken(), {
      audience: 'sentinel:authz',
      issuer: world.base,
    });
    expect(payload).toMatchObject({
      type: 'authz',
      sub: world.ids.viewer,
      idp_sub: PEOPLE.viewer.sub,
      svc: world.service.name,
      wid: world.workspace.id,
      wslug: 'acme',
      wrole: 'viewer',
      actions: [],
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    for (const absent of ['email', 'name', 'groups', 'fid']) expect(payload).not.toHaveProperty(absent);
    expect(idpToken).not.toBe('');
  });

  it('holds the token’s nonce against the one that is sent', async () => {
    const idpToken = world.standIns.idToken({ issuer: 'google', user: PEOPLE.owner, changes: { nonce: 'n-1' } });
    const ask = async (nonce: string) =>
      (await resolveByKey({ idp_token: idpToken, provider: 'google', nonce })).status;
    expect([await ask('n-1'), await ask('n-2')]).toEqual([200, 400]);
  });

  it('mints for a page only where the service allows it', async () => {
    const path = `/admin/service-apps/${world.service.id}`;
    await world.admin.json('PATCH', path, { browser_minting: false });
    const client = world.authz();
    const idpToken = await client.login('google', PEOPLE.viewer.sub);
    expect((await client.resolve(idpToken, 'google')).workspaces).toHaveLength(1);
    await expect(client.selectWorkspace(idpToken, 'google', world.workspace.id)).rejects.toMatchObject({ status: 403 });
    const byKey = { idp_token: idpToken, provider: 'google', workspace_id: world.workspace.id };
    expect((await resolveByKey(byKey)).status).toBe(200);
    await world.admin.json('PATCH', path, { browser_minting: true });
  });
});

describe('26: with both tokens a page reads', () => {
  it('the profile, members, groups and their members', async () => {
    const { client } = await inWorkspace(PEOPLE.viewer.sub);
    expect(User.parse(await client.getProfile())).toMatchObject({ id: world.ids.viewer });
    const found = Member.array().parse(await client.searchMembers('ED.EDI'));
    expect(found.map(({ user_id: id }) => id)).toEqual([world.ids.editor]);
    for (const wildcard of ['%', '_', '\\']) expect(await client.searchMembers(wildcard), wildcard).toEqual([]);
    expect(Group.array().parse(await client.listGroups())).toMatchObject([{ id: groupId, name: 'Reviewers' }]);
    expect(GroupMember.array().parse(await client.getGroupMembers(groupId))).toMatchObject([
      { user_id: world.ids.editor },
    ]);
  });

  // Proves: OAuth 20.
  it('nothing of another workspace', async () => {
    const { client } = await inWorkspace(PEOPLE.owner.sub);
    for (const path of ['/members', '/groups'])
      expect((await client.fetch(`/workspaces/${world.otherWorkspace.id}${path}`)).status).toBe(403);
  });

  it('as far as a limit goes', async () => {
    const { client } = await inWorkspace(PEOPLE.viewer.sub);
    const count = async (query: string) => {
      const answer = await client.fetch(`/workspaces/${world.workspace.id}/members?${query}`);
      return Member.array().parse(await answer.json()).length;
    };
    // The operator who made the workspace is the fifth.
    const counts = [await count('limit=2'), await count('limit=0'), await count('limit=1000'), await count('')];
    expect(counts).toEqual([2, 1, 5, 5]);
  });
});

describe('27: preflights', () => {
  const ask = async (origin: string, headers: string, method = 'POST') =>
    await fetch(`${world.base}/authz/resolve`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
    });

  it.each(['content-type', 'authorization,x-authz-token', 'Authorization, X-Requested-With'])(
    'grant %s',
    async (headers) => {
      const answer = await ask(APP, headers);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe('OK');
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'access-control-allow-origin': APP,
        'access-control-allow-credentials': 'true',
        'access-control-max-age': '600',
        vary: expect.stringContaining('Origin'),
      });
    },
  );

  // Proves: ASVS 33.
  it('are refused to other origins, and for other headers', async () => {
    for (const origin of ['https://evil.example', 'null', `${APP}.evil.example`]) {
      const answer = await ask(origin, 'content-type');
      expect(answer.status).toBe(400);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await ask(APP, 'x-service-key')).status).toBe(400);
  });

  it('follow the registered origins at once', async () => {
    const made = await world.admin.json('POST', '/admin/service-apps', {
      name: 'Late',
      service_name: 'late-comer',
      allowed_origins: ['https://late.example'],
    });
    expect((await ask('https://late.example', 'content-type')).status).toBe(200);
    const { id } = made as { id: string };
    await world.admin.json('PATCH', `/admin/service-apps/${id}`, { is_active: false });
    expect((await ask('https://late.example', 'content-type')).status).toBe(400);
  });

  it('let pages read how long to wait, and which request it was', async () => {
    const answer = await fetch(`${world.base}/auth/providers`, { headers: { origin: APP } });
    const exposed = (answer.headers.get('access-control-expose-headers') ?? '').toLowerCase();
    expect(exposed).toContain('retry-after');
    expect(exposed).toContain('x-request-id');
  });
});

describe('28: a service with its key and a person’s token', () => {
  const paths = () => [
    '/users/me',
    `/workspaces/${world.workspace.id}/members`,
    `/workspaces/${world.workspace.id}/groups`,
  ];

  it('22: is answered with a token that was minted for it', async () => {
    const { client } = await inWorkspace(PEOPLE.viewer.sub);
    for (const path of paths()) expect((await world.service.call(path, client.authzToken())).status, path).toBe(200);
  });

  // Proves: OAuth 19.
  it('is refused with 403 when the token was minted for another service', async () => {
    const { client } = await inWorkspace(PEOPLE.viewer.sub);
    for (const path of paths())
      expect((await world.otherService.call(path, client.authzToken())).status, path).toBe(403);
  });

  // Proves: OAuth 22.
  it('needs the key: an authz token alone as Bearer is 401, also beside a wrong key', async () => {
    const { client } = await inWorkspace(PEOPLE.viewer.sub);
    const headers = { authorization: `Bearer ${client.authzToken()}` };
    expect((await fetch(`${world.base}/users/me`, { headers })).status).toBe(401);
    const wrong = { ...headers, 'x-service-key': `sk_${'B'.repeat(43)}` };
    expect((await fetch(`${world.base}/users/me`, { headers: wrong })).status).toBe(401);
  });

  // Proves: OAuth 22, ASVS 8.
  it('is nobody with the key alone', async () => {
    expect((await world.service.call('/users/me')).status).toBe(401);
  });
});

describe('31: what the middleware of AuthZ mode lets through', () => {
  const middleware = () => {
    const issuer = world.standIns.issuer('google');
    return authzMiddleware(world.base, { keys: `${issuer}/jwks`, issuer, audience: world.clientId });
  };

  // Proves: OAuth 18.
  it('the two tokens of one person, and not those of two', async () => {
    const [one, two] = [await inWorkspace(PEOPLE.viewer.sub), await inWorkspace(PEOPLE.editor.sub)];
    const verify = middleware();
    expect(await verify(one.idpToken, one.client.authzToken())).toMatchObject({ sub: world.ids.viewer });
    await expect(verify(one.idpToken, two.client.authzToken())).rejects.toThrow('not of the same person');
    await expect(verify(two.idpToken, one.client.authzToken())).rejects.toThrow('not of the same person');
    await expect(verify(one.client.authzToken(), one.client.authzToken())).rejects.toThrow('no applicable key');
  });

  // Proves: OAuth 18.
  it('nothing five minutes later', async () => {
    const { client, idpToken } = await inWorkspace(PEOPLE.viewer.sub);
    const later = new Date(Date.now() + 301_000);
    await expect(middleware()(idpToken, client.authzToken(), later)).rejects.toThrow('"exp"');
  });

  it('an access token as the cookie of proxy mode carries it, for its fifteen minutes', async () => {
    const client = world.proxy();
    await client.signIn('google', PEOPLE.viewer.sub, 'acme');
    const token = client.page.storage.get('sentinel_access_token') ?? '';
    const verify = tokenVerifier(world.base);
    // The middleware's issuer is the origin of the key set's address.
    const issuer = new URL(`${world.base}/.well-known/jwks.json`).origin;
    expect(await verify(token, { issuer })).toMatchObject({ wid: world.workspace.id });
    await expect(verify(token, { issuer, currentDate: new Date(Date.now() + 901_000) })).rejects.toThrow('"exp"');
  });
});

describe('GitHub, which has no ID tokens', () => {
  it('signs people in through us and hands the page its own token', async () => {
    world.standIns.setUser('github', sandboxUser('8001', 'gwen@acme.example'));
    const client = world.authz();
    const token = await client.login('github', '8001');
    const { user } = await client.resolve(token, 'github');
    expect(user.email).toBe('gwen@acme.example');
    await world.admin.json('POST', `/admin/workspaces/${world.workspace.id}/members/invite`, {
      email: user.email,
      role: 'viewer',
    });
    await client.selectWorkspace(token, 'github', world.workspace.id);
    const payload = await tokenVerifier(world.base)(client.authzToken(), { audience: 'sentinel:authz' });
    expect(payload['idp_sub']).toBe('github|8001');
  });

  it('hands it to registered origins only', async () => {
    const browser = openPage(APP).browser;
    for (const to of [
      'https://evil.example/',
      `${APP}.evil.example/`,
      `${CALLBACK}#x`,
      'https://user@app.example/',
      'javascript:1',
    ]) {
      const query = new URLSearchParams({ redirect_uri: to, nonce: 'n' });
      const answer = await browser.fetch(`${world.base}/authz/idp/github/login?${query.toString()}`);
      expect(answer.status, to).toBe(400);
    }
    const google = new URLSearchParams({ redirect_uri: CALLBACK, nonce: 'n' });
    expect((await browser.fetch(`${world.base}/authz/idp/google/login?${google.toString()}`)).status).toBe(400);
  });

  // Proves: OAuth 10.
  it('is believed only about tokens that were made for us', async () => {
    world.standIns.setUser('github', sandboxUser('8002', 'gil@acme.example'));
    const status = async (token: string) => (await resolveByKey({ idp_token: token, provider: 'github' })).status;
    expect(await status(world.standIns.gitHub.issueToken(world.clientId, '8002'))).toBe(200);
    expect(await status(world.standIns.gitHub.issueToken('another-app', '8002'))).toBe(400);
    expect(await status('gho_made_up')).toBe(400);
  });
});
