// Ties the return from a provider to the person, workspace, provider, session and browser that the journey began with
// (RFC 6749 §10.12, RFC 9700 §4.7). The cookie is signed with a key of its own; the PKCE verifier is in neither cookie nor
// address, it is made again from the state with another key.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { CONNECTION_PROVIDERS, type ConnectionProvider } from '@sentinel/contract';
import { z } from 'zod';
import { parseId, type PersonId, type SessionId, type WorkspaceId } from '../../../platform/ids.ts';
import { lengthPrefixed } from '../../../platform/secrets/length-prefixed.ts';
import type { Vault } from '../../../platform/secrets/vault.ts';

/** How long a person may take at the provider. */
export const STATE_LIFETIME_MS = 600_000;

/** What a journey to a provider is bound to. */
export interface Journey {
  readonly person: PersonId;
  readonly workspace: WorkspaceId;
  readonly session: SessionId;
  readonly provider: ConnectionProvider;
}

/** A journey that a browser's cookie proves, before anything is compared. */
export interface IssuedState extends Journey {
  readonly state: string;
  readonly issuedAtMs: number;
  readonly verifier: string;
}

export interface StartedJourney {
  readonly state: string;
  /** S256 (RFC 7636 §4.2). */
  readonly challenge: string;
  /** For the browser. */
  readonly cookie: string;
}

/**
 * The cookie's name: one per provider, so that two tabs can be on their way to two of them. On https it is bound to this
 * very host, so that no neighbour can plant one.
 */
export function stateCookieName(secure: boolean, provider: ConnectionProvider): string {
  return `${secure ? '__Host-' : ''}sentinel_connect_${provider}`;
}

/** @param random 32 random bytes */
export function startJourney(vault: Vault, random: Uint8Array, journey: Journey, now: Date): StartedJourney {
  const state = Buffer.from(random).toString('base64url');
  const { person, workspace, session, provider } = journey;
  const payload = JSON.stringify([FORM, state, person, workspace, session, provider, now.getTime()]);
  const text = Buffer.from(payload).toString('base64url');
  const keyId = vault.currentKeyId;
  const verifier = verifierOf(vault, keyId, state);
  return {
    state,
    challenge: createHash('sha256').update(verifier).digest('base64url'),
    cookie: `${text}.${signatureOf(vault, keyId, text).toString('base64url')}`,
  };
}

/** Reads a cookie that this installation signed, with whichever key of the vault; null for any other text. */
export function readJourney(vault: Vault, cookie: string): IssuedState | null {
  const [, text, signature] = COOKIE.exec(cookie) ?? [];
  if (text === undefined || signature === undefined) return null;
  const keyId = vault.keyIds.find((each) => isSame(signatureOf(vault, each, text).toString('base64url'), signature));
  if (keyId === undefined) return null;
  const parsed = Payload.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  if (!parsed.success) return null;
  const [, state, personText, workspaceText, sessionText, provider, issuedAtMs] = parsed.data;
  const person = parseId<PersonId>(personText);
  const workspace = parseId<WorkspaceId>(workspaceText);
  const session = parseId<SessionId>(sessionText);
  if (person === null || workspace === null || session === null) return null;
  return { state, person, workspace, session, provider, issuedAtMs, verifier: verifierOf(vault, keyId, state) };
}

/** What a state is compared by; plain text, because what came back is not ours yet. */
export interface StateParty {
  readonly state: string | null;
  readonly person: string | null;
  readonly workspace: string | null;
  readonly provider: string;
}

export type StateVerdict =
  | { readonly accept: true }
  | { readonly accept: false; readonly reason: 'state' | 'used' | 'expired' | 'binding' };

/**
 * Holds what came back against what was issued: one value, compared exactly and in constant time, used once, in time, and
 * bound to person, workspace and provider.
 *
 * @param callback person and workspace are those of the live session that the journey began in; null when there is none
 * @param since age 0 and the greatest age itself are still in time; an age below 0 is a clock or a forgery
 */
export function judgeState(
  issued: StateParty,
  callback: StateParty,
  since: { readonly ageSeconds: number; readonly maxAgeSeconds: number; readonly usedBefore: boolean },
): StateVerdict {
  const isState = issued.state !== null && issued.state !== '' && callback.state !== null;
  if (!isState || !isSame(issued.state, callback.state)) return { accept: false, reason: 'state' };
  if (since.usedBefore) return { accept: false, reason: 'used' };
  if (!(since.ageSeconds >= 0 && since.ageSeconds <= since.maxAgeSeconds)) return { accept: false, reason: 'expired' };
  const isBound =
    issued.person === callback.person &&
    issued.workspace === callback.workspace &&
    issued.provider === callback.provider;
  return isBound ? { accept: true } : { accept: false, reason: 'binding' };
}

/** What is kept of a state that came back. */
export function nonceHash(state: string): Uint8Array {
  return createHash('sha256').update(state).digest();
}

const FORM = 'connect-v1';
const COOKIE = /^([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/;
const Payload = z.tuple([
  z.literal(FORM),
  z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  z.string(),
  z.string(),
  z.string(),
  z.enum(CONNECTION_PROVIDERS),
  z.int(),
]);

function signatureOf(vault: Vault, keyId: string, text: string): Buffer {
  return createHmac('sha256', keyOf(vault, keyId, 'signature'))
    .update(text)
    .digest();
}

/** 43 characters of base64url: a verifier of RFC 7636 §4.1. */
function verifierOf(vault: Vault, keyId: string, state: string): string {
  return createHmac('sha256', keyOf(vault, keyId, 'verifier'))
    .update(state)
    .digest('base64url');
}

/** A key for one use only: the vault's purpose for cookies, parted again by what it is for here. */
function keyOf(vault: Vault, keyId: string, use: 'signature' | 'verifier'): Uint8Array {
  const key = vault.deriveFor('cookies', lengthPrefixed(['connect-state', use]), keyId);
  if (key === null) throw new Error('the vault does not know its own keys');
  return key;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
