// How a secret stands in the database. `enc:v1` is the plain envelope of imported rows; `enc:v2` is our own: it names
// its key, so keys rotate while running, and is bound to its reader's context, so it cannot be moved to another row.
import { lengthPrefixed } from './length-prefixed.ts';
import { openText, refused, sealText, type Opened, type Refused } from './sealing.ts';
import type { Vault } from './vault.ts';

const V1 = 'enc:v1:';
const V2 = 'enc:v2:';
const NOTHING = new Uint8Array();
/** `\s` includes the byte order mark. */
const LOOKS_SEALED = /^\s*enc:v[0-9]/i;
const V2_FORM = /^enc:v2:([0-9a-f]{16}):(.*)$/s;

export type { Opened, Refused, RefusalReason } from './sealing.ts';
export type Legacy = { readonly kind: 'legacy'; readonly plaintext: string };

/** Who may read a sealed value. Each (workspace, holder) has its own derived key; all three are bound to the value. */
export interface SealContext {
  /** The workspace's id, or null for a value of the installation itself. */
  readonly workspaceId: string | null;
  /** What the secret belongs to, such as `connection:<id>`. */
  readonly holder: string;
  /** Which secret of the holder it is, such as `refresh_token`. */
  readonly field: string;
}

/** Whether text claims to be an envelope of any version. Such text is opened or refused, never taken as plain text. */
export function looksSealed(value: string): boolean {
  return LOOKS_SEALED.test(value);
}

/**
 * Seals text as `enc:v1:<iv>:<tag>:<ciphertext>` without associated data. Always seals: text that is empty,
 * or that looks sealed already, is data like any other.
 *
 * @param key 32 bytes
 * @throws a fault when the key has another size or the text is not well-formed Unicode
 */
export function sealV1(plaintext: string, key: Uint8Array): string {
  return V1 + sealText(plaintext, key, NOTHING);
}

/**
 * Opens a value of the v1 form. What does not look sealed is a legacy value and comes back as it is;
 * what looks sealed but is not exactly of the form is refused. Never throws.
 */
export function openV1(value: string, key: Uint8Array): Opened | Legacy | Refused {
  if (!looksSealed(value)) return { kind: 'legacy', plaintext: value };
  return value.startsWith(V1) ? openText(value.slice(V1.length), key, NOTHING) : refused('format');
}

/**
 * Seals text for one reader as `enc:v2:<key id>:<iv>:<tag>:<ciphertext>`, under the vault's current key.
 *
 * @throws a fault when the text is not well-formed Unicode
 */
export function seal(vault: Vault, context: SealContext, plaintext: string): string {
  const keyId = vault.currentKeyId;
  const key = vault.deriveFor('vault', holderOf(context), keyId);
  if (key === null) throw new Error('the vault does not know its own current key');
  return `${V2}${keyId}:${sealText(plaintext, key, associatedData(context, keyId))}`;
}

/**
 * Opens a v2 value for the reader it was sealed for, with whichever key of the vault sealed it. Never throws.
 * Plain text and v1 are refused here: in a place of ours they can only have been planted; an import reads them
 * with `openV1` and seals anew.
 */
export function open(vault: Vault, context: SealContext, value: string): Opened | Refused {
  const [, keyId, rest] = V2_FORM.exec(value) ?? [];
  if (keyId === undefined || rest === undefined) return refused('format');
  const key = vault.deriveFor('vault', holderOf(context), keyId);
  return key === null ? refused('key_unknown') : openText(rest, key, associatedData(context, keyId));
}

/** The id of the key that a v2 value says it was sealed with; null when it is no v2 value. Proves nothing about the rest. */
export function keyIdIn(value: string): string | null {
  return V2_FORM.exec(value)?.[1] ?? null;
}

/** Whether a v2 value was sealed with an older key than the current one and should be opened and sealed anew. */
export function needsResealing(vault: Vault, value: string): boolean {
  return !value.startsWith(`${V2}${vault.currentKeyId}:`);
}

function holderOf(context: SealContext): Uint8Array {
  return lengthPrefixed([context.workspaceId, context.holder]);
}

function associatedData(context: SealContext, keyId: string): Uint8Array {
  return lengthPrefixed(['enc:v2', keyId, context.workspaceId, context.holder, context.field]);
}
