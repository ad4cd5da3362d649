import { createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../platform/db/database.ts';
import { type FamilyId, newRandomId, type PersonId, type TokenId, type WorkspaceId } from '../../platform/ids.ts';
import { createTokens } from './create-tokens.ts';
import { openPrivateKey } from './signing-key.ts';
import { listKeys } from './signing-key.store.ts';
import { ISSUER, openTokenWorld, type TokenWorld } from './token-world.testing.ts';
import { TOKEN_AUDIENCES, TOKEN_TYPES, type TokenClaims, type TokenKind } from './token.ts';

let world: TokenWorld;
beforeAll(async () => {
  world = await openTokenWorld();
});
afterAll(() => world.close());

const sub = newRandomId<PersonId>();
const wid = newRandomId<WorkspaceId>();
const fid = newRandomId<FamilyId>();
const workspace = { wid, wslug: 'home', wrole: 'editor' } as const;
const CLAIMS: TokenClaims = {
  access: { sub, email: 'ada@home.example', name: 'Ada', ...workspace, groups: [], fid },
  refresh: { sub, fid },
  admin: { sub, email: 'ada@home.example', name: 'Ada', admin: true },
  authz: { sub, ...workspace, actions: ['docs:read'], idp_sub: '1', idp_iss: 'https://idp.example', svc: 'docs' },
  m2m: { svc: 'suite', actions: ['*'], caller: 'docs', aud_target: null },
};
const KINDS = Object.keys(CLAIMS) as TokenKind[];
const mint = (kind: TokenKind, seconds = 300) => world.here.tokens.mint(kind, CLAIMS[kind], { seconds });
const seconds = (at: Date) => Math.floor(at.getTime() / 1000);

/** A token signed with our own key that says whatever the test says. */
async function forge(payload: object, header: object = {}): Promise<string> {
  const [key] = await world.here.db.control((tx) => listKeys(tx, world.now()));
  if (key === undefined) throw new Error('no key');
  const now = seconds(world.now());
  const whole = { iss: ISSUER, aud: TOKEN_AUDIENCES.access, type: TOKEN_TYPES.access, ...CLAIMS.access };
  return new SignJWT({ ...whole, jti: newRandomId<TokenId>(), iat: now, exp: now + 300, ...payload })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...header })
    .sign(await openPrivateKey(key, world.sealing));
}
const isAccess = async (token: string) => (await world.here.tokens.verify(['access'], token)) !== null;

describe('a token', () => {
  it('is read back as it was made', async () => {
    for (const kind of KINDS) {
      const { token, jti, expiresAt } = await mint(kind);
      const read = await world.there.tokens.verify([kind], token);
      const issuedAt = new Date(seconds(world.now()) * 1000);
      expect(read).toEqual({ kind, jti, issuedAt, expiresAt, ...CLAIMS[kind] });
      expect(expiresAt.getTime() - issuedAt.getTime()).toBe(300_000);
    }
  });

  // Proves: OAuth 41.
  it('verifies for a stranger who has the published keys only, and names its key', async () => {
    const { keys } = await world.here.tokens.keySet();
    const { token } = await mint('access');
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: keys[0]?.kid });
    const { payload } = await jwtVerify(token, await importJWK(JSON.parse(JSON.stringify(keys[0])), 'RS256'), {
      issuer: ISSUER,
      audience: 'sentinel:access',
      currentDate: world.now(),
    });
    expect(payload).toMatchObject({ sub, wrole: 'editor', type: 'access', groups: [] });
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(['alg', 'e', 'key_ops', 'kid', 'kty', 'n', 'use']);
  });

  // Proves: OAuth 7, ASVS 15.
  it('is good for its own kind only', async () => {
    const made = await Promise.all(KINDS.map(async (kind) => ({ kind, ...(await mint(kind)) })));
    const accepted = await Promise.all(
      made.flatMap(({ kind, token }) =>
        KINDS.map(async (asked) => ((await world.here.tokens.verify([asked], token)) === null ? [] : [[kind, asked]])),
      ),
    );
    expect(accepted.flat()).toEqual(KINDS.map((kind) => [kind, kind]));
    const others = await Promise.all(
      made.map(async ({ kind, token }) =>
        world.here.tokens.verify(
          KINDS.filter((each) => each !== kind),
          token,
        ),
      ),
    );
    expect(others).toEqual(KINDS.map(() => null));
  });

  // Proves: OAuth 3, OAuth 7, ASVS 19.
  it('with audience, type or header of another kind is none', async () => {
    expect(await isAccess(await forge({}))).toBe(true);
    for (const kind of KINDS.filter((each) => each !== 'access')) {
      expect(await isAccess(await forge({ aud: TOKEN_AUDIENCES[kind] }))).toBe(false);
      expect(await isAccess(await forge({ type: TOKEN_TYPES[kind] }))).toBe(false);
    }
    for (const typ of ['JWT', 'authz+jwt', 'AT+JWT', undefined])
      expect(await isAccess(await forge({}, { typ }))).toBe(false);
    expect(await isAccess(await forge({ aud: [TOKEN_AUDIENCES.access, 'other'] }))).toBe(false);
    for (const iss of ['http://localhost:9003/', 'http://localhost', '', undefined])
      expect(await isAccess(await forge({ iss }))).toBe(false);
  });

  // Proves: OAuth 5, OAuth 49.
  it('lacks no claim, and none is of another type', async () => {
    const never = [undefined, null, true, {}, 'x'.repeat(5000), [7], -1, 1.5];
    for (const claim of ['sub', 'jti', 'iat', 'exp', 'aud', 'type', 'wid', 'wrole', 'groups', 'fid'])
      for (const value of [...never, '2026-03-01'])
        expect([claim, value, await isAccess(await forge({ [claim]: value }))]).toEqual([claim, value, false]);
    for (const claim of ['wslug', 'email', 'name'])
      for (const value of never)
        expect([claim, value, await isAccess(await forge({ [claim]: value }))]).toEqual([claim, value, false]);
    for (const wrole of ['Owner', 'root', '']) expect(await isAccess(await forge({ wrole }))).toBe(false);
  });

  // Proves: OAuth 1, OAuth 2, OAuth 8, ASVS 11, ASVS 12, ASVS 13.
  it('has a header without tricks', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = other.publicKey.export({ format: 'jwk' });
    const { token } = await mint('access');
    const [head = '', body = ''] = token.split('.');
    const kid = decodeProtectedHeader(token).kid ?? '';
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const signedBy = (header: object) =>
      new SignJWT(JSON.parse(Buffer.from(body, 'base64url').toString()))
        .setProtectedHeader({ alg: 'RS256', ...header })
        .sign(other.privateKey);
    const { keys } = await world.here.tokens.keySet();
    const publicText = JSON.stringify(keys[0]);
    const hmacHead = encode({ alg: 'HS256', typ: 'at+jwt', kid });
    const hmac = createHmac('sha256', publicText).update(`${hmacHead}.${body}`).digest('base64url');
    const unsigned = ['none', 'None', 'NONE', ''].map((alg) => `${encode({ alg, typ: 'at+jwt', kid })}.${body}.`);
    const bad = [
      ...unsigned,
      ...unsigned.map((each) => `${each}AA`),
      `${hmacHead}.${body}.${hmac}`,
      await signedBy({ kid, typ: 'at+jwt' }),
      await signedBy({ kid: 'x', typ: 'at+jwt', jwk, jku: 'https://keys.example/jwks.json' }),
      await signedBy({ typ: 'at+jwt', jwk }),
      await forge({}, { kid: undefined }),
      await forge({}, { kid: '../../keys' }),
      `${head}.${body}`,
      `${token}.`,
      ` ${token}`,
      `${token}\n`,
      `${token.slice(0, -6)}AAAAAA`,
    ];
    for (const each of bad) expect([each, await isAccess(each)]).toEqual([each, false]);
    await expect(forge({}, { crit: ['x'], x: 1 })).rejects.toThrow('x');
    const critical = encode({ alg: 'RS256', typ: 'at+jwt', kid, crit: ['x'], x: 1 });
    expect(await isAccess(`${critical}.${body}.${token.split('.')[2]}`)).toBe(false);
  });

  // Proves: OAuth 9.
  it('is no longer than 8192 characters', async () => {
    const groups = Array.from({ length: 150 }, () => newRandomId());
    const long = await forge({ groups });
    expect(long.length).toBeGreaterThan(8192);
    expect(await isAccess(long)).toBe(false);
    expect(await isAccess(await forge({ groups: groups.slice(0, 100) }))).toBe(true);
    await expect(
      world.here.tokens.mint('authz', { ...CLAIMS.authz, actions: ['x'.repeat(8000)] }, { seconds: 300 }),
    ).rejects.toThrow('8192');
  });

  // Proves: OAuth 9, ASVS 11.
  it('of any damage is null and never a fault', async () => {
    const { token } = await mint('access');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        expect(await isAccess(text)).toBe(false);
        expect(await isAccess(`${text}.${text}.${text}`)).toBe(false);
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 8), fc.constantFrom('A', 'x', '.', '_', '='), async (at, letter) => {
        fc.pre(token[at] !== letter);
        expect(await isAccess(token.slice(0, at) + letter + token.slice(at + 1))).toBe(false);
      }),
    );
  });

  // Proves: OAuth 9.
  it('of a sum of parts that are not JSON objects is null', async () => {
    const encode = (text: string) => Buffer.from(text).toString('base64url');
    const kid = (await world.here.tokens.keySet()).keys[0]?.kid ?? '';
    const head = encode(JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid }));
    for (const part of ['[]', 'null', '"x"', '{', '\u0000', '{"alg":"RS256","alg":"none"}'])
      for (const token of [`${encode(part)}.${encode('{}')}.AA`, `${head}.${encode(part)}.AA`])
        expect(await isAccess(token)).toBe(false);
  });
});

describe('time', () => {
  // Proves: OAuth 6, OAuth 50, ASVS 14.
  it('ends a token exactly when it says, however far clocks differ', async () => {
    const at = seconds(world.now());
    const accepted = async (changes: object) => isAccess(await forge(changes));
    for (const left of [-120, -61, -59, -1, 0])
      expect([left, await accepted({ exp: at + left })]).toEqual([left, false]);
    for (const left of [1, 59, 61, 120]) expect([left, await accepted({ exp: at + left })]).toEqual([left, true]);
  });

  // Proves: OAuth 6, OAuth 50, ASVS 14.
  it('lets no token come from more than a minute in the future', async () => {
    const at = seconds(world.now());
    for (const ahead of [-120, -61, -59, 0, 59, 60])
      expect([ahead, await isAccess(await forge({ iat: at + ahead }))]).toEqual([ahead, true]);
    for (const ahead of [61, 120, 1e9])
      expect([ahead, await isAccess(await forge({ iat: at + ahead }))]).toEqual([ahead, false]);
    for (const nbf of [at + 120, 'soon']) expect(await isAccess(await forge({ nbf }))).toBe(false);
  });

  it('ends a remembered token too', async () => {
    const { token } = await mint('access', 10);
    expect(await isAccess(token)).toBe(true);
    world.advance(9000);
    expect(await isAccess(token)).toBe(true);
    world.advance(1000);
    expect(await isAccess(token)).toBe(false);
  });

  it('is a whole positive number of seconds', async () => {
    for (const bad of [0, -1, 1.5, Number.NaN]) await expect(mint('m2m', bad)).rejects.toThrow('seconds');
  });
});

describe('what it costs', () => {
  it('asks the database nothing to verify, known or new', async () => {
    const { token } = await mint('access');
    const { token: other } = await mint('access');
    await world.here.standing.refresh();
    await isAccess(token);
    const before = world.here.statements();
    await Promise.all(Array.from({ length: 50 }, () => isAccess(token)));
    expect(await isAccess(other)).toBe(true);
    await mint('refresh');
    expect(world.here.statements() - before).toBe(0);
  });

  it('asks nothing for keys that nobody has', async () => {
    await world.here.standing.refresh();
    const token = await forge({}, { kid: 'unknown' });
    const before = world.here.statements();
    for (let n = 0; n < 20; n += 1) expect(await isAccess(token)).toBe(false);
    expect(world.here.statements() - before).toBe(0);
  });
});

describe('a fault', () => {
  // Proves: ASVS 57.
  it('while the keys are read is thrown, and gone with its cause', async () => {
    let broken = true;
    const { standing, db } = world.here;
    const flaky: Pick<Database, 'control'> = {
      control: (work) => (broken ? Promise.reject(new Error('no connection')) : db.control(work)),
    };
    const tokens = await createTokens({
      db: flaky,
      clock: { now: world.now },
      keys: world.sealing,
      issuer: ISSUER,
      standing,
    });
    const { token } = await mint('access');
    await expect(tokens.verify(['access'], token)).rejects.toThrow('no connection');
    await expect(tokens.mint('m2m', CLAIMS.m2m, { seconds: 1 })).rejects.toThrow('no connection');
    broken = false;
    expect(await tokens.verify(['access'], token)).not.toBeNull();
  });
});
