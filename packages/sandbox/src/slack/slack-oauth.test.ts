import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { app, BACK, READ, refusal, startSlack, turning } from './test-slack.ts';

let slack: Awaited<ReturnType<typeof startSlack>>;

beforeEach(async () => {
  slack = await startSlack();
});
afterEach(async () => await slack.close());

describe('installing an app in the Slack stand-in', () => {
  it('asks on a page, and gives a bot token that never ends', async () => {
    expect((await slack.press()).get('state')).toBe('s-1');
    const installed = await slack.connect({ user_scope: 'im:history' });
    expect(installed).toMatchObject({
      ok: true,
      token_type: 'bot',
      scope: READ,
      team: { id: slack.home, name: slack.world.company.name },
      enterprise: null,
      is_enterprise_install: false,
      authed_user: { token_type: 'user', scope: 'im:history' },
    });
    expect(installed.access_token).toMatch(/^xoxb-/);
    expect(installed.expires_in).toBeUndefined();
    const test = await slack.client(installed.access_token).auth.test();
    expect(test).toMatchObject({ team_id: slack.home, user_id: installed.bot_user_id, is_enterprise_install: false });
    expect(test.response_metadata?.scopes).toContain('users:read.email');
  });

  it('says so when a person cancels, and refuses who is not known', async () => {
    expect((await slack.press({ account: null })).get('error')).toBe('access_denied');
    const at = async (query: Record<string, string>) =>
      (await fetch(`${slack.base}/oauth/v2/authorize?${new URLSearchParams(query).toString()}`)).status;
    expect(await at({ client_id: 'nobody', scope: READ })).toBe(400);
    expect(await at({ client_id: app.clientId, scope: READ, redirect_uri: 'https://evil.example/' })).toBe(400);
    expect(await at({ client_id: app.clientId, scope: READ, redirect_uri: `${BACK}.evil.example` })).toBe(400);
    expect(await at({ client_id: app.clientId, scope: 'admin:everything' })).toBe(400);
  });

  it('answers a bad exchange with status 200 and a reason', async () => {
    const code = (await slack.press()).get('code') ?? '';
    const good = { client_id: app.clientId, client_secret: app.clientSecret, code, redirect_uri: BACK };
    const answer = async (changed: object) => await refusal(slack.client().oauth.v2.access({ ...good, ...changed }));
    expect(await answer({ client_id: 'nobody' })).toMatchObject({ error: 'invalid_client_id' });
    expect(await answer({ client_secret: 'guess' })).toMatchObject({ error: 'bad_client_secret' });
    expect(await answer({ code: 'guess' })).toMatchObject({ error: 'invalid_code' });
    expect(await answer({ redirect_uri: 'https://other.example/' })).toMatchObject({ error: 'bad_redirect_uri' });
    expect(await answer({})).toBeNull();
    expect(await answer({})).toMatchObject({ error: 'code_already_used' });
    const late = (await slack.press()).get('code') ?? '';
    slack.world.advance(600_000);
    expect(await answer({ code: late })).toMatchObject({ error: 'invalid_code' });
  });

  it('holds a code to its challenge, and takes the client as Basic too', async () => {
    const query = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' };
    const exchange = async (code_verifier: string) => {
      const code = (await slack.press({ query })).get('code') ?? '';
      const authorization = `Basic ${Buffer.from('sentinel:made-up').toString('base64')}`;
      const body = new URLSearchParams({ code, redirect_uri: BACK, code_verifier });
      return await (
        await fetch(`${slack.base}/api/oauth.v2.access`, { method: 'POST', headers: { authorization }, body })
      ).json();
    };
    expect(await exchange('w'.repeat(43))).toMatchObject({ ok: false });
    expect(await exchange('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toMatchObject({ ok: true });
  });

  it('adds scopes at each install and takes none away', async () => {
    const first = await slack.connect({ scope: 'channels:read' });
    const second = await slack.connect({ scope: 'users:read' });
    expect(second).toMatchObject({ scope: 'channels:read,users:read', access_token: first.access_token });
  });

  it('refreshes once with each token when rotation is on, for twelve hours of the world', async () => {
    const first = await slack.connect({ clientId: turning.clientId });
    expect(first).toMatchObject({ expires_in: 43_200, refresh_token: expect.stringMatching(/^xoxe-1-/) });
    expect(first.access_token).toMatch(/^xoxe\.xoxb-1-/);
    slack.world.advance(43_199_000);
    expect((await slack.client(first.access_token).auth.test()).ok).toBe(true);
    slack.world.advance(1000);
    expect(await refusal(slack.client(first.access_token).auth.test())).toMatchObject({ error: 'token_expired' });
    const fresh = { client_id: turning.clientId, client_secret: 'made-up', grant_type: 'refresh_token' } as const;
    const refresh = async (refresh_token: string | undefined) =>
      await slack.client().oauth.v2.access({ ...fresh, refresh_token: refresh_token ?? '' });
    const second = await refresh(first.refresh_token);
    expect(second).toMatchObject({ token_type: 'bot', expires_in: 43_200, scope: READ });
    expect((await slack.client(second.access_token).auth.test()).ok).toBe(true);
    expect(await refusal(refresh(first.refresh_token))).toMatchObject({ error: 'invalid_refresh_token' });
    expect((await refresh(second.refresh_token)).ok).toBe(true);
  });

  it('exchanges a token without end for a pair once rotation is switched on', async () => {
    const first = await slack.connect();
    const ask = { client_id: app.clientId, client_secret: app.clientSecret, token: first.access_token ?? '' };
    expect(await refusal(slack.client().oauth.v2.exchange(ask))).toMatchObject({ error: 'token_rotation_not_enabled' });
    slack.standIn.setRotation(app.clientId, true);
    const pair = await slack.client().oauth.v2.exchange(ask);
    expect(pair).toMatchObject({ expires_in: 43_200, refresh_token: expect.any(String) });
    expect(await refusal(slack.client(first.access_token).auth.test())).toMatchObject({ error: 'token_revoked' });
  });

  it('revokes, uninstalls, and is withdrawn by its owner', async () => {
    const first = await slack.connect();
    await slack.client(first.access_token).auth.revoke();
    expect(await refusal(slack.client(first.access_token).auth.test())).toMatchObject({ error: 'token_revoked' });
    const second = await slack.connect();
    await slack
      .client(second.access_token)
      .apps.uninstall({ client_id: app.clientId, client_secret: app.clientSecret });
    expect(await refusal(slack.client(second.access_token).auth.test())).toMatchObject({ error: 'account_inactive' });
    const third = await slack.connect();
    slack.standIn.revokeGrants(slack.home);
    expect(await refusal(slack.client(third.access_token).auth.test())).toMatchObject({ error: 'account_inactive' });
    expect(await refusal(slack.client().auth.test())).toMatchObject({ error: 'not_authed' });
    expect(await refusal(slack.client('xoxb-made-up').auth.test())).toMatchObject({ error: 'invalid_auth' });
  });

  it('grants less than was asked for when the switchboard says so', async () => {
    slack.faults.set({ provider: 'slack', kind: 'partial_grant', times: 1 });
    const installed = await slack.connect();
    expect(installed.scope).not.toContain('users:read.email');
    const address = await slack.client(installed.access_token).users.info({ user: slack.people()[0]?.id ?? '' });
    expect(address.user?.profile?.email).toBeUndefined();
  });
});
