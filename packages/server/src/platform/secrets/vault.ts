// The installation's master keys and what is derived from them. One key of the ring seals and signs; the others only
// open and verify, so keys rotate without a stop. No key is ever used for two purposes.
import { hkdfSync } from 'node:crypto';
import { decodeBase64 } from './base64.ts';
import { lengthPrefixed } from './length-prefixed.ts';
import { KEY_BYTES } from './sealing.ts';

/** What keys are used for. A new use gets a new word here, never the key of another. */
export const KEY_PURPOSES = ['vault', 'cookies', 'webhooks', 'tokens', 'audit-signing', 'key-id'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

const NO_SALT = new Uint8Array();
const NO_CONTEXT = new Uint8Array();

export interface Vault {
  /** 16 hex digits that name the key which seals. They are derived from it and tell nothing about it. */
  readonly currentKeyId: string;
  /** All keys of the ring, the current one first. */
  readonly keyIds: readonly string[];
  /** 32 bytes for one purpose, from the current key. */
  deriveKey(purpose: Exclude<KeyPurpose, 'key-id'>): Uint8Array;
  /** The same from every key of the ring, the current one first: what was made before a rotation must still verify. */
  deriveKeys(purpose: Exclude<KeyPurpose, 'key-id'>): readonly Uint8Array[];
  /** 32 bytes for one purpose and one holder, from a named key; null when the ring has no key of that name. */
  deriveFor(purpose: Exclude<KeyPurpose, 'key-id'>, context: Uint8Array, keyId: string): Uint8Array | null;
}

/**
 * Makes a vault from its ring.
 *
 * @param ring 32 bytes each, the current key first
 * @param sealing the key that is current in place of the first; passed over when the ring does not have it
 * @throws a fault when the ring is empty or a key has another size
 */
export function createVault(ring: readonly Uint8Array[], sealing: string | null = null): Vault {
  if (ring.some((key) => key.byteLength !== KEY_BYTES)) throw new Error('a vault needs keys of 32 bytes each');
  const byId = new Map(ring.map((key) => [keyIdOf(key), Uint8Array.from(key)]));
  const currentKeyId = sealing !== null && byId.has(sealing) ? sealing : [...byId.keys()][0];
  const current = byId.get(currentKeyId ?? '');
  if (currentKeyId === undefined || current === undefined) throw new Error('a vault needs keys of 32 bytes each');
  const keyIds = [currentKeyId, ...[...byId.keys()].filter((id) => id !== currentKeyId)];
  const inOrder = keyIds.flatMap((id) => byId.get(id) ?? []);
  return {
    currentKeyId,
    keyIds,
    deriveKey: (purpose) => derive(current, purpose, NO_CONTEXT),
    deriveKeys: (purpose) => inOrder.map((key) => derive(key, purpose, NO_CONTEXT)),
    deriveFor: (purpose, context, keyId) => {
      const key = byId.get(keyId);
      return key === undefined ? null : derive(key, purpose, context);
    },
  };
}

/** Reads one master key: canonical standard base64 of exactly 32 bytes, or null. */
export function parseMasterKey(text: string): Uint8Array | null {
  const bytes = decodeBase64(text);
  return bytes?.byteLength === KEY_BYTES ? bytes : null;
}

/** HKDF-SHA256 (RFC 5869). The master key is uniform already, so no salt is needed (§3.1); `info` keeps uses apart (§3.2). */
function derive(master: Uint8Array, purpose: KeyPurpose, context: Uint8Array): Uint8Array {
  const info = Buffer.concat([lengthPrefixed(['sentinel', 'v1', purpose]), context]);
  return new Uint8Array(hkdfSync('sha256', master, NO_SALT, info, KEY_BYTES));
}

/** 16 hex digits that name a key and tell nothing about it. */
export function keyIdOf(master: Uint8Array): string {
  return Buffer.from(derive(master, 'key-id', NO_CONTEXT)).toString('hex', 0, 8);
}
