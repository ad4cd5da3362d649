import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newRandomId, type FamilyId, type PersonId } from '../../platform/ids.ts';
import { createLiveVault } from '../../platform/secrets/live-vault.ts';
import { resealAll } from '../../platform/secrets/reseal.ts';
import { createVault, type Vault } from '../../platform/secrets/vault.ts';
import type { AccessTables } from '../access.tables.ts';
import { announce } from '../standing/change.store.ts';
import { MAX_AGE_MS } from '../standing/standing.ts';
import { createTokens } from './create-tokens.ts';
import {
  KEY_SET_MAX_AGE_S,
  PUBLISH_LEAD_MS,
  RETIRED_MS,
  rotateSigningKey,
  withdrawSigningKeys,
} from './key-rotation.ts';
import { signingKeyPlace } from './sealed-keys.store.ts';
import { keySealing, newSigningKey, openPrivateKey, readPublicKey } from './signing-key.ts';
import { listKeys } from './signing-key.store.ts';
import { ISSUER, openTokenWorld, type TokenProcess, type TokenWorld } from './token-world.testing.ts';
import { TOKEN_LIFETIMES } from './token.ts';

let world: TokenWorld;
beforeAll(async () => {
  world = await openTokenWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(async () => {
  await world.change('keys', '', (tables) => tables.deleteFrom('signing_key').execute());
  await Promise.all([world.here.standing.catchUp(), world.there.standing.catchUp()]);
});

const kidsOf = async ({ tokens }: TokenProcess) => (await tokens.keySet()).keys.map((key) => key.kid);
const mint = ({ tokens }: TokenProcess) =>
  tokens.mint(
    'refresh',
    { sub: newRandomId<PersonId>(), fid: newRandomId<FamilyId>() },
    { seconds: TOKEN_LIFETIMES.refresh },
  );
const kidOf = (token: string) => decodeProtectedHeader(token).kid;
const stored = () =>
  world.here.db.control((tx) => tx.withTables<AccessTables>().selectFrom('signing_key').selectAll().execute());
const change = (values: { public_jwk?: string; sealed_private?: string }) =>
  world.here.db.control(async (tx) => {
    await tx.withTables<AccessTables>().updateTable('signing_key').set(values).execute();
    await announce(tx, [{ kind: 'keys', subject: '' }], world.now());
  });
const rotate = () => rotateSigningKey({ db: world.here.db, keys: world.sealing }, world.now());

describe('the first key', () => {
  it('is made once, however many processes and callers need it at once', async () => {
    const both = [world.here, world.there];
    const made = await Promise.all([...both, ...both, ...both].map(async (each) => kidOf((await mint(each)).token)));
    expect(new Set(made).size).toBe(1);
    expect(await stored()).toHaveLength(1);
    expect(await kidsOf(world.there)).toEqual([made[0]]);
  });

  it('stands in the database in a form that signs nothing', async () => {
    await mint(world.here);
    const [row] = await stored();
    expect(row?.sealed_private).toMatch(/^enc:v2:/);
    const [key] = await world.here.db.control((tx) => listKeys(tx, world.now()));
    expect(JSON.stringify(row)).not.toContain('"d"');
    expect(key?.kid).toBe(await calculateJwkThumbprint({ ...key?.publicJwk, key_ops: ['verify'] }));
  });
});

describe('rotation', () => {
  // Proves: OAuth 17, ASVS 49.
  it('publishes a key before it signs, and goes on serving the old one until its last token is dead', async () => {
    expect(PUBLISH_LEAD_MS).toBeGreaterThanOrEqual(600_000 + KEY_SET_MAX_AGE_S * 1000);
    const { token } = await mint(world.here);
    const before = kidOf(token) ?? '';
    const { kid: next, activeFrom } = await rotate();
    expect(activeFrom.getTime()).toBe(world.now().getTime() + PUBLISH_LEAD_MS);
    await world.here.standing.catchUp();
    expect(await kidsOf(world.here)).toEqual([before, next]);
    expect(kidOf((await mint(world.here)).token)).toBe(before);

    world.advance(PUBLISH_LEAD_MS - 1);
    const last = await mint(world.there);
    expect(kidOf(last.token)).toBe(before);
    world.advance(1);
    expect(kidOf((await mint(world.there)).token)).toBe(next);
    expect(await kidsOf(world.there)).toEqual([next, before]);

    world.advance(TOKEN_LIFETIMES.refresh * 1000 - 1000);
    expect(await world.here.tokens.verify(['refresh'], last.token)).not.toBeNull();
    world.advance(RETIRED_MS - TOKEN_LIFETIMES.refresh * 1000 + 1000);
    expect(await kidsOf(world.here)).toEqual([next]);
    expect(await world.here.tokens.verify(['refresh'], token)).toBeNull();
  });

  it('is known to other processes by the standing’s age, and its tokens verify there at once', async () => {
    await mint(world.here);
    await kidsOf(world.there);
    const { kid } = await rotate();
    world.advance(MAX_AGE_MS + 1);
    expect(await kidsOf(world.there)).toContain(kid);
    world.advance(PUBLISH_LEAD_MS);
    const { token } = await mint(world.here);
    expect(await world.there.tokens.verify(['refresh'], token)).not.toBeNull();
  });

  it('does not pile keys up while one is waiting, and takes away what is over', async () => {
    await mint(world.here);
    const twice = await Promise.all([rotate(), rotate()]);
    expect(twice[0]).toEqual(twice[1]);
    expect(await stored()).toHaveLength(2);
    world.advance(PUBLISH_LEAD_MS + RETIRED_MS + 1);
    await rotate();
    expect((await stored()).map((row) => row.kid)).toContain(twice[0]?.kid);
    expect(await stored()).toHaveLength(2);
  });

  // Proves: ASVS 49.
  it('goes on through two turns, the one that signs always first', async () => {
    await mint(world.here);
    const first = await kidsOf(world.here);
    for (let turn = 0; turn < 2; turn += 1) {
      const { kid } = await rotate();
      world.advance(PUBLISH_LEAD_MS + 1);
      expect((await kidsOf(world.here))[0]).toBe(kid);
      expect(kidOf((await mint(world.here)).token)).toBe(kid);
    }
    expect((await kidsOf(world.here)).at(-1)).toBe(first[0]);
    expect(await kidsOf(world.here)).toHaveLength(3);
  });
});

describe('keys that became known to a stranger', () => {
  it('die at once with everything they signed, remembered or not', async () => {
    const { token } = await mint(world.here);
    expect(await world.there.tokens.verify(['refresh'], token)).not.toBeNull();
    const { kid } = await withdrawSigningKeys({ db: world.here.db, keys: world.sealing }, world.now());
    await world.here.standing.catchUp();
    expect(await world.here.tokens.verify(['refresh'], token)).toBeNull();
    world.advance(MAX_AGE_MS + 1);
    expect(await world.there.tokens.verify(['refresh'], token)).toBeNull();
    expect(await kidsOf(world.there)).toEqual([kid]);
  });
});

describe('a key that is not as it must be', () => {
  // Proves: OAuth 12.
  it('is refused when it is weak', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    await expect(readPublicKey(weak)).rejects.toThrow('2048');
    const padded = Buffer.concat([Buffer.alloc(200), Buffer.from(String(weak.n), 'base64url')]).toString('base64url');
    await expect(readPublicKey({ ...weak, n: padded })).rejects.toThrow('2048');
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    await expect(readPublicKey(curve)).rejects.toThrow('RSA');
    await mint(world.here);
    await change({ public_jwk: JSON.stringify(weak) });
    await world.here.standing.catchUp();
    await expect(mint(world.here)).rejects.toThrow('2048');
    await expect(world.here.tokens.keySet()).rejects.toThrow('2048');
  });

  // Proves: ASVS 57.
  it('signs nothing when it cannot be opened, while its tokens still verify', async () => {
    const { token } = await mint(world.here);
    const elsewhere = keySealing(createVault([randomBytes(32)]));
    const tokens = await createTokens({
      ...world.there.deps,
      clock: { now: world.now },
      keys: elsewhere,
      issuer: ISSUER,
    });
    await expect(
      tokens.mint('m2m', { svc: 's', actions: ['*'], caller: 'c', aud_target: null }, { seconds: 1 }),
    ).rejects.toThrow('key_unknown');
    expect(await tokens.verify(['refresh'], token)).not.toBeNull();
    expect(await stored()).toHaveLength(1);
  });

  it('does not sign in the place of another', async () => {
    await mint(world.here);
    const [own] = await world.here.db.control((tx) => listKeys(tx, world.now()));
    const other = await newSigningKey(world.sealing);
    if (own === undefined) throw new Error('no key');
    await expect(openPrivateKey({ ...own, sealedPrivate: other.sealedPrivate }, world.sealing)).rejects.toThrow('auth');
    const resealed = world.sealing.seal(own.kid, world.sealing.open(other.kid, other.sealedPrivate));
    await expect(openPrivateKey({ ...own, sealedPrivate: resealed }, world.sealing)).rejects.toThrow(
      'another public key',
    );
    await change({ public_jwk: JSON.stringify(other.publicJwk) });
    await world.here.standing.catchUp();
    await expect(mint(world.here)).rejects.toThrow('name');
  });
});

describe('a new key of the vault', () => {
  const ring = (...keys: Uint8Array[]) => createVault(keys);
  const processWith = (vault: Vault) =>
    createTokens({ ...world.here.deps, clock: { now: world.now }, keys: keySealing(vault), issuer: ISSUER });
  const mintBy = async (tokens: Awaited<ReturnType<typeof createTokens>>) =>
    kidOf(
      (await tokens.mint('m2m', { svc: 's', actions: ['*'], caller: 'c', aud_target: null }, { seconds: 1 })).token,
    );
  const places = [signingKeyPlace({ now: () => world.now() })];

  it('seals the signing keys anew, so that the old one can go', async () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const kid = await mintBy(await processWith(ring(old)));
    expect(await resealAll(world.here.db, ring(fresh, old), places)).toBe(1);
    expect(await mintBy(await processWith(ring(fresh)))).toBe(kid);
    await expect(processWith(ring(old)).then(mintBy)).rejects.toThrow('key_unknown');
  });

  it('is noticed by a process that had read the keys before and opened none', async () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const kid = await mintBy(await processWith(ring(old)));
    let file: Uint8Array[] | null = null;
    const tokens = await processWith(createLiveVault([old], () => file));
    await tokens.keySet();
    file = [fresh];
    await resealAll(world.here.db, ring(fresh, old), places);
    await world.here.standing.catchUp();
    expect(await mintBy(tokens)).toBe(kid);
  });

  it('finds keys that expired, too: they lie there until they are deleted', async () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    await mintBy(await processWith(ring(old)));
    await world.change('keys', '', (tables) =>
      tables
        .updateTable('signing_key')
        .set({ verify_until: new Date(0) })
        .execute(),
    );
    expect(await resealAll(world.here.db, ring(fresh, old), places)).toBe(1);
    expect(await resealAll(world.here.db, ring(fresh, old), places)).toBe(0);
  });
});
