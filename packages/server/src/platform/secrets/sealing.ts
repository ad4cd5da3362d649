// AES-256-GCM with a 96-bit random IV and the full 128-bit tag (NIST SP 800-38D), over UTF-8 text.
// The one place that calls the cipher: both envelope versions stand on it, and it never throws on hostile input.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { decodeBase64, encodeBase64 } from './base64.ts';

export const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Why a value was not opened: not of the form, key of the wrong size, key unknown, not authentic, not UTF-8. */
export type RefusalReason = 'format' | 'key' | 'key_unknown' | 'auth' | 'encoding';
export type Refused = { readonly kind: 'refused'; readonly reason: RefusalReason };
export type Opened = { readonly kind: 'opened'; readonly plaintext: string };

export const refused = (reason: RefusalReason): Refused => ({ kind: 'refused', reason });

/**
 * Seals text as `<iv>:<tag>:<ciphertext>`, each canonical base64. The IV is drawn here and cannot be handed in:
 * two texts under one key and IV would give both away.
 *
 * @param associated bytes that must be the same when opening; empty for none
 * @throws a fault when the key is not 32 bytes or the text holds half a surrogate pair (it would not come back the same)
 */
export function sealText(plaintext: string, key: Uint8Array, associated: Uint8Array): string {
  if (key.byteLength !== KEY_BYTES) throw new Error('a sealing key must be 32 bytes');
  if (!plaintext.isWellFormed()) throw new Error('the text to seal is not well-formed Unicode');
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(associated);
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return [iv, cipher.getAuthTag(), ciphertext].map(encodeBase64).join(':');
}

/** Opens `<iv>:<tag>:<ciphertext>` or says why not. Never throws. */
export function openText(sealed: string, key: Uint8Array, associated: Uint8Array): Opened | Refused {
  const parts = sealed.split(':');
  const [iv, tag, ciphertext] = parts.map(decodeBase64);
  // A tag that is cut short would be accepted by a plain GCM call; only the full length is.
  if (parts.length !== 3 || !ciphertext || iv?.byteLength !== IV_BYTES || tag?.byteLength !== TAG_BYTES)
    return refused('format');
  if (key.byteLength !== KEY_BYTES) return refused('key');
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(associated).setAuthTag(tag);
  let bytes: Uint8Array;
  try {
    bytes = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return refused('auth');
  }
  return decodeUtf8(bytes);
}

function decodeUtf8(bytes: Uint8Array): Opened | Refused {
  try {
    return { kind: 'opened', plaintext: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return refused('encoding');
  }
}
