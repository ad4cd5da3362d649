// Conformance with the access contract: what the server does not believe, and how much it lets itself be asked. The providers'
// tokens are signed by the stand-in, right or wrong in one thing each; whatever is wrong is a 400, never a fault. Numbers are
// the contract's rows.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { EXTRA_CLAIMS, sandboxUser } from '@sentinel/sandbox/identity';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from '../conformance/page.ts';
import { postJson } from '../conformance/proxy-client.ts';
import { Refusal } from '../conformance/shapes.ts';
import { APP, CALLBACK, openWorld, PEOPLE, type World } from '../conformance/world.ts';

type Order = Parameters<World['standIns']['idToken']>[0];
let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world?.close();
});

const signed = (changes: Partial<Order> = {}) =>
  world.standIns.idToken({ issuer: 'google', user: PEOPLE.viewer, ...changes });

/** As the application's page asks, each time from another address, so that no limit is met. */
async function resolve(body: object): Promise<Response> {
  const init = postJson(body);
  const headers = { ...(init.headers as Record<string, string>), origin: APP };
  return await openBrowser().fetch(`${world.base}/authz/resolve`, { ...init, headers, credentials: 'omit' });
}

describe('when a provider cannot be asked', () => {
  // Proves: ASVS 57.
  it('a token of GitHub is neither believed nor refused: 503', async () => {
    world.standIns.down(true, 'github');
    try {
      world.standIns.setUser('github', sandboxUser('8002', 'gil@acme.example'));
      const token = world.standIns.gitHub.issueToken(world.clientId, '8002');
      expect((await resolve({ idp_token: token, provider: 'github' })).status).toBe(503);
    } finally {
      world.standIns.down(false);
    }
  });

  // Proves: OAuth 13, OAuth 14.
  it('the keys of an issuer are remembered, and a flood of unknown ones does not reach it', async () => {
    const ask = async () => (await resolve({ idp_token: signed(), provider: 'google' })).status;
    expect(await ask()).toBe(200);
    world.standIns.down(true, 'google');
    expect(await ask()).toBe(200);
    world.standIns.down(false);
    const fetches = () => world.standIns.asked('google').filter((each) => each.endsWith('/jwks')).length;
    const before = fetches();
    const flood = Array.from({ length: 40 }, () =>
      resolve({ idp_token: signed({ header: { kid: randomUUID() } }), provider: 'google' }),
    );
    expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([400]));
    expect(fetches() - before).toBeLessThanOrEqual(1);
  });
});

// Proves: OAuth 1, OAuth 47.
describe('29: a provider’s token is refused as 400, whatever is wrong with it', () => {
  // A stand-in whose good tokens were refused would prove nothing.
  afterEach(async () => {
    expect((await resolve({ idp_token: signed(), provider: 'google' })).status).toBe(200);
  });

  const now = Math.floor(Date.now() / 1000);
  const claims: readonly [string, Record<string, unknown>][] = [
    ['expired', { exp: now - 120 }],
    ['without an end', { exp: undefined }],
    ['with an end that is text', { exp: String(now + 600) }],
    ['of the future', { iat: now + 3600, nbf: now + 3600 }],
    ['for another application', { aud: 'somebody-else' }],
    ['for nobody', { aud: undefined }],
    ['for several, of which one is not trusted', { aud: ['sentinel-at-the-provider', 'somebody-else'] }],
    ['of another issuer', { iss: 'https://accounts.google.com' }],
    ['without an issuer', { iss: undefined }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
    ['with an address that is not verified', { email_verified: false }],
    ['verified as the text "false"', { email_verified: 'false' }],
    ['verified as the text "true"', { email_verified: 'true' }],
    ['verified as 1', { email_verified: 1 }],
    ['without a word about verification', { email_verified: undefined }],
    ['without an address', { email: undefined }],
    ['with an address that is none', { email: 'not an address' }],
    ['with an address of the wrong type', { email: { address: 'a@visitor.example' } }],
  ];

  it.each(claims)('%s', async (_what, changes) => {
    await expectRefused(signed({ changes }));
  });

  const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const signatures: readonly [
    string,
    { header?: Record<string, unknown>; key?: Parameters<World['standIns']['idToken']>[0]['key'] },
  ][] = [
    ['unsigned', { header: { alg: 'none' }, key: null }],
    ['unsigned, spelled otherwise', { header: { alg: 'nOnE' }, key: null }],
    ['without a signature', { key: null }],
    ['signed with another key', { key: otherKey }],
    ['signed with a key of another kind', { header: { alg: 'ES256' }, key: ecKey }],
    ['signed with a secret', { header: { alg: 'HS256' }, key: Buffer.from('public') }],
    ['with an unknown key id', { header: { kid: 'unknown' }, key: otherKey }],
    [
      'with a key in its header',
      { header: { jwk: otherKey.export({ format: 'jwk' }), kid: undefined }, key: otherKey },
    ],
    ['pointing to keys elsewhere', { header: { jku: 'https://evil.example/keys', kid: 'x' }, key: otherKey }],
    ['with a critical member nobody knows', { header: { crit: ['made-up'], 'made-up': true } }],
    ['not encoded', { header: { b64: false, crit: ['b64'] } }],
  ];

  it.each(signatures)('%s', async (_what, how) => {
    await expectRefused(signed(how));
  });

  it.each(['x', 'a.b', 'a.b.c', '..', 'a.b.c.d.e', `${'x'.repeat(9000)}.y.z`, 'ü.ü.ü'])(
    'no token at all: %.20s',
    async (text) => {
      await expectRefused(text);
    },
  );

  it('of another provider, or of one that is not there', async () => {
    const ofCompany = world.standIns.idToken({ issuer: 'oidc', user: PEOPLE.viewer });
    await expectRefused(ofCompany);
    const good = signed();
    await expectRefused(good, 'myspace');
    await expectRefused(good, 'entra_id');
    await expectRefused(good, 'github');
  });

  it('one that the service’s own list of audiences does not name', async () => {
    const path = `/admin/service-apps/${world.otherService.id}`;
    await world.admin.json('PATCH', path, { allowed_idp_audiences: ['invoices-at-the-provider'] });
    const token = (aud: string) => signed({ changes: { aud } });
    const ask = async (aud: string) =>
      (await world.otherService.call('/authz/resolve', null, postJson({ idp_token: token(aud), provider: 'google' })))
        .status;
    expect(await ask('invoices-at-the-provider')).toBe(200);
    expect(await ask(world.clientId)).toBe(400);
    await world.admin.json('PATCH', path, { allowed_idp_audiences: [] });
  });

  // Proves: OAuth 49.
  it('any claim of any type: a refusal or a good answer, never a fault', async () => {
    for (const name of ['sub', 'email', 'email_verified', 'name', 'picture', 'iat', 'nbf', 'azp', ...EXTRA_CLAIMS]) {
      for (const value of [null, 0, -1, 1e308, true, '', [], {}, ['x'], '\u0000', 'x'.repeat(3000)]) {
        const changes = { [name]: value };
        const idpToken = signed({ changes });
        const { status } = await resolve({ idp_token: idpToken, provider: 'google' });
        // 409: another subject with the address of somebody who is here.
        expect([200, 400, ...(name === 'sub' ? [409] : [])], `${name} = ${JSON.stringify(value)}`).toContain(status);
      }
    }
  });

  async function expectRefused(idpToken: string, provider = 'google'): Promise<void> {
    const answer = await resolve({ idp_token: idpToken, provider });
    expect(answer.status).toBe(400);
    Refusal.parse(await answer.json());
  }
});

// Proves: OAuth 11.
it('30: a second subject with an address that is taken gets 409, and nothing is linked', async () => {
  const changes = { sub: 'an-impostor', email: (PEOPLE.viewer.email ?? '').toUpperCase() };
  const idpToken = signed({ changes });
  expect((await resolve({ idp_token: idpToken, provider: 'google' })).status).toBe(409);
  const detail = await world.admin.json('GET', `/admin/users/${world.ids.viewer}`);
  expect(detail).toMatchObject({ social_accounts: [{ provider: 'google', provider_user_id: PEOPLE.viewer.sub }] });
});

// Proves: ASVS 43, ASVS 58.
describe('36: too much is answered with 429 and how long to wait', () => {
  it('starting sign-ins, counted by address', async () => {
    const browser = openBrowser();
    const url = `${world.base}/auth/login/google?redirect_uri=${encodeURIComponent(CALLBACK)}&code_challenge=${'a'.repeat(42)}A`;
    const statuses: number[] = [];
    let last: Response | null = null;
    while (statuses.length < 40 && statuses.at(-1) !== 429) {
      last = await browser.fetch(url);
      statuses.push(last.status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.length).toBeGreaterThan(10);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await openBrowser().fetch(url)).status).toBe(302);
  });

  it('asking for tokens, as JSON', async () => {
    const page = openPage(APP);
    let last: Response | null = null;
    for (let count = 0; count < 120 && last?.status !== 429; count += 1)
      last = await page.fetch(`${world.base}/auth/refresh`, postJson({ refresh_token: 'x' }));
    expect(last?.status).toBe(429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    Refusal.parse(await last?.json());
  });

  it('and the key set is never refused', async () => {
    const browser = openBrowser();
    const many = Array.from({ length: 200 }, () => browser.fetch(`${world.base}/.well-known/jwks.json`));
    expect(new Set((await Promise.all(many)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});
