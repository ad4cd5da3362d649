// A checkpoint says, signed: "at this time the log of this workspace had so many rows, and its last row had this hash".
// Each names the one before. Whoever rewrites or cuts a log that a checkpoint has seen cannot make the checkpoint fit again.
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { decodeBase64, encodeBase64 } from '../secrets/base64.ts';
import { lengthPrefixed } from '../secrets/length-prefixed.ts';
import type { Vault } from '../secrets/vault.ts';
import { sha256, type ChainHead } from './audit-row.ts';

export interface CheckpointFact {
  readonly workspaceId: string;
  readonly seq: number;
  /** Hash of the row `seq`. */
  readonly head: string;
  /** Rows up to and with `seq`. */
  readonly count: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  /** Digest of the checkpoint before; for the first one the genesis hash of the workspace. */
  readonly prev: string;
}

export interface Checkpoint extends CheckpointFact {
  /** First 16 hex digits of SHA-256 over the public key's SubjectPublicKeyInfo. */
  readonly keyId: string;
  /** Ed25519 (RFC 8032) over `checkpointBytes`, standard base64. */
  readonly signature: string;
}

export type SignatureVerdict = 'valid' | 'invalid' | 'key_unknown';

export interface CheckpointKeys {
  /** Reads the public keys that were kept of master keys no longer at hand. Before older checkpoints are verified. */
  refresh(): Promise<void>;
  /** Signs with the current key. */
  sign(fact: CheckpointFact): Checkpoint;
  /** Checks with the key the checkpoint names, if it is one of ours. */
  verify(checkpoint: Checkpoint): SignatureVerdict;
  /** The public key of that id as PEM (SubjectPublicKeyInfo), the current one when the id is unknown. */
  publicKey(keyId: string): string;
}

/** The bytes that are signed: the fields in this order, each with its length before it. */
export function checkpointBytes(fact: CheckpointFact): Uint8Array {
  return lengthPrefixed([
    'sentinel-audit-checkpoint-v1',
    fact.workspaceId,
    String(fact.seq),
    fact.head,
    String(fact.count),
    fact.at,
    fact.prev,
  ]);
}

/** What the next checkpoint names as the one before. */
export function checkpointDigest(fact: CheckpointFact): string {
  return sha256(checkpointBytes(fact));
}

/** The fact to sign about a head that has just been proven. */
export function checkpointOf(workspaceId: string, head: ChainHead, prev: string, at: Date): CheckpointFact {
  return { workspaceId, seq: head.seq, head: head.hash, count: head.seq, at: at.toISOString(), prev };
}

/**
 * The signing keys of this installation. The private key is the 32 bytes that the vault derives for `audit-signing`,
 * taken as an Ed25519 seed, so none is stored. The vault's keys may change while this is in use.
 *
 * @param kept public keys of master keys that are no longer at hand; see `kept-keys.ts`
 */
export function checkpointKeys(vault: Vault, kept: KeptPublicKeys = NOTHING_KEPT): CheckpointKeys {
  let ring = '';
  let own: ReadonlyMap<string, string> = new Map();
  const find = (keyId: string): KeyObject | null => {
    const current = vault.keyIds.join();
    if (ring !== current) own = publicKeysOf(vault);
    ring = current;
    const pem = own.get(keyId) ?? kept.known().get(keyId);
    const key = pem === undefined ? null : createPublicKey(pem);
    return key !== null && publicKeyId(key) === keyId ? key : null;
  };
  return {
    refresh: () => kept.refresh(),
    sign(fact) {
      const key = privateKeyOf(vault.deriveKey('audit-signing'));
      const signature = encodeBase64(sign(null, checkpointBytes(fact), key));
      return { ...fact, keyId: publicKeyId(createPublicKey(key)), signature };
    },
    verify: (checkpoint) => verifyWith(find(checkpoint.keyId), checkpoint),
    publicKey: (keyId) => pemOf(find(keyId) ?? createPublicKey(privateKeyOf(vault.deriveKey('audit-signing')))),
  };
}

/** The part of `KeptKeys` that verifying needs. */
export interface KeptPublicKeys {
  known(): ReadonlyMap<string, string>;
  refresh(): Promise<void>;
}

const NOTHING_KEPT: KeptPublicKeys = { known: () => new Map(), refresh: async () => {} };

/** PEM by id of the keys that every master key at hand signs checkpoints with, the current one first. */
export function publicKeysOf(vault: Vault): ReadonlyMap<string, string> {
  const keys = vault.deriveKeys('audit-signing').map((seed) => createPublicKey(privateKeyOf(seed)));
  return new Map(keys.map((key) => [publicKeyId(key), pemOf(key)]));
}

/**
 * Verifies with one public key that somebody kept, such as the `--key` of an offline check.
 *
 * @param pem SubjectPublicKeyInfo of an Ed25519 key
 * @throws a fault when it is none
 */
export function checkpointVerifier(pem: string): Pick<CheckpointKeys, 'verify'> {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('the public key must be an Ed25519 key');
  const keyId = publicKeyId(key);
  return { verify: (checkpoint) => verifyWith(checkpoint.keyId === keyId ? key : null, checkpoint) };
}

/** The header of a PKCS #8 document that holds a raw Ed25519 seed (RFC 8410 §7). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' });
}

function publicKeyId(key: KeyObject): string {
  return sha256(key.export({ format: 'der', type: 'spki' })).slice(0, 16);
}

function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'spki' }).toString();
}

function verifyWith(key: KeyObject | null, checkpoint: Checkpoint): SignatureVerdict {
  if (key === null) return 'key_unknown';
  const signature = decodeBase64(checkpoint.signature);
  return signature !== null && verify(null, checkpointBytes(checkpoint), key, signature) ? 'valid' : 'invalid';
}
