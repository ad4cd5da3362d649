// Signals about sign-ins: when one is written, and that a sign-in never depends on it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../platform/log.ts';
import type { Database } from '../../platform/db/database.ts';
import { newId, type PersonId } from '../../platform/ids.ts';
import {
  activityOf,
  Browser,
  CHALLENGE,
  clientApp,
  HOST,
  identityOf,
  KEY,
  type LoginWorld,
  openLoginWorld,
  sealed,
} from './login.testing.ts';
import { createSignInSignals, deviceOf } from './sign-in-signals.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0';
const NEWER_FIREFOX = FIREFOX.replaceAll('130.0', '141.2');
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0';
const REDIRECT = 'https://notes.example/auth/callback';

let world: LoginWorld;
beforeAll(async () => {
  world = await openLoginWorld();
  await world.register(clientApp(REDIRECT));
});
afterAll(() => world.close());

const actions = async (which: string) => (await activityOf(world.db)).filter((row) => row.action === which);

describe('a device', () => {
  it('is the family of browser and system, without versions; what is no browser is nothing special', () => {
    expect(deviceOf(FIREFOX)).toEqual({ browser: 'Firefox', os: 'Linux' });
    expect(deviceOf(EDGE)).toEqual({ browser: 'Edge', os: 'Windows' });
    expect(deviceOf(null)).toEqual({ browser: 'other', os: 'unknown' });
    expect(deviceOf('somebody@home.example 1.0')).toEqual({ browser: 'other', os: 'unknown' });
    expect(deviceOf('Mozilla/5.0 somebody@home.example')).toEqual({ browser: 'A browser', os: 'unknown' });
  });

  it('that a person never used is written down, after their first sign-in and once', async () => {
    const signIn = async (userAgent: string) => {
      world.advance(1000);
      const browser = new Browser(world, { 'user-agent': userAgent });
      const state = await browser.start({ redirect_uri: REDIRECT, code_challenge: CHALLENGE });
      const query = new URLSearchParams({ state, code: sealed(identityOf('device')) });
      expect((await browser.ask(`/auth/callback/google?${query.toString()}`)).statusCode).toBe(303);
      return (await actions('login_new_device')).length;
    };
    const told = [];
    for (const agent of [FIREFOX, NEWER_FIREFOX, EDGE, EDGE, FIREFOX]) told.push(await signIn(agent));
    expect(told).toEqual([0, 0, 1, 1, 1]);
    expect((await actions('login_new_device'))[0]?.detail).toEqual({ browser: 'Edge', os: 'Windows' });
  });
});

describe('failures of one address', () => {
  const fail = (remoteAddress: string) =>
    world.app.inject({
      method: 'POST',
      url: '/authz/resolve',
      remoteAddress,
      headers: { ...HOST, 'x-service-key': KEY },
      payload: { provider: 'google', idp_token: 'rubbish' },
    });

  // Proves: ASVS 55.
  it('are suspected at the tenth within ten minutes, once, and change no answer', async () => {
    for (let n = 1; n <= 9; n += 1) expect((await fail('192.0.2.1')).statusCode).toBe(400);
    await fail('192.0.2.2');
    expect(await actions('credential_stuffing_suspected')).toHaveLength(0);
    for (let n = 10; n <= 15; n += 1) expect((await fail('192.0.2.1')).statusCode).toBe(400);
    const told = await actions('credential_stuffing_suspected');
    expect(told).toMatchObject([
      { actor_id: null, detail: { failures: 10, withinSeconds: 600, provider: expect.any(String) } },
    ]);
    expect(JSON.stringify(told)).not.toContain('192.0.2.1');
  });

  it('are forgotten after ten minutes', async () => {
    for (let n = 1; n <= 9; n += 1) await fail('192.0.2.3');
    world.advance(600_001);
    await fail('192.0.2.3');
    expect(await actions('credential_stuffing_suspected')).toHaveLength(1);
  });
});

describe('failures that go on', () => {
  it('are told of at ten, a hundred and a thousand, with the provider and never with the address', async () => {
    const signals = createSignInSignals({ db: world.db, log: silentLogger });
    const before = (await actions('credential_stuffing_suspected')).length;
    const told = async () => (await actions('credential_stuffing_suspected')).slice(before).map((row) => row.detail);
    for (let n = 1; n <= 999; n += 1) await signals.failed('192.0.2.7', world.now(), 'github');
    expect(await told()).toEqual([10, 100].map((failures) => ({ failures, withinSeconds: 600, provider: 'github' })));
    await signals.failed('192.0.2.7', world.now(), 'google');
    expect((await told()).at(-1)).toEqual({ failures: 1000, withinSeconds: 600, provider: 'several' });
    for (let n = 1; n <= 10; n += 1) await signals.failed('192.0.2.8', world.now(), 'somebody@home.example');
    expect((await told()).at(-1)).toEqual({ failures: 10, withinSeconds: 600, provider: 'other' });
    expect(JSON.stringify(await told())).not.toMatch(/192\.0\.2|@/);
  });
});

describe('a signal that cannot be written', () => {
  it('is left out, and whoever signs in notices nothing', async () => {
    const down: Pick<Database, 'control'> = { control: () => Promise.reject(new Error('the database is down')) };
    const lines: string[] = [];
    const signals = createSignInSignals({
      db: down,
      log: { ...silentLogger, warn: (event) => void lines.push(event) },
    });
    await signals.signedIn(newId<PersonId>(), deviceOf(EDGE), world.now());
    for (let n = 1; n <= 10; n += 1) await signals.failed('192.0.2.9', world.now());
    expect(lines).toEqual(['sign_in.signal_lost', 'sign_in.signal_lost']);
  });
});
