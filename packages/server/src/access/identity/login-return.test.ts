// The second half of a sign-in: what a browser may come back with, from where, and how often.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AccessTables } from '../access.tables.ts';
import {
  activityOf,
  Browser,
  CHALLENGE,
  clientApp,
  HOST,
  identityOf,
  ISSUER,
  type LoginWorld,
  openLoginWorld,
  sealed,
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

const backUrl = (state: string, code: string, provider = 'google') =>
  `/auth/callback/${provider}?${new URLSearchParams({ code, state }).toString()}`;
const attempts = async () =>
  (await world.db.control((tx) => tx.withTables<AccessTables>().selectFrom('login_attempt').selectAll().execute()))
    .length;

async function signIn(name: string): Promise<void> {
  const state = await browser.start(QUERY);
  expect((await browser.ask(backUrl(state, sealed(identityOf(name))))).statusCode).toBe(303);
}

describe('what comes back', () => {
  const refused = async (url: string, who = browser): Promise<number> => {
    const answer = await who.ask(url);
    expect([answer.headers.location, answer.headers['content-type']]).toEqual([undefined, 'text/html; charset=utf-8']);
    expect(answer.body).not.toContain('<script');
    return answer.statusCode;
  };
  const code = () => sealed(identityOf(fresh()));

  // Proves: OAuth 25.
  it('counts once: of two returns at the same moment exactly one gets a code', async () => {
    const state = await browser.start(QUERY);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const url = backUrl(state, code());
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => world.app.inject({ method: 'GET', url, headers: { ...HOST, cookie } })),
    );
    expect(answers.map((each) => each.statusCode).toSorted((a, b) => a - b)).toEqual([303, 400, 400, 400, 400, 400]);
  });

  // Proves: OAuth 25, ASVS 17, ASVS 18.
  it('counts in the browser only where it was started', async () => {
    const state = await browser.start(QUERY);
    const victim = new Browser(world);
    expect(await refused(backUrl(state, code()), victim)).toBe(400);
    const attackersOwn = new Browser(world);
    await attackersOwn.start(QUERY);
    expect(await refused(backUrl(state, code()), attackersOwn)).toBe(400);
    // Nobody else's try uses it up.
    expect((await browser.ask(backUrl(state, code()))).statusCode).toBe(303);
  });

  // Proves: OAuth 25.
  it('counts for ten minutes', async () => {
    const state = await browser.start(QUERY);
    world.advance(600_001);
    expect(await refused(backUrl(state, code()))).toBe(400);
    // The next one sweeps up what came to nothing.
    await browser.start(QUERY);
    expect(await attempts()).toBe(1);
  });

  // Proves: OAuth 27, ASVS 18.
  it('counts from the provider that was asked, and a mix-up uses it up', async () => {
    const state = await browser.start(QUERY);
    expect(await refused(backUrl(state, code(), 'entra_id'))).toBe(400);
    expect(await refused(backUrl(state, code()))).toBe(400);
  });

  it('does not count at the administrators’ door, nor the other way round', async () => {
    const state = await browser.start(QUERY);
    const elsewhere = backUrl(state, code()).replace('/auth/', '/auth/admin/');
    expect(await refused(elsewhere)).toBe(400);
    expect((await browser.ask(backUrl(state, code()))).statusCode).toBe(303);
  });

  it('is refused without a state, with a made-up one, or with one that is there twice', async () => {
    await browser.start(QUERY);
    expect(await refused(`/auth/callback/google?code=${code()}`)).toBe(400);
    expect(await refused(backUrl('x'.repeat(43), code()))).toBe(400);
    expect(await refused(backUrl("' or 1=1 --", code()))).toBe(400);
    expect(await refused(`${backUrl('x'.repeat(43), code())}&state=y`)).toBe(422);
  });

  // Proves: ASVS 45.
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'may carry a parameter called %s',
    async (name) => {
      const state = await browser.start(QUERY);
      expect((await browser.ask(`${backUrl(state, code())}&${name}=x`)).statusCode).toBe(303);
      expect(await refused(`/auth/callback/google?${name}=x`)).toBe(400);
    },
  );

  it('is refused when the application is gone meanwhile, and nobody was made of it', async () => {
    const name = fresh();
    const state = await browser.start(QUERY);
    world.clients.splice(0);
    expect(await refused(backUrl(state, sealed(identityOf(name))))).toBe(400);
    expect(await personNamed(name)).toBeUndefined();
    const again = await browser.start({ ...QUERY, redirect_uri: consoleRedirectUri(ISSUER) });
    expect((await browser.ask(backUrl(again, sealed(identityOf(name))))).statusCode).toBe(303);
  });

  it('is refused when another application has the address now', async () => {
    const state = await browser.start(QUERY);
    world.clients.splice(0, 1, clientApp(REDIRECT));
    expect(await refused(backUrl(state, code()))).toBe(400);
  });

  // Proves: ASVS 55.
  it('is a page when the provider or the person said no, and that is written down', async () => {
    const state = await browser.start(QUERY);
    expect(await refused(`/auth/callback/google?state=${state}&error=access_denied`)).toBe(400);
    expect((await activityOf(world.db)).at(-1)).toMatchObject({
      action: 'login_failed',
      actor_id: null,
      detail: { provider: 'google', reason: 'idp_refused' },
    });
  });

  // Proves: ASVS 57.
  it('is a page that says so when the provider cannot be reached, and no failure of the person', async () => {
    const state = await browser.start(QUERY);
    const before = (await activityOf(world.db)).length;
    const down = sealed({ fails: ['idp_unreachable', 'The provider does not answer.'] });
    expect(await refused(backUrl(state, down))).toBe(503);
    expect(await activityOf(world.db)).toHaveLength(before);
  });

  it('is refused for somebody deactivated, before there is a code', async () => {
    const name = fresh();
    await signIn(name);
    await world.db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .updateTable('person')
        .set({ deactivated_at: world.now() })
        .where('email', '=', `${name}@home.example`)
        .execute(),
    );
    const codes = await codeCount();
    const state = await browser.start(QUERY);
    expect(await refused(backUrl(state, sealed(identityOf(name))))).toBe(403);
    expect(await codeCount()).toBe(codes);
  });

  // Proves: OAuth 11.
  it('is refused for an address that somebody else has here', async () => {
    const name = fresh();
    await signIn(name);
    const state = await browser.start(QUERY);
    expect(await refused(backUrl(state, sealed(identityOf(name, { subject: 'another' }))))).toBe(409);
  });
});

async function personNamed(name: string): Promise<{ id: string } | undefined> {
  return await world.db.control((tx) =>
    tx
      .withTables<AccessTables>()
      .selectFrom('person')
      .select('id')
      .where('email', '=', `${name}@home.example`)
      .executeTakeFirst(),
  );
}

async function codeCount(): Promise<number> {
  return (
    await world.db.control((tx) =>
      tx.withTables<AccessTables>().selectFrom('authorization_code').select('person_id').execute(),
    )
  ).length;
}
