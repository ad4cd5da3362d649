import { CONNECTION_PROVIDERS, ONE_GRANT, UNENDING_TOKENS } from '@sentinel/contract';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../platform/secrets/secret.ts';
import { type ConnectionSettings, refuseUnsafeConnections } from '../connection-settings.ts';
import { instanceOrigin, isLoginHost } from './salesforce-hosts.ts';
import { openSourceProviders } from './source-providers.ts';

const EMPTY: ConnectionSettings = {
  hubspotClientId: null,
  hubspotClientSecret: null,
  salesforceClientId: null,
  salesforceClientSecret: null,
  salesforceLoginHost: 'login.salesforce.com',
  googleSourcesClientId: null,
  googleSourcesClientSecret: null,
  slackClientId: null,
  slackClientSecret: null,
  slackPkce: false,
  providersSandbox: null,
  providersSandboxGoogle: null,
};
const secret = new Secret('canary');
const FULL: ConnectionSettings = {
  ...EMPTY,
  hubspotClientId: 'h',
  hubspotClientSecret: secret,
  salesforceClientId: 's',
  salesforceClientSecret: secret,
  googleSourcesClientId: 'g',
  googleSourcesClientSecret: secret,
  slackClientId: 'l',
  slackClientSecret: secret,
};
const order = { state: 'st', challenge: 'ch', redirectUri: 'https://sentinel.example/connect/callback/x' };

function provider(name: (typeof CONNECTION_PROVIDERS)[number], settings = FULL) {
  const found = openSourceProviders(settings).find(name);
  if (found === null) throw new Error('not configured');
  return found;
}

describe('the providers', () => {
  it('are those of the contract, where it says whose tokens do not end and who shares a consent', () => {
    const unending = CONNECTION_PROVIDERS.filter((name) => provider(name).assumedLifeMs === null);
    expect(unending).toEqual(UNENDING_TOKENS);
    const sharing = CONNECTION_PROVIDERS.filter((name) => provider(name).sharesGrantWith.length > 1);
    expect(sharing).toEqual(ONE_GRANT);
  });

  it('name the settings that they miss', () => {
    const providers = openSourceProviders(EMPTY);
    expect(providers.list().map((each) => [each.provider, each.configured, each.missingSettings])).toEqual([
      ['hubspot', false, ['HUBSPOT_CLIENT_ID', 'HUBSPOT_CLIENT_SECRET']],
      ['salesforce', false, ['SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET']],
      ['gmail', false, ['GOOGLE_SOURCES_CLIENT_ID', 'GOOGLE_SOURCES_CLIENT_SECRET']],
      ['calendar', false, ['GOOGLE_SOURCES_CLIENT_ID', 'GOOGLE_SOURCES_CLIENT_SECRET']],
      ['slack', false, ['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET']],
    ]);
    expect(CONNECTION_PROVIDERS.every((name) => providers.find(name) === null)).toBe(true);
  });

  it.each([
    ['hubspot', 'https://app.hubspot.com/oauth/authorize', 'https://api.hubapi.com/oauth/2026-03/token'],
    [
      'salesforce',
      'https://login.salesforce.com/services/oauth2/authorize',
      'https://login.salesforce.com/services/oauth2/token',
    ],
    ['gmail', 'https://accounts.google.com/o/oauth2/v2/auth', 'https://oauth2.googleapis.com/token'],
    ['calendar', 'https://accounts.google.com/o/oauth2/v2/auth', 'https://oauth2.googleapis.com/token'],
    ['slack', 'https://slack.com/oauth/v2/authorize', 'https://slack.com/api/oauth.v2.access'],
  ] as const)('%s is asked at its own addresses, and secrets go in the body', (name, page, token) => {
    const it = provider(name);
    const url = it.authorizationUrl(order);
    expect(url.origin + url.pathname).toBe(page);
    const requests = [it.exchange({ ...order, code: 'c', verifier: 'v' }), it.refresh('canary-refresh')];
    for (const request of requests) {
      expect(request.url.href).toBe(token);
      expect(request.form).toMatchObject({ client_secret: 'canary' });
    }
    const revocations = it.revoke({ access: 'canary-access', refresh: 'canary-refresh' });
    for (const request of [...requests, ...revocations]) expect(request.url.href).not.toContain('canary');
    expect(url.href).not.toContain('canary');
    expect(it.reach).toBe('public');
  });

  it('ask for reading only, and Gmail and Calendar for their own only', () => {
    const scopes = (name: (typeof CONNECTION_PROVIDERS)[number]) => provider(name).scopes.map(({ scope }) => scope);
    expect([...scopes('hubspot'), ...scopes('slack')].filter((scope) => /write|chat|manage|admin/.test(scope))).toEqual(
      [],
    );
    expect(scopes('gmail').join(' ')).not.toContain('calendar');
    expect(scopes('calendar').join(' ')).not.toContain('gmail');
    expect(provider('salesforce').caution).toMatch(/no read-only scope/);
  });

  it('send PKCE to Slack only where the app has it switched on', () => {
    const challenge = (settings: ConnectionSettings) =>
      provider('slack', settings).authorizationUrl(order).searchParams.get('code_challenge');
    expect([challenge(FULL), challenge({ ...FULL, slackPkce: true })]).toEqual([null, 'ch']);
    const { form } = provider('slack', { ...FULL, slackPkce: true }).exchange({ ...order, code: 'c', verifier: 'v' });
    expect(form).toMatchObject({ code_verifier: 'v' });
  });
});

describe('what token endpoints mean', () => {
  const judge = (name: (typeof CONNECTION_PROVIDERS)[number], status: number, json: unknown) => {
    const it = provider(name);
    const verdict = it.tokenDialect.judge({ status, headers: new Headers(), json });
    return verdict.kind === 'refused' ? it.judge(verdict.code) : verdict.kind;
  };

  it.each([
    ['hubspot', 400, { error: 'invalid_grant', status: 'BAD_REFRESH_TOKEN' }, 'revoked'],
    ['hubspot', 400, { error: 'access_denied', status: 'BAD_HUB' }, 'revoked'],
    ['hubspot', 400, { error: 'invalid_client', status: 'BAD_CLIENT_SECRET' }, 'client_refused'],
    ['hubspot', 400, { error: 'invalid_grant', status: 'BAD_CLIENT_SECRET' }, 'client_refused'],
    ['hubspot', 400, { status: 'error', message: 'old body' }, 'transient'],
    ['hubspot', 429, { status: 'error' }, 'limited'],
    ['salesforce', 400, { error: 'invalid_grant' }, 'revoked'],
    ['salesforce', 400, { error: 'inactive_user' }, 'revoked'],
    ['salesforce', 400, { error: 'invalid_client_id' }, 'client_refused'],
    ['salesforce', 400, { error: 'rate_limit_exceeded' }, 'limited'],
    ['gmail', 400, { error: 'invalid_grant', error_subtype: 'invalid_rapt' }, 'revoked'],
    ['gmail', 401, { error: 'invalid_client' }, 'client_refused'],
    ['calendar', 503, null, 'unavailable'],
    ['slack', 200, { ok: false, error: 'invalid_refresh_token' }, 'revoked'],
    ['slack', 200, { ok: false, error: 'bad_client_secret' }, 'client_refused'],
    ['slack', 200, { ok: false, error: 'ratelimited' }, 'limited'],
    ['slack', 200, { ok: false, error: 'internal_error' }, 'unavailable'],
    ['slack', 200, { ok: false, error: 'something new' }, 'transient'],
    ['gmail', 403, { error: 'something_new' }, 'transient'],
    ['salesforce', 404, null, 'transient'],
  ] as const)('%s: %i %o is %s', (name, status, json, wanted) => expect(judge(name, status, json)).toBe(wanted));
});

describe('what data answers mean', () => {
  it.each([
    ['hubspot', 423, { status: 'error' }, { kind: 'unavailable' }],
    ['hubspot', 477, { status: 'error' }, { kind: 'unavailable' }],
    ['hubspot', 403, { category: 'MISSING_SCOPES' }, { kind: 'refused' }],
    ['salesforce', 403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }], { kind: 'limited' }],
    ['salesforce', 403, [{ errorCode: 'API_DISABLED_FOR_ORG' }], { kind: 'refused', code: 'API_DISABLED_FOR_ORG' }],
    [
      'salesforce',
      401,
      [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }],
      { kind: 'unauthorised' },
    ],
    [
      'salesforce',
      401,
      [{ errorCode: 'INVALID_SESSION_ID', message: 'This session is not valid for use with the REST API' }],
      { kind: 'refused', code: 'session_not_usable' },
    ],
    ['gmail', 403, { error: { errors: [{ reason: 'userRateLimitExceeded' }] } }, { kind: 'limited' }],
    ['calendar', 403, { error: { errors: [{ reason: 'forbidden' }] } }, { kind: 'refused', code: 'forbidden' }],
    ['slack', 200, { ok: false, error: 'token_revoked' }, { kind: 'unauthorised' }],
    ['slack', 200, { ok: false, error: 'channel_not_found' }, { kind: 'refused', code: 'channel_not_found' }],
    ['slack', 200, { ok: true }, { kind: 'ok' }],
  ] as const)('%s: %i %o', (name, status, json, wanted) =>
    expect(provider(name).dialect.judge({ status, headers: new Headers(), json })).toMatchObject(wanted),
  );
});

describe('hosts of Salesforce', () => {
  it.each([
    'login.salesforce.com',
    'test.salesforce.com',
    'acme.my.salesforce.com',
    'acme--uat.sandbox.my.salesforce.com',
  ])('people sign in at %s', (host) => expect(isLoginHost(host)).toBe(true));

  it.each([
    'salesforce.com.evil.example',
    'evil.example',
    'my.salesforce.com',
    'evilmy.salesforce.com',
    'a.my.salesforce.com.',
    'a.my.salesforce.com:8443',
    'a.my.salesforce.com/x',
    'login.salesforce.com@evil.example',
    'A.my.salesforce.com\n',
    '',
  ])('and not at %o', (host) => expect(isLoginHost(host)).toBe(false));

  it.each([
    ['https://acme.my.salesforce.com', 'https://acme.my.salesforce.com'],
    ['https://na139.salesforce.com/', 'https://na139.salesforce.com'],
    ['https://acme.lightning.force.com', 'https://acme.lightning.force.com'],
    ['http://acme.my.salesforce.com', null],
    ['https://acme.my.salesforce.com:444', null],
    ['https://user@acme.my.salesforce.com', null],
    ['https://evil.example/.salesforce.com', null],
    ['https://evilsalesforce.com', null],
    ['https://evilforce.com', null],
    ['https://salesforce.com.evil.example', null],
    ['https://127.0.0.1', null],
    ['http://127.0.0.1:9005/salesforce', null],
    ['nonsense', null],
  ])('an instance at %s is taken for %s', (url, wanted) => expect(instanceOrigin(url, null)).toBe(wanted));

  it('is only the stand-in itself where there is one', () => {
    const sandbox = 'http://127.0.0.1:9005';
    expect(instanceOrigin(`${sandbox}/salesforce`, sandbox)).toBe(sandbox);
    expect(instanceOrigin('https://acme.my.salesforce.com', sandbox)).toBeNull();
  });
});

describe('the settings', () => {
  const sandboxes = (origin: string) => ({ ...FULL, providersSandbox: origin, providersSandboxGoogle: origin });

  it('are fine when they are whole', () => {
    expect(refuseUnsafeConnections(EMPTY)).toEqual([]);
    expect(refuseUnsafeConnections(FULL)).toEqual([]);
    expect(refuseUnsafeConnections(sandboxes('http://127.0.0.1:9005'))).toEqual([]);
  });

  it.each([
    'https://127.0.0.1:9005',
    'http://sandbox.example',
    'http://10.0.0.1',
    'http://localhost/x',
    'http://a@localhost',
  ])('refuse a sandbox at %s', (origin) => expect(refuseUnsafeConnections(sandboxes(origin))).toHaveLength(2));

  it('refuse halves', () => {
    expect(refuseUnsafeConnections({ ...FULL, slackClientSecret: null })).toHaveLength(1);
    expect(refuseUnsafeConnections({ ...FULL, providersSandbox: 'http://localhost:1' })).toHaveLength(1);
  });
});
