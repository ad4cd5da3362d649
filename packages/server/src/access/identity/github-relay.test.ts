// The relay for providers without ID tokens: where the token may go, and that it goes nowhere else.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serviceApp } from '../apps/apps.testing.ts';
import { Browser, identityOf, KEY, type LoginWorld, openLoginWorld, sealed } from './login.testing.ts';

const REDIRECT = 'https://notes.example/callback';
const LOGIN = '/authz/idp/github/login';

let world: LoginWorld;
let browser: Browser;

beforeAll(async () => {
  world = await openLoginWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.services[KEY] = serviceApp('notes', { allowedOrigins: ['https://notes.example'] });
  browser = new Browser(world);
});

const startUrl = (query: Record<string, string>, path = LOGIN) => `${path}?${new URLSearchParams(query).toString()}`;
const back = (state: string, provider = 'github') =>
  browser.ask(
    `/authz/idp/${provider}/callback?${new URLSearchParams({ state, code: sealed(identityOf('gh')) }).toString()}`,
  );

describe('the relay', () => {
  it('hands the page the provider’s token in the fragment, with the nonce it sent', async () => {
    // What pages send that ask for an ID token is not looked at.
    const state = await browser.start(
      { redirect_uri: REDIRECT, nonce: 'n 1', client_id: 'x', response_type: 'id_token', scope: 'openid' },
      LOGIN,
    );
    const answer = await back(state);
    expect(answer.statusCode).toBe(302);
    const target = new URL(String(answer.headers.location));
    expect([target.origin + target.pathname, target.search]).toEqual([REDIRECT, '']);
    const fragment = new URLSearchParams(target.hash.slice(1));
    expect(fragment.get('id_token')).toMatch(/^gho_/);
    expect(fragment.get('nonce')).toBe('n 1');
    expect(answer.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
  });

  // Proves: OAuth 25.
  it('counts once and in one browser', async () => {
    const state = await browser.start({ redirect_uri: REDIRECT, nonce: 'n' }, LOGIN);
    const elsewhere = new Browser(world);
    expect((await elsewhere.ask(`/authz/idp/github/callback?state=${state}&code=x`)).statusCode).toBe(400);
    expect((await back(state)).statusCode).toBe(302);
    expect((await back(state)).statusCode).toBe(400);
  });

  // Proves: OAuth 30, ASVS 35.
  it.each([
    'https://evil.example/callback',
    'https://notes.example.evil.example/',
    'https://notes.example:8443/',
    'http://notes.example/',
    'https://notes.example@evil.example/',
    'https://user@notes.example/',
    'https://notes.example/#x',
    'https://notes.example\\@evil.example/',
    '//notes.example/',
    '/callback',
    'javascript:alert(1)',
    'https://notes.example/\r\nx: y',
    'null',
  ])('goes nowhere but to a registered origin: %j', async (redirect_uri) => {
    const answer = await browser.ask(startUrl({ redirect_uri, nonce: 'n' }));
    expect([answer.statusCode, answer.headers.location]).toEqual([400, undefined]);
  });

  it('goes nowhere when the origin is withdrawn meanwhile', async () => {
    const state = await browser.start({ redirect_uri: REDIRECT, nonce: 'n' }, LOGIN);
    world.services[KEY] = serviceApp('notes');
    const answer = await back(state);
    expect([answer.statusCode, answer.headers.location]).toEqual([400, undefined]);
  });

  it('is not there for providers whose tokens a page can get itself, nor for unknown ones', async () => {
    for (const provider of ['google', 'facebook', '__proto__'])
      expect(
        (await browser.ask(startUrl({ redirect_uri: REDIRECT, nonce: 'n' }, `/authz/idp/${provider}/login`)))
          .statusCode,
      ).toBe(400);
  });

  it('needs a nonce and an address', async () => {
    expect((await browser.ask(startUrl({ redirect_uri: REDIRECT }))).statusCode).toBe(422);
    expect((await browser.ask(startUrl({ nonce: 'n' }))).statusCode).toBe(422);
    expect((await browser.ask(startUrl({ redirect_uri: REDIRECT, nonce: '' }))).statusCode).toBe(422);
  });
});
