import { createHash } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../../platform/log.ts';
import { silentLogger } from '../../platform/log.ts';
import { Secret } from '../../platform/secrets/secret.ts';
import { createGitHub, type GitHub } from './github.ts';
import { identityFetch } from './issuer-fetch.ts';
import { settableClock, startServer, type TestAnswer } from './issuer.testing.ts';

const clock = settableClock();
const server = await startServer();
afterAll(() => server.close());

const CLIENT = 'Iv1.client';
const TOKEN = `gho_${'0123456789ab'.repeat(3)}`;
const SECRETS = { state: 'state-1', nonce: 'nonce-1', verifier: 'v'.repeat(43) };
const REDIRECT = 'https://sentinel.example/auth/callback/github';
const NOTHING = { audiences: [], nonce: null };

const CHECK = 'POST /api/applications/Iv1.client/token';
const user = { id: 4711, login: 'ada', name: 'Ada\u202e Example', avatar_url: 'https://pictures.example/ada.png' };
const emails = [
  { email: 'old@example.com', primary: false, verified: true },
  { email: 'Ada@Example.com', primary: true, verified: true },
];
const check = { app: { client_id: CLIENT }, user: { id: 4711 }, expires_at: null };

let logged: [string, LogFields | undefined][] = [];
const log: Logger = { ...silentLogger, error: (event, fields) => void logged.push([event, fields]) };
let github: GitHub;
const answer = (road: string, given: TestAnswer | null): void => {
  server.answers[road] = () => given;
};
const verify = (token = TOKEN, expected: Parameters<GitHub['verifyToken']>[1] = NOTHING) =>
  github.verifyToken(token, expected);
const back = (parameters: Record<string, string> = {}): URL =>
  new URL(`${REDIRECT}?${new URLSearchParams({ code: 'code-1', state: 'state-1', ...parameters }).toString()}`);

beforeEach(() => {
  server.asked.length = 0;
  server.requests.length = 0;
  logged = [];
  answer(CHECK, { body: check });
  answer('GET /api/user', { body: user });
  answer('GET /api/user/emails', { body: emails });
  answer('POST /login/oauth/access_token', { body: { access_token: TOKEN, token_type: 'bearer', scope: '' } });
  github = createGitHub(
    { clientId: CLIENT, clientSecret: new Secret('secret'), url: server.origin, apiUrl: `${server.origin}/api` },
    { fetch: identityFetch, clock, log },
  );
});

describe('a token of GitHub', () => {
  it('tells who holds it once GitHub has said that it is ours', async () => {
    expect(await verify()).toEqual({
      provider: 'github',
      issuer: server.origin,
      subject: '4711',
      wireSubject: 'github|4711',
      email: 'ada@example.com',
      name: 'Ada Example',
      avatarUrl: 'https://pictures.example/ada.png',
    });
    expect(server.asked[0]).toBe(CHECK);
    expect(server.requests[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from(`${CLIENT}:secret`).toString('base64')}`,
    );
    expect(server.requests[0]?.body).toBe(JSON.stringify({ access_token: TOKEN }));
    expect(server.requests.slice(1).map(({ headers }) => headers.authorization)).toEqual(
      Array(2).fill(`Bearer ${TOKEN}`),
    );
  });

  it('is called by its login where the account has no name', async () => {
    answer('GET /api/user', { body: { ...user, name: null } });
    expect((await verify()).name).toBe('ada');
  });

  // Proves: OAuth 10.
  it.each<[string, string, TestAnswer]>([
    ['of another application', CHECK, { status: 404, body: { message: 'Not Found' } }],
    ['said to be of another application', CHECK, { body: { ...check, app: { client_id: 'Iv1.other' } } }],
    ['that is no token', CHECK, { status: 422 }],
    ['of nobody', CHECK, { body: { ...check, user: null } }],
    ['that has expired', CHECK, { body: { ...check, expires_at: '2026-02-28T00:00:00Z' } }],
    ['whose end cannot be read', CHECK, { body: { ...check, expires_at: 'soon' } }],
    ['revoked in between', 'GET /api/user', { status: 401 }],
    ['of another account than was said', 'GET /api/user', { body: { ...user, id: 4712 } }],
    ['that may not see addresses', 'GET /api/user/emails', { status: 404 }],
    ['without addresses', 'GET /api/user/emails', { body: [] }],
    ['without a verified primary address', 'GET /api/user/emails', { body: [emails[0]] }],
    [
      'with an unverified primary address',
      'GET /api/user/emails',
      { body: [emails[0], { ...emails[1], verified: false }] },
    ],
  ])('is refused: one %s', async (_, road, given) => {
    answer(road, given);
    await expect(verify()).rejects.toMatchObject({ code: 'idp_token_refused', status: 400 });
  });

  it('is refused without asking when a service lists audiences, or it is none', async () => {
    const refusal = { code: 'idp_token_refused' };
    await expect(verify(TOKEN, { audiences: ['app-1'], nonce: null })).rejects.toMatchObject(refusal);
    const none = ['', 'a b', 'a\r\nx: y', 'x'.repeat(513), '../user', 'gho_short', `${TOKEN}\n`, `x${TOKEN}`];
    // Of GitHub, but not what an OAuth app gets: personal, of a GitHub App, of an installation, a refresh token.
    const others = ['ghp_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'].map((prefix) => TOKEN.replace('gho_', prefix));
    for (const bad of [...none, ...others, 'A'.repeat(40), 'a'.repeat(39), `gho_${'a'.repeat(252)}`]) {
      await expect(verify(bad)).rejects.toMatchObject(refusal);
    }
    expect(server.asked).toEqual([]);
  });

  // Proves: ASVS 57, ASVS 61.
  it.each<[string, string, TestAnswer | null]>([
    ['breaks off', CHECK, null],
    ['has trouble', 'GET /api/user', { status: 502 }],
    ['has enough of us', CHECK, { status: 403, headers: { 'x-ratelimit-remaining': '0' } }],
    ['asks for patience', CHECK, { status: 403, headers: { 'retry-after': '60' } }],
    ['answers something else', CHECK, { body: { ok: true } }],
    ['answers an id that is none', CHECK, { body: { ...check, user: { id: '4711' } } }],
    ['answers no JSON', 'GET /api/user/emails', { body: '<html>' }],
  ])('cannot be judged while GitHub %s', async (_, road, given) => {
    answer(road, given);
    await expect(verify()).rejects.toMatchObject({ code: 'idp_unreachable', status: 503 });
  });

  it('cannot be judged with a wrong secret of ours, which the operator is told', async () => {
    answer(CHECK, { status: 401 });
    await expect(verify()).rejects.toMatchObject({ code: 'idp_unreachable' });
    expect(logged).toEqual([['identity.client_refused', expect.objectContaining({ source: 'github' })]]);
  });
});

describe('what was asked about a token', () => {
  it('is remembered for 60 seconds and no longer', async () => {
    await Promise.all(Array.from({ length: 20 }, () => verify()));
    clock.pass(59_999);
    await verify();
    expect(server.asked).toHaveLength(3);
    answer(CHECK, { status: 404 });
    clock.pass(1);
    await expect(verify()).rejects.toMatchObject({ code: 'idp_token_refused' });
  });

  it('is remembered as long when it was a no', async () => {
    answer(CHECK, { status: 404 });
    for (let n = 0; n < 3; n += 1) await expect(verify()).rejects.toMatchObject({ code: 'idp_token_refused' });
    expect(server.asked).toEqual([CHECK]);
    answer(CHECK, { body: check });
    clock.pass(59_999);
    await expect(verify()).rejects.toMatchObject({ code: 'idp_token_refused' });
    clock.pass(1);
    expect(await verify()).toBeTruthy();
  });

  it('is not remembered when GitHub could not say', async () => {
    answer(CHECK, { status: 503 });
    await expect(verify()).rejects.toMatchObject({ code: 'idp_unreachable' });
    answer(CHECK, { body: check });
    expect(await verify()).toBeTruthy();
  });

  it('is kept of a bounded number, and no number of refusals pushes out who was let in', async () => {
    await verify();
    answer(CHECK, { status: 404 });
    const rubbish = Array.from({ length: 1_001 }, (_, n) => `gho_${String(n).padStart(36, '0')}`);
    for (const token of rubbish) await expect(verify(token)).rejects.toMatchObject({ code: 'idp_token_refused' });
    server.asked.length = 0;
    expect(await verify()).toBeTruthy();
    await expect(verify(rubbish.at(-1))).rejects.toMatchObject({ code: 'idp_token_refused' });
    expect(server.asked).toEqual([]);
    await expect(verify(rubbish[0])).rejects.toMatchObject({ code: 'idp_token_refused' });
    expect(server.asked).toEqual([CHECK]);
  });

  it('is not told about another token', async () => {
    await verify();
    answer(CHECK, { status: 404 });
    await expect(verify(`${TOKEN}0`)).rejects.toMatchObject({ code: 'idp_token_refused' });
  });
});

describe('many tokens at the same time', () => {
  const distinct = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => `gho_${String(from + n).padStart(36, 'a')}`);
  const codeOf = (error: unknown) => (error as { code: string }).code;

  it('are asked about eight at a time; of the rest nothing is known, and signing in here goes on', async () => {
    answer(CHECK, { status: 404 });
    const answers = await Promise.all([
      ...distinct(0, 12).map((token) => verify(token).then(() => 'in', codeOf)),
      github.finish(back(), SECRETS, REDIRECT).then(() => 'in', codeOf),
    ]);
    expect(answers).toEqual([
      ...Array(8).fill('idp_token_refused'),
      ...Array(4).fill('idp_unreachable'),
      'idp_refused',
    ]);
    expect(server.asked.filter((road) => road === CHECK)).toHaveLength(9);
    const [ninth = ''] = distinct(8, 9);
    await expect(verify(ninth)).rejects.toMatchObject({ code: 'idp_token_refused' });
  });
});

describe('a token as GitHub made them until 2021', () => {
  it('is asked about', async () => {
    expect(await verify('0123456789abcdef0123456789abcdef01234567')).toMatchObject({ subject: '4711' });
  });
});

describe('signing in at GitHub', () => {
  it('asks with state, challenge and the least scope', async () => {
    const url = await github.authorizationUrl(SECRETS, REDIRECT);
    expect(`${url.origin}${url.pathname}`).toBe(`${server.origin}/login/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: CLIENT,
      redirect_uri: REDIRECT,
      scope: 'user:email',
      state: 'state-1',
      code_challenge: createHash('sha256').update(SECRETS.verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const relayed = await github.relay.authorizationUrl(SECRETS, REDIRECT);
    expect(relayed.searchParams.get('scope')).toBe('read:user user:email');
  });

  it('ends with who it is, the same person as with a token', async () => {
    expect(await github.finish(back(), SECRETS, REDIRECT)).toEqual(await verify());
    expect(Object.fromEntries(new URLSearchParams(server.requests[0]?.body))).toEqual({
      client_id: CLIENT,
      client_secret: 'secret',
      code: 'code-1',
      redirect_uri: REDIRECT,
      code_verifier: SECRETS.verifier,
    });
  });

  it('can hand on the token itself', async () => {
    expect(await github.relay.exchange(back(), SECRETS, REDIRECT)).toBe(TOKEN);
  });

  // Proves: ASVS 18.
  it.each([
    ['another state', 'state=other&code=c'],
    ['no state', 'code=c'],
    ['two states', 'state=state-1&state=state-1&code=c'],
    ['no code', 'state=state-1'],
    ['a no', 'state=state-1&error=access_denied'],
  ])('is refused with %s, and GitHub is not asked', async (_, query) => {
    const callback = new URL(`${REDIRECT}?${query}`);
    await expect(github.finish(callback, SECRETS, REDIRECT)).rejects.toMatchObject({ code: 'idp_refused' });
    expect(server.asked).toEqual([]);
  });

  // Proves: ASVS 61.
  it.each<[string, TestAnswer | null, string]>([
    ['a spent code', { body: { error: 'bad_verification_code', error_description: 'planted' } }, 'idp_refused'],
    ['another token type', { body: { access_token: TOKEN, token_type: 'mac' } }, 'idp_refused'],
    ['a token for a header line', { body: { access_token: 'a\r\nb', token_type: 'bearer' } }, 'idp_refused'],
    ['no JSON', { body: 'access_token=x&token_type=bearer' }, 'idp_refused'],
    ['nothing', null, 'idp_unreachable'],
    ['an outage', { status: 503 }, 'idp_unreachable'],
  ])('ends there when GitHub answers %s', async (_, given, code) => {
    answer('POST /login/oauth/access_token', given);
    await expect(github.finish(back(), SECRETS, REDIRECT)).rejects.toMatchObject({ code });
  });

  it('is refused, not the token, when the account has no verified address', async () => {
    answer('GET /api/user/emails', { body: [{ ...emails[1], verified: false }] });
    await expect(github.finish(back(), SECRETS, REDIRECT)).rejects.toMatchObject({
      code: 'idp_refused',
      places: [{ pointer: '/email_verified' }],
    });
  });
});
