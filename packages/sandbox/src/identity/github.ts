// A stand-in for the parts of GitHub that sign people in: its OAuth pages, the user's API, and the check whose app a token
// is. It errs as the real one does: a refused code is a 200 that says so.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson, answerPage, answerRedirect, readFields } from './form.ts';
import type { SandboxClient } from './issuer.ts';
import { peoplePage, refusalPage } from './people-page.ts';
import type { SandboxUser } from './sandbox-user.ts';

const CODE_MS = 10 * 60 * 1000;

export interface GitHubOptions {
  /** Where it is mounted, such as `/github`; the API lies under `/api` of it. */
  readonly mount: string;
  readonly clients: readonly SandboxClient[];
  readonly users: ReadonlyMap<string, SandboxUser>;
}

export interface GitHub {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** A token as if a person had signed in to an app, also to one that nobody registered here. */
  issueToken(clientId: string, sub: string, scope?: string): string;
  revokeToken(token: string): void;
}

interface Granted {
  readonly clientId: string;
  readonly sub: string;
  readonly scope: string;
}

interface Code extends Granted {
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly until: number;
}

interface State extends GitHubOptions {
  readonly codes: Map<string, Code>;
  readonly tokens: Map<string, Granted>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

export function openGitHub(options: GitHubOptions): GitHub {
  const state: State = { ...options, codes: new Map(), tokens: new Map() };
  return {
    handle: async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://stand-in.invalid');
      await dispatch(state, { request, response, url });
    },
    issueToken: (clientId, sub, scope = 'read:user,user:email') => issue(state, { clientId, sub, scope }),
    revokeToken: (token) => {
      state.tokens.delete(token);
    },
  };
}

async function dispatch(state: State, exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange;
  const path = url.pathname.slice(state.mount.length);
  const road = `${request.method ?? 'GET'} ${path}`;
  const app = /^POST \/api\/applications\/([^/]+)\/token$/.exec(road)?.[1];
  if (app !== undefined) return await checkToken(state, exchange, decodeURIComponent(app));
  switch (road) {
    case 'GET /login/oauth/authorize':
    case 'POST /login/oauth/authorize':
      return await authorize(state, exchange);
    case 'POST /login/oauth/access_token':
      return await exchangeCode(state, exchange);
    case 'GET /api/user':
      return answerUser(state, exchange);
    case 'GET /api/user/emails':
      return answerEmails(state, exchange);
    default:
      return answerJson(response, 404, { message: 'Not Found' });
  }
}

async function authorize(state: State, { request, response, url }: Exchange): Promise<void> {
  const query = url.searchParams;
  const client = state.clients.find(({ clientId }) => clientId === query.get('client_id'));
  const redirectUri = query.get('redirect_uri') ?? client?.redirectUris[0] ?? '';
  if (client === undefined || !client.redirectUris.some((each) => sameRedirect(each, redirectUri)))
    return answerPage(response, 404, refusalPage('Not found', 'No such app, or not its callback address.'));
  const back = new URL(redirectUri);
  const given = query.get('state');
  if (given !== null) back.searchParams.set('state', given);
  if (request.method !== 'POST') {
    const action = `${url.pathname}${url.search}`;
    const page = { title: 'GitHub', clientId: client.clientId, action, users: [...state.users.values()] };
    return answerPage(response, 200, peoplePage(page));
  }
  const sub = (await readFields(request)).get('sub');
  if (sub === null || !state.users.has(sub)) {
    back.searchParams.set('error', 'access_denied');
    return answerRedirect(response, back);
  }
  const code = randomBytes(10).toString('hex');
  const scope = (query.get('scope') ?? '').split(/[\s,]+/).join(',');
  const challenge = query.get('code_challenge');
  const granted = { clientId: client.clientId, sub, scope, redirectUri, challenge };
  state.codes.set(code, { ...granted, until: Date.now() + CODE_MS });
  back.searchParams.set('code', code);
  return answerRedirect(response, back);
}

/** Loopback redirects may have any port. */
function sameRedirect(registered: string, given: string): boolean {
  return portless(registered) === portless(given);
}

function portless(uri: string): string {
  return uri.replace(/^(http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])):\d+/, '$1');
}

async function exchangeCode(state: State, { request, response }: Exchange): Promise<void> {
  const fields = await readFields(request);
  const basic = basicOf(request);
  const answer = redeem(state, {
    clientId: basic?.id ?? fields.get('client_id'),
    secret: basic?.secret ?? fields.get('client_secret'),
    code: fields.get('code') ?? '',
    redirectUri: fields.get('redirect_uri'),
    verifier: fields.get('code_verifier'),
  });
  if (request.headers.accept?.includes('json') === true) return answerJson(response, 200, answer);
  response.writeHead(200, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' });
  response.end(new URLSearchParams(answer).toString());
}

interface Redemption {
  readonly clientId: string | null;
  readonly secret: string | null;
  readonly code: string;
  readonly redirectUri: string | null;
  readonly verifier: string | null;
}

function redeem(state: State, asked: Redemption): Record<string, string> {
  const client = state.clients.find(({ clientId }) => clientId === asked.clientId);
  if (client === undefined || !sameText(client.clientSecret, asked.secret ?? ''))
    return { error: 'incorrect_client_credentials' };
  const code = state.codes.get(asked.code);
  state.codes.delete(asked.code);
  if (code === undefined || code.clientId !== client.clientId || code.until < Date.now())
    return { error: 'bad_verification_code' };
  if (asked.redirectUri !== null && asked.redirectUri !== code.redirectUri) return { error: 'redirect_uri_mismatch' };
  const proof = createHash('sha256')
    .update(asked.verifier ?? '')
    .digest('base64url');
  if (code.challenge !== null && !sameText(proof, code.challenge)) return { error: 'bad_verification_code' };
  return { access_token: issue(state, code), scope: code.scope, token_type: 'bearer' };
}

function issue(state: State, { clientId, sub, scope }: Granted): string {
  const token = `gho_${randomBytes(18).toString('hex')}`;
  state.tokens.set(token, { clientId, sub, scope });
  return token;
}

function answerUser(state: State, { request, response }: Exchange): void {
  const user = userOf(state, request);
  if (user === null) return answerJson(response, 401, { message: 'Bad credentials' });
  answerJson(response, 200, { ...profileOf(user), name: user.name, email: null });
}

function answerEmails(state: State, { request, response }: Exchange): void {
  const user = userOf(state, request);
  if (user === null) return answerJson(response, 401, { message: 'Bad credentials' });
  const scope = state.tokens.get(bearerOf(request))?.scope.split(',') ?? [];
  if (!scope.includes('user:email') && !scope.includes('user'))
    return answerJson(response, 404, { message: 'Not Found' });
  const own = { email: user.email, primary: true, verified: user.email_verified, visibility: 'private' };
  answerJson(response, 200, user.claims['emails'] ?? (user.email === null ? [] : [own]));
}

/** Says whose a token is, but only to the app that got it. */
async function checkToken(state: State, { request, response }: Exchange, clientId: string): Promise<void> {
  const basic = basicOf(request);
  const client = state.clients.find((each) => each.clientId === clientId);
  if (client === undefined || basic?.id !== clientId || !sameText(basic.secret, client.clientSecret))
    return answerJson(response, 401, { message: 'Bad credentials' });
  const token = (await readFields(request)).get('access_token') ?? '';
  const granted = state.tokens.get(token);
  const user = granted === undefined ? undefined : state.users.get(granted.sub);
  if (granted === undefined || user === undefined || granted.clientId !== clientId)
    return answerJson(response, 404, { message: 'Not Found' });
  const app = { client_id: clientId, name: clientId };
  answerJson(response, 200, { token, app, scopes: granted.scope.split(','), expires_at: null, user: profileOf(user) });
}

function profileOf(user: SandboxUser) {
  const login = user.claims['login'] ?? (user.email ?? `user-${user.sub}`).split('@')[0]?.replaceAll('.', '-');
  return { id: Number(user.sub), login, avatar_url: user.picture, type: 'User' };
}

function userOf({ tokens, users }: State, request: IncomingMessage): SandboxUser | null {
  return users.get(tokens.get(bearerOf(request))?.sub ?? '') ?? null;
}

function bearerOf(request: IncomingMessage): string {
  return /^(?:bearer|token) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

function basicOf(request: IncomingMessage): { id: string; secret: string } | null {
  const encoded = /^basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  // RFC 6749 §2.3.1 form-encodes both.
  return { id: decodeURIComponent(id), secret: decodeURIComponent(secret.join(':')) };
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
