// Keys of the stand-in issuers, and tokens signed with them by hand: the right ones, and every wrong one a test needs.
import { createHash, createHmac, generateKeyPair, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';

export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** Private members included; for the provider's own key store. */
  readonly jwk: JsonWebKey & { readonly kid: string };
}

/** A new RSA key of 2048 bits, for RS256. */
export async function makeSigningKey(): Promise<SigningKey> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const jwk = pair.privateKey.export({ format: 'jwk' });
  const kid = thumbprint(jwk);
  return { kid, privateKey: pair.privateKey, jwk: { ...jwk, kid, use: 'sig', alg: 'RS256' } };
}

/** RFC 7638 §3: the required members of an RSA key in lexical order. */
function thumbprint({ e, n }: JsonWebKey): string {
  return createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url');
}

/** What signs: a private key, a secret for HMAC, or nothing at all. */
export type SignsWith = KeyObject | Uint8Array | null;

/**
 * A JWT in compact form (RFC 7515 §7.1), signed as its header's `alg` says: RS256, ES256, HS256; with null the signature
 * is empty, whatever the header says.
 *
 * @throws Error for another `alg`
 */
export function signToken(header: Readonly<Record<string, unknown>>, payload: unknown, key: SignsWith): string {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${key === null ? '' : signatureOf(input, header['alg'], key)}`;
}

function signatureOf(input: string, alg: unknown, key: KeyObject | Uint8Array): string {
  if (key instanceof Uint8Array) {
    if (alg !== 'HS256') throw new Error('a secret signs HS256 only');
    return createHmac('sha256', key).update(input).digest('base64url');
  }
  if (alg === 'RS256') return sign('sha256', Buffer.from(input), key).toString('base64url');
  if (alg === 'ES256')
    return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  throw new Error('signs RS256, ES256 and HS256 only');
}

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
