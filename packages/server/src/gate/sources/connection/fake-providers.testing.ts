// Test support: the token endpoints and one data endpoint of all providers, in their own words, on one port. Small on
// purpose: every answer can be steered, held back or lost, and everything secret in it is called a canary.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConnectionProvider } from '@sentinel/contract';

/** What the token endpoint does: `lost` does everything and cuts the connection before its answer. */
export type TokenMode = 'ok' | 'wrong_secret' | 'limited' | 'down' | 'broken' | 'lost' | 'garbage';
/** What the data endpoint does. */
export type DataMode = 'ok' | 'limited' | 'down' | 'broken' | 'unauthorised';

export interface FakeAccount {
  token: TokenMode;
  data: DataMode;
  revoke: 'ok' | 'down';
  /** Whether a refresh replaces the refresh token. */
  rotates: boolean;
  /** Whether a refresh token is given at all. */
  refreshable: boolean;
  /** Scopes that the account does not grant. */
  withheld: string[];
  /** Scopes that tokens name; those asked for when null. */
  scopes: string[] | null;
  instanceUrl: string | null;
  /** Whose account it is at Google; one of its own for Gmail and Calendar unless said. */
  subject: string | null;
  access: string | null;
  refresh: string | null;
  /** What came back before the answer of a refresh; resolves when the test lets it. */
  hold: Promise<void> | null;
}

export interface FakeProviders {
  readonly origin: string;
  /** `POST /hubspot/oauth/2026-03/token refresh_token`, in order. */
  readonly asked: string[];
  account(provider: ConnectionProvider): FakeAccount;
  /** Says yes to what an authorization URL asks for. @returns the code */
  allow(location: string): string;
  count(provider: ConnectionProvider, what: 'refresh' | 'data' | 'revoke'): number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

const PATHS: readonly (readonly [RegExp, ConnectionProvider | 'google'])[] = [
  [/^\/hubspot\//, 'hubspot'],
  [/^\/salesforce\//, 'salesforce'],
  [/^\/slack\//, 'slack'],
  [/^\/gmail\//, 'gmail'],
  [/^\/calendar\//, 'calendar'],
  [/^\//, 'google'],
];
const TOKEN = /\/(oauth\/2026-03\/token|services\/oauth2\/token|api\/oauth\.v2\.access|token)$/;
const REVOKE = /\/(token\/revoke|services\/oauth2\/revoke|api\/auth\.revoke|revoke)$/;

interface FakeState {
  origin: string;
  serial: number;
  readonly accounts: Map<ConnectionProvider, FakeAccount>;
  readonly codes: Map<string, { provider: ConnectionProvider; challenge: string | null; scopes: string[] }>;
  readonly asked: string[];
}

export async function startFakeProviders(): Promise<FakeProviders> {
  const state: FakeState = { origin: '', serial: 0, accounts: new Map(), codes: new Map(), asked: [] };
  const server = createServer((request, response) => void serve(state, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin: state.origin,
    asked: state.asked,
    account: (provider) => accountOf(state, provider),
    allow(location) {
      const { searchParams: query } = new URL(location);
      const provider = (query.get('redirect_uri') ?? '').split('/').at(-1) as ConnectionProvider;
      const code = `code-${++state.serial}`;
      const scopes = (query.get('scope') ?? '').split(/[ ,]/);
      state.codes.set(code, { provider, challenge: query.get('code_challenge'), scopes });
      return code;
    },
    count: (provider, what) =>
      state.asked.filter((each) => each === `${provider} ${what === 'refresh' ? 'refresh_token' : what}`).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function accountOf({ accounts }: FakeState, provider: ConnectionProvider): FakeAccount {
  const known = accounts.get(provider) ?? fresh(provider);
  accounts.set(provider, known);
  return known;
}

async function serve(state: FakeState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', state.origin);
  const form = new URLSearchParams(await bodyOf(request));
  const bearer = request.headers.authorization?.replace('Bearer ', '') ?? '';
  const place = PATHS.find(([path]) => path.test(pathname))?.[1] ?? 'google';
  const isCalendar = `${bearer} ${form.toString()}`.includes('calendar');
  const provider = place === 'google' ? (isCalendar ? 'calendar' : 'gmail') : place;
  const it = accountOf(state, provider);
  const what = TOKEN.test(pathname) ? (form.get('grant_type') ?? '') : REVOKE.test(pathname) ? 'revoke' : 'data';
  state.asked.push(`${provider} ${what}`);
  if (what === 'data') return answerData(it, { provider, bearer, pathname, response });
  if ((what === 'revoke' ? it.revoke : it.token) === 'down') return void request.socket.destroy();
  if (what === 'revoke') return send(response, revoke(it, form.get('token') ?? bearer, provider));
  if (it.token === 'limited') return send(response, { status: 429, json: { error: 'slow_down' } });
  if (it.token === 'broken') return send(response, { status: 500, json: null });
  const answer = answerToken(state, provider, form);
  await it.hold;
  if (it.token === 'lost') return void request.socket.destroy();
  if (it.token === 'garbage') return void response.writeHead(200).end('<h1>Maintenance</h1>');
  send(response, answer);
}

function answerToken(state: FakeState, provider: ConnectionProvider, form: URLSearchParams): Answer {
  const it = accountOf(state, provider);
  if (it.token === 'wrong_secret' || form.get('client_secret') !== SECRETS[provider]) return WRONG_SECRET[provider];
  if (form.get('grant_type') === 'refresh_token') {
    const isLive = it.refresh !== null && form.get('refresh_token') === it.refresh;
    return isLive ? issue(state, provider) : DEAD_REFRESH[provider];
  }
  const code = state.codes.get(form.get('code') ?? '');
  state.codes.delete(form.get('code') ?? '');
  const proof = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  if (code?.provider !== provider || (code.challenge !== null && code.challenge !== proof))
    return DEAD_REFRESH[provider];
  it.scopes = code.scopes.filter((scope) => !it.withheld.includes(scope));
  it.refresh = null;
  return issue(state, provider);
}

function issue(state: FakeState, provider: ConnectionProvider): Answer {
  const it = accountOf(state, provider);
  const serial = ++state.serial;
  it.access = `canary-access-${provider}-${serial}`;
  if (it.refreshable && (it.refresh === null || it.rotates)) it.refresh = `canary-refresh-${provider}-${serial}`;
  return { status: 200, json: tokenAnswer(provider, it, state.origin) };
}

function fresh(provider: ConnectionProvider): FakeAccount {
  return {
    token: 'ok',
    data: 'ok',
    revoke: 'ok',
    rotates: provider === 'salesforce' || provider === 'slack',
    refreshable: true,
    withheld: [],
    scopes: null,
    instanceUrl: null,
    subject: null,
    access: null,
    refresh: null,
    hold: null,
  };
}

function tokenAnswer(provider: ConnectionProvider, it: FakeAccount, origin: string): object {
  const both = { access_token: it.access, ...(it.refresh === null ? {} : { refresh_token: it.refresh }) };
  const scopes = it.scopes ?? [];
  switch (provider) {
    case 'hubspot':
      return { ...both, token_type: 'bearer', expires_in: 1800, hub_id: 4711, user_id: 1, scopes };
    case 'salesforce':
      return {
        ...both,
        token_type: 'Bearer',
        scope: scopes.join(' '),
        instance_url: it.instanceUrl ?? `${origin}/salesforce`,
        id: `${origin}/salesforce/id/00D000000000001AAA/005000000000001AAA`,
        issued_at: '1772366400000',
      };
    case 'gmail':
    case 'calendar':
      return { ...both, token_type: 'Bearer', expires_in: 3599, scope: scopes.join(' ') };
    case 'slack':
      return {
        ok: true,
        ...both,
        ...(it.refresh === null ? {} : { expires_in: 43_200 }),
        token_type: 'bot',
        scope: scopes.join(','),
        team: { id: 'T1', name: 'Acme' },
      };
  }
}

function revoke(it: FakeAccount, token: string, provider: ConnectionProvider): Answer {
  const isLive = token !== '' && (token === it.access || token === it.refresh);
  if (!isLive) return provider === 'slack' ? { status: 200, json: no('token_revoked') } : bad('invalid_token');
  if (token === it.refresh || it.refresh === null || provider === 'slack') [it.access, it.refresh] = [null, null];
  return { status: 200, json: provider === 'slack' ? { ok: true, revoked: true } : null };
}

interface DataCall {
  readonly provider: ConnectionProvider;
  readonly bearer: string;
  readonly pathname: string;
  readonly response: ServerResponse;
}

function answerData(it: FakeAccount, { provider, bearer, pathname, response }: DataCall): void {
  if (it.data === 'down') return void response.socket?.destroy();
  if (it.data === 'broken') return send(response, { status: 503, json: null });
  if (it.data === 'limited') return send(response, LIMITED[provider]);
  if (it.data === 'unauthorised' || bearer !== it.access) return send(response, DEAD_ACCESS[provider]);
  if (pathname.endsWith('/userinfo'))
    return send(response, {
      status: 200,
      json: { sub: it.subject ?? `sub-${provider}`, email: 'canary@mail.example' },
    });
  send(response, { status: 200, json: provider === 'slack' ? { ok: true } : { some: 'data' } });
}

const no = (error: string): object => ({ ok: false, error });
const bad = (error: string, more: object = {}): Answer => ({ status: 400, json: { error, ...more } });

const WRONG_SECRET: Readonly<Record<ConnectionProvider, Answer>> = {
  hubspot: bad('invalid_client', { status: 'BAD_CLIENT_SECRET', message: 'canary' }),
  salesforce: bad('invalid_client', { error_description: 'canary' }),
  gmail: { status: 401, json: { error: 'invalid_client', error_description: 'canary' } },
  calendar: { status: 401, json: { error: 'invalid_client', error_description: 'canary' } },
  slack: { status: 200, json: no('bad_client_secret') },
};
const DEAD_REFRESH: Readonly<Record<ConnectionProvider, Answer>> = {
  hubspot: bad('invalid_grant', { status: 'BAD_REFRESH_TOKEN', message: 'canary' }),
  salesforce: bad('invalid_grant', { error_description: 'expired access/refresh token' }),
  gmail: bad('invalid_grant'),
  calendar: bad('invalid_grant'),
  slack: { status: 200, json: no('invalid_refresh_token') },
};
const google401: Answer = { status: 401, json: { error: { code: 401, status: 'UNAUTHENTICATED' } } };
const DEAD_ACCESS: Readonly<Record<ConnectionProvider, Answer>> = {
  hubspot: { status: 401, json: { status: 'error', category: 'EXPIRED_AUTHENTICATION' } },
  salesforce: { status: 401, json: [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }] },
  gmail: google401,
  calendar: google401,
  slack: { status: 200, json: no('token_expired') },
};
const google403: Answer = { status: 403, json: { error: { code: 403, errors: [{ reason: 'rateLimitExceeded' }] } } };
const LIMITED: Readonly<Record<ConnectionProvider, Answer>> = {
  hubspot: { status: 429, json: { status: 'error', policyName: 'TEN_SECONDLY_ROLLING' } },
  salesforce: {
    status: 403,
    json: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }],
  },
  gmail: google403,
  calendar: google403,
  slack: { status: 429, json: no('ratelimited') },
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function send(response: ServerResponse, { status, json }: Answer): void {
  const text = json === null ? '' : JSON.stringify(json);
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

const SECRETS: Readonly<Record<ConnectionProvider, string>> = {
  hubspot: 'canary-secret-hubspot',
  salesforce: 'canary-secret-salesforce',
  gmail: 'canary-secret-google',
  calendar: 'canary-secret-google',
  slack: 'canary-secret-slack',
};
