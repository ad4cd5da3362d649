// The only place where ids are made. All are UUID version 7 (RFC 9562 §5.7): sortable by time, so indexes stay dense.
import { randomFillSync } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type WorkspaceId = Branded<'workspace'>;
export type PersonId = Branded<'person'>;
export type SessionId = Branded<'session'>;
export type ContactId = Branded<'contact'>;
export type MessageId = Branded<'message'>;
export type OutcomeId = Branded<'outcome'>;
export type ImportId = Branded<'import'>;
export type AuditId = Branded<'audit'>;
export type EventId = Branded<'event'>;
export type ActivityId = Branded<'activity'>;
export type GroupId = Branded<'group'>;
export type InvitationId = Branded<'invitation'>;
export type IdentityId = Branded<'identity'>;
export type OrganisationId = Branded<'organisation'>;
export type ClientAppId = Branded<'client-app'>;
export type ServiceAppId = Branded<'service-app'>;
export type RealmId = Branded<'realm'>;
export type FamilyId = Branded<'family'>;
export type ConnectionId = Branded<'connection'>;
export type TokenId = Branded<'token'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Randomness is drawn for many ids at once: asking for 16 bytes at a time is most of what an id costs. */
const drawn = Buffer.alloc(16 * 256);
let taken = drawn.length;

let lastMs = 0;
let counter = 0;

/**
 * Mints an id. Ids minted in one process sort in the order of minting, even within one millisecond
 * (RFC 9562 §6.2 method 1: the 12 bits after the version hold a counter).
 *
 * @param nowMs milliseconds since 1970; an argument so that tests own time
 */
export function newId<Id extends string>(nowMs: number = Date.now()): Id {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = 0;
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  const bytes = takeRandom();
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return hyphened(bytes) as Id;
}

/** An id that tells nothing about when it was made: for tokens, whose ids must not be guessed (UUID version 4). */
export function newRandomId<Id extends string>(): Id {
  const bytes = takeRandom();
  bytes.writeUInt8(0x40 | (bytes.readUInt8(6) & 0x0f), 6);
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
  return hyphened(bytes) as Id;
}

/** Accepts text from a border (URL, database) as an id, or answers null. */
export function parseId<Id extends string>(text: string): Id | null {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? (lower as Id) : null;
}

function hyphened(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The next 16 bytes, each handed out once; whoever takes them may write over them. */
function takeRandom(): Buffer {
  if (taken === drawn.length) {
    randomFillSync(drawn);
    taken = 0;
  }
  taken += 16;
  return drawn.subarray(taken - 16, taken);
}
