// Signing in to an application through a provider, over HTTP on a real database.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { claimCode } from '../tokens/authorization-code.ts';
import {
  activityOf,
  Browser,
  CHALLENGE,
  clientApp,
  identityOf,
  ISSUER,
  type LoginWorld,
  openLoginWorld,
  sealed,
  stateOf,
  VERIFIER,
} from './login.testing.ts';
import { consoleRedirectUri } from './login-redirect.ts';

const REDIRECT = 'https://notes.example/auth/callback';
const QUERY = { redirect_uri: REDIRECT, code_challenge: CHALLENGE, state: 'the application’s own' };

let world: LoginWorld;
let browser: Browser;
let made = 0;
const fresh = () => `ann${(made += 1)}`;

beforeAll(async () => {
  world = await openLoginWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  world.advance(1000);
  world.clients.splice(0);
  await world.register(clientApp(REDIRECT));
  browser = new Browser(world);
});

const startUrl = (query: Record<string, string | undefined>, provider = 'google') => {
  const given = Object.entries(query).filter((each): each is [string, string] => each[1] !== undefined);
  return `/auth/login/${provider}?${new URLSearchParams(given).toString()}`;
};
const backUrl = (state: string, code: string, provider = 'google') =>
  `/auth/callback/${provider}?${new URLSearchParams({ code, state }).toString()}`;

async function signIn(name: string, query: Record<string, string> = QUERY): Promise<URL> {
  const state = await browser.start(query);
  const answer = await browser.ask(backUrl(state, sealed(identityOf(name))));
  expect(answer.statusCode).toBe(303);
  return new URL(String(answer.headers.location));
}

describe('the list of providers', () => {
  it('names those that are configured, as an object', async () => {
    const answer = await browser.ask('/auth/providers');
    expect(answer.json()).toEqual({ providers: ['google', 'entra_id', 'github'] });
  });
});

describe('a sign-in', () => {
  // Proves: OAuth 27.
  it('ends at the application with a code that its verifier redeems, and with its state unchanged', async () => {
    const target = await signIn(fresh());
    expect(target.origin + target.pathname).toBe(REDIRECT);
    expect(target.searchParams.get('state')).toBe(QUERY.state);
    expect(target.searchParams.get('iss')).toBe(ISSUER);
    const code = target.searchParams.get('code') ?? '';
    expect(code).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const claimed = await claimCode(world.db, { code, verifier: VERIFIER }, world.now());
    expect(claimed).toMatchObject({ clientAppId: world.clients[0]?.id, provider: 'google' });
  });

  it('sends no state back where none was sent, and keeps an empty one', async () => {
    expect(
      (await signIn(fresh(), { redirect_uri: REDIRECT, code_challenge: CHALLENGE })).searchParams.has('state'),
    ).toBe(false);
    expect((await signIn(fresh(), { ...QUERY, state: '' })).searchParams.get('state')).toBe('');
  });

  // Proves: OAuth 28.
  it('appends to the query that a registered address has', async () => {
    await world.register(clientApp('https://notes.example/cb?tenant=7'));
    const target = await signIn(fresh(), { ...QUERY, redirect_uri: 'https://notes.example/cb?tenant=7' });
    expect([...target.searchParams.keys()]).toEqual(['tenant', 'code', 'state', 'iss']);
  });

  // Proves: OAuth 25, ASVS 17.
  it('goes to the provider with a state, nonce and verifier that are nowhere in the database', async () => {
    const answer = await browser.ask(startUrl(QUERY));
    const { searchParams } = new URL(String(answer.headers.location));
    const cookie = answer.cookies.find(({ name }) => name === 'sentinel_login');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', maxAge: 600, path: '/' });
    const rows = await world.db.control((tx) =>
      tx.withTables<AccessTables>().selectFrom('login_attempt').selectAll().execute(),
    );
    const stored = rows.flatMap((row) =>
      Object.values(row).map((value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('base64url') : String(value),
      ),
    );
    for (const secret of [searchParams.get('state'), searchParams.get('nonce'), cookie?.value])
      expect(stored.filter((text) => text.includes(secret ?? '?'))).toEqual([]);
    expect(searchParams.get('nonce')).not.toBe(searchParams.get('state'));
  });

  // Proves: OAuth 28.
  it('answers with headers that keep the code out of referrers and caches', async () => {
    const state = await browser.start(QUERY);
    const answer = await browser.ask(backUrl(state, sealed(identityOf(fresh()))));
    expect(answer.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect(browser.cookies.size).toBe(0);
  });

  // Proves: ASVS 55.
  it('is written down with the family of the browser, and without a name or an address', async () => {
    browser = new Browser(world, {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0',
    });
    await signIn(fresh());
    expect((await activityOf(world.db)).at(-1)).toMatchObject({
      action: 'user_login',
      detail: { provider: 'google', client: world.clients[0]?.id, browser: 'Firefox', os: 'Linux' },
    });
  });

  it('to our own console needs no registration', async () => {
    const target = await signIn(fresh(), { ...QUERY, redirect_uri: consoleRedirectUri(ISSUER) });
    const code = target.searchParams.get('code') ?? '';
    expect(await claimCode(world.db, { code, verifier: VERIFIER }, world.now())).toMatchObject({ clientAppId: null });
  });

  it('works in two tabs of one browser at once', async () => {
    const states = [await browser.start(QUERY), await browser.start(QUERY)];
    for (const state of states)
      expect((await browser.ask(backUrl(state, sealed(identityOf(fresh()))))).statusCode).toBe(303);
    expect(browser.cookies.size).toBe(0);
  });
});

describe('what cannot start', () => {
  const expectPage = async (url: string, status: number) => {
    const answer = await browser.ask(url);
    expect([answer.statusCode, answer.headers['content-type'], answer.headers.location]).toEqual([
      status,
      'text/html; charset=utf-8',
      undefined,
    ]);
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(browser.cookies.size).toBe(0);
    return answer;
  };

  // Proves: OAuth 23, OAuth 30, OAuth 31, ASVS 21, ASVS 35.
  it.each([
    'https://notes.example/auth/callback/',
    'https://notes.example/auth/Callback',
    'https://NOTES.example/auth/callback',
    'https://notes.example:8443/auth/callback',
    'https://notes.example:443/auth/callback',
    'http://notes.example/auth/callback',
    'https://notes.example/auth/callback?x=1',
    'https://notes.example/auth/callback#',
    'https://notes.example/auth/callback#/../evil',
    'https://notes.example/auth/x/../callback',
    'https://notes.example/auth/%63allback',
    'https://notes.example/auth/callback/../../evil',
    'https://notes.example@evil.example/auth/callback',
    'https://user:pass@notes.example/auth/callback',
    'https://notes.example\\@evil.example/auth/callback',
    'https:\\\\notes.example\\auth\\callback',
    'https://notes.example\u3002evil.example/auth/callback',
    'https://notes\uff0eexample/auth/callback',
    'https://notes.example.evil.example/auth/callback',
    '//evil.example',
    '//notes.example/auth/callback',
    '/auth/callback',
    ' https://notes.example/auth/callback',
    'https://notes.example/auth/callback\t',
    'https://notes.example/auth/callback\r\nset-cookie: a=b',
    'https://notes.example/auth/callback\0',
    'javascript:alert(1)//https://notes.example/auth/callback',
    'data:text/html,hi',
    'null',
    `${ISSUER}/console/callback/`,
    `${ISSUER}/console/callback?next=//evil.example`,
    'http://127.0.0.1:9003/console/callback',
  ])('is refused with a page and led nowhere: %j', async (redirect_uri) => {
    await expectPage(startUrl({ ...QUERY, redirect_uri }), 400);
  });

  // Proves: OAuth 30.
  it('is also an address with a trap in it that somebody managed to register', async () => {
    for (const trap of [
      'https://notes.example/cb#frag',
      'https://u:p@notes.example/cb',
      'https://notes.example\\cb',
      'custom:cb',
    ]) {
      world.clients.push(clientApp(trap));
      await expectPage(startUrl({ ...QUERY, redirect_uri: trap }), 400);
    }
  });

  it('is the address of an application that is switched off, or of another than the one named', async () => {
    await expectPage(startUrl({ ...QUERY, client_id: newId() }), 400);
    await expectPage(startUrl({ ...QUERY, client_id: '__proto__' }), 400);
    await expectPage(
      startUrl({ ...QUERY, redirect_uri: consoleRedirectUri(ISSUER), client_id: world.clients[0]?.id }),
      400,
    );
    world.clients.splice(0, 1, clientApp(REDIRECT, { active: false }));
    await expectPage(startUrl(QUERY), 400);
  });

  // Proves: OAuth 24, ASVS 21.
  it('is a sign-in with another method than S256, or with what is no challenge', async () => {
    await expectPage(startUrl({ ...QUERY, code_challenge_method: 'plain' }), 400);
    await expectPage(startUrl({ ...QUERY, code_challenge_method: 's256' }), 400);
    await expectPage(startUrl({ ...QUERY, code_challenge: 'short' }), 400);
    await expectPage(startUrl({ ...QUERY, code_challenge: `${CHALLENGE}=` }), 400);
  });

  // Proves: OAuth 24, ASVS 46.
  it('is one without a challenge or an address, or with a state that is too long', async () => {
    await expectPage(startUrl({ ...QUERY, code_challenge: undefined }), 422);
    await expectPage(startUrl({ ...QUERY, redirect_uri: undefined }), 422);
    await expectPage(startUrl({ ...QUERY, state: 'x'.repeat(513) }), 422);
    await expectPage(`${startUrl(QUERY)}&redirect_uri=https://evil.example`, 422);
  });

  it.each(['facebook', '__proto__', 'constructor', 'toString'])('is the provider %s', async (provider) => {
    await expectPage(startUrl(QUERY, provider), 400);
  });

  it('honours the client that is named', async () => {
    const other = await world.register(clientApp(REDIRECT));
    const state = await browser.start({ ...QUERY, client_id: other.id });
    const answer = await browser.ask(backUrl(state, sealed(identityOf(fresh()))));
    const code = new URL(String(answer.headers.location)).searchParams.get('code') ?? '';
    expect(await claimCode(world.db, { code, verifier: VERIFIER }, world.now())).toMatchObject({
      clientAppId: other.id,
    });
  });
});

describe('a state of the application', () => {
  it.each([
    'a\r\nset-cookie: evil=1',
    '"><script>alert(1)</script>',
    '%0d%0aset-cookie:%20evil=1',
    '&code=forged',
    '#',
    '😀',
    '__proto__',
  ])('comes back as it was sent, and as nothing else: %j', async (state) => {
    const ours = await browser.start({ ...QUERY, state });
    const answer = await browser.ask(backUrl(ours, sealed(identityOf(fresh()))));
    expect(String(answer.headers.location)).toMatch(/^[\x21-\x7e]+$/);
    expect(answer.cookies.map(({ name }) => name)).toEqual(['sentinel_login']);
    const target = new URL(String(answer.headers.location));
    expect(target.searchParams.getAll('state')).toEqual([state]);
    expect(target.searchParams.getAll('code')).toHaveLength(1);
    expect(target.hash).toBe('');
  });

  it('is refused when no database could hold it', async () => {
    expect((await browser.ask(startUrl({ ...QUERY, state: 'a\0b' }))).statusCode).toBe(422);
  });
});

describe('on https', () => {
  // Proves: ASVS 32.
  it('the cookie is bound to the host by its name', async () => {
    const secure = await openLoginWorld('https://sentinel.example');
    try {
      await secure.register(clientApp(REDIRECT));
      const answer = await secure.app.inject({
        method: 'GET',
        url: startUrl(QUERY),
        headers: { host: 'sentinel.example' },
      });
      expect(answer.cookies).toMatchObject([
        { name: '__Host-sentinel_login', httpOnly: true, secure: true, sameSite: 'Lax', path: '/' },
      ]);
      expect(answer.cookies[0]?.domain).toBeUndefined();
      const back = await secure.app.inject({
        method: 'GET',
        url: backUrl(stateOf(answer), sealed(identityOf(fresh()))),
        headers: { host: 'sentinel.example', cookie: `__Host-sentinel_login=${answer.cookies[0]?.value ?? ''}` },
      });
      expect(back.statusCode).toBe(303);
    } finally {
      await secure.close();
    }
  });
});
