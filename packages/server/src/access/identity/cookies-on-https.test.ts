// Every cookie of every sign-in, as a browser is given it where the product is reached by https.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  Browser,
  CHALLENGE,
  clientApp,
  identityOf,
  type LoginWorld,
  openLoginWorld,
  sealed,
  stateOf,
} from './login.testing.ts';

const REDIRECT = 'https://notes.example/auth/callback';
let world: LoginWorld;
beforeAll(async () => {
  world = await openLoginWorld('https://sentinel.example');
  await world.register(clientApp(REDIRECT));
  world.adminEmails.push('root@home.example');
});
afterAll(() => world.close());

// Proves: ASVS 32.
it('is sent to this host alone, by https alone, and to no script', async () => {
  const browser = new Browser(world, { host: 'sentinel.example' });
  const person = new URLSearchParams({ redirect_uri: REDIRECT, code_challenge: CHALLENGE }).toString();
  const started = [
    await browser.ask(`/auth/login/google?${person}`),
    await browser.ask('/auth/admin/login/google'),
    await browser.ask('/authz/idp/github/login?redirect_uri=https%3A%2F%2Fnotes.example%2F&nonce=n'),
  ];
  const back = (state: string) =>
    browser.ask(
      `/auth/admin/callback/google?${new URLSearchParams({ state, code: sealed(identityOf('root')) }).toString()}`,
    );
  const [, admin] = started;
  if (admin === undefined) throw new Error('nothing was started');
  const cookies = [...started, await back(stateOf(admin))].flatMap((answer) => answer.cookies);
  const set = cookies.filter(({ value }) => value !== '');
  expect(set.map(({ name }) => name)).toEqual([
    '__Host-sentinel_login',
    '__Host-sentinel_login',
    '__Host-sentinel_login',
    'admin_token',
  ]);
  for (const cookie of cookies) {
    expect(cookie).toMatchObject({
      httpOnly: true,
      secure: true,
      path: '/',
      sameSite: expect.stringMatching(/^(Strict|Lax)$/),
    });
    expect(cookie.domain).toBeUndefined();
  }
  expect(set.at(-1)?.sameSite).toBe('Strict');
});
