// The RSA keys that our tokens are signed with (RS256, RFC 7518 §3.3). The private half is sealed by the vault under the
// key's own name, so it opens in no other row; a key that is weak, or not what its name says, is refused with a fault.
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, importJWK } from 'jose';
import { z } from 'zod';
import { open, seal, type SealContext } from '../../platform/secrets/envelope.ts';
import type { Vault } from '../../platform/secrets/vault.ts';
import type { PublicKeyJwk } from './token.ts';

export const ALGORITHM = 'RS256';
/** RFC 7518 §3.3 and RFC 8725 §3.5. */
export const LEAST_BITS = 2048;

/** A key as it is stored, with its times. */
export interface SigningKey {
  readonly kid: string;
  readonly publicJwk: PublicKeyJwk;
  readonly sealedPrivate: string;
  /** Signs from here on, until the next one does. */
  readonly activeFrom: Date;
  /** Verifies until here; null as long as none follows it. */
  readonly verifyUntil: Date | null;
}

export type NewSigningKey = Pick<SigningKey, 'kid' | 'publicJwk' | 'sealedPrivate'>;

/** Seals and opens private keys; see `keySealing`. */
export interface KeySealing {
  seal(kid: string, privateJwk: string): string;
  /** @throws a fault when it cannot be opened: nothing is ever signed with a key that is not whole */
  open(kid: string, sealed: string): string;
}

/** Which reader a private key is sealed for. */
export function sealContextOf(kid: string): SealContext {
  return { workspaceId: null, holder: 'tokens', field: kid };
}

export function keySealing(vault: Vault): KeySealing {
  return {
    seal: (kid, privateJwk) => seal(vault, sealContextOf(kid), privateJwk),
    open(kid, sealed) {
      const opened = open(vault, sealContextOf(kid), sealed);
      if (opened.kind === 'refused') throw new Error(`the signing key cannot be opened: ${opened.reason}`);
      return opened.plaintext;
    },
  };
}

const Base64Url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const StoredPublic = z.object({ kty: z.literal('RSA'), n: Base64Url, e: Base64Url });
const StoredPrivate = StoredPublic.extend({
  d: Base64Url,
  p: Base64Url,
  q: Base64Url,
  dp: Base64Url,
  dq: Base64Url,
  qi: Base64Url,
});

/** Makes a key. Takes a good part of a second of computing, off the main thread. */
export async function newSigningKey(sealing: KeySealing): Promise<NewSigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { modulusLength: LEAST_BITS, extractable: true });
  const publicJwk = await readPublicKey(await exportJWK(publicKey));
  const privateJwk = StoredPrivate.parse(await exportJWK(privateKey));
  return { kid: publicJwk.kid, publicJwk, sealedPrivate: sealing.seal(publicJwk.kid, JSON.stringify(privateJwk)) };
}

/**
 * Reads a public key; only its public members come out, whatever else stands there.
 *
 * @returns its name is the thumbprint of RFC 7638, which says everything about it
 * @throws a fault when it is no RSA key of at least 2048 bits
 */
export async function readPublicKey(stored: unknown): Promise<PublicKeyJwk> {
  const { kty, n, e } = StoredPublic.parse(stored);
  if (bitsOf(n) < LEAST_BITS) throw new Error(`a signing key has fewer than ${LEAST_BITS} bits`);
  const kid = await calculateJwkThumbprint({ kty, n, e }, 'sha256');
  return { kty, n, e, use: 'sig', alg: ALGORITHM, kid, key_ops: ['verify'] };
}

export function importPublicKey({ kty, n, e }: PublicKeyJwk): Promise<CryptoKey> {
  return importRsa({ kty, n, e });
}

/** @throws a fault when the private key cannot be opened or does not belong to the public one */
export async function openPrivateKey(key: SigningKey, sealing: KeySealing): Promise<CryptoKey> {
  const privateJwk = StoredPrivate.parse(JSON.parse(sealing.open(key.kid, key.sealedPrivate)));
  if (privateJwk.n !== key.publicJwk.n || privateJwk.e !== key.publicJwk.e)
    throw new Error('the private signing key belongs to another public key');
  return await importRsa(privateJwk);
}

async function importRsa(jwk: z.output<typeof StoredPublic> | z.output<typeof StoredPrivate>): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) throw new Error('an RSA key was read as a secret');
  return key;
}

/** Length of a modulus: leading zero bits do not count. */
function bitsOf(modulus: string): number {
  const digits = Buffer.from(modulus, 'base64url').toString('hex').replace(/^0+/, '');
  const [first = '0'] = digits;
  return digits === '' ? 0 : (digits.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(first, 16)));
}

/** The key that signs now: the one that became active last. One whose time has not come signs only where there is no other. */
export function signingKeyAt(keys: readonly SigningKey[], now: Date): SigningKey | null {
  const usable = verifyingKeysAt(keys, now);
  const started = usable.filter((key) => key.activeFrom <= now);
  return latest(started) ?? usable.toSorted(byActiveFrom)[0] ?? null;
}

/** The keys whose tokens may still be presented. */
export function verifyingKeysAt(keys: readonly SigningKey[], now: Date): readonly SigningKey[] {
  return keys.filter((key) => key.verifyUntil === null || now < key.verifyUntil);
}

/** The public keys as they are served: the one that signs first, because some readers look no further; then the newest. */
export function publishedKeysAt(keys: readonly SigningKey[], now: Date): readonly PublicKeyJwk[] {
  const current = signingKeyAt(keys, now);
  const others = verifyingKeysAt(keys, now).filter((key) => key !== current);
  return [...(current === null ? [] : [current]), ...others.toSorted(byActiveFrom).toReversed()].map(
    (key) => key.publicJwk,
  );
}

function latest(keys: readonly SigningKey[]): SigningKey | undefined {
  return keys.toSorted(byActiveFrom).at(-1);
}

function byActiveFrom(a: SigningKey, b: SigningKey): number {
  return a.activeFrom.getTime() - b.activeFrom.getTime();
}
