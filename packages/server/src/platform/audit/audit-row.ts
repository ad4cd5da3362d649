// One row of the audit log: what it holds, what it may not hold, and the bytes its hash is taken over.
// The hash covers every column, so there is nothing in a row that could be changed without it showing.
import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '../json.ts';
import { lengthPrefixed } from '../secrets/length-prefixed.ts';

export interface Actor {
  readonly kind: 'person' | 'operator' | 'system';
  readonly id: string | null;
  readonly name: string | null;
}

export type AuditResult = 'ok' | 'denied' | 'failed';

/** What happened, before it has its place in the chain. */
export interface AuditFact {
  /** UUID, version 7. */
  readonly id: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly actorKind: Actor['kind'];
  readonly actorId: string | null;
  readonly actorName: string | null;
  readonly event: string;
  readonly target: string | null;
  readonly result: AuditResult;
  readonly requestId: string | null;
  /** Canonical JSON text of an object; this text is stored and hashed. */
  readonly detail: string;
}

/** A fact with its place: number, hash of the row before, own hash (SHA-256, lower-case hex). */
export interface AuditRecord extends AuditFact {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
}

/** The last row of a chain; `seq` 0 and the genesis hash when there is none yet. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** What the first row of a workspace's chain points at, so that no chain can pass for another workspace's. */
export function genesisHash(workspaceId: string): string {
  return sha256(lengthPrefixed(['sentinel-audit-genesis-v1', workspaceId]));
}

/** Puts a fact behind the head of the chain. */
export function chain(fact: AuditFact, head: ChainHead): AuditRecord {
  const placed = { ...fact, seq: head.seq + 1, prevHash: head.hash };
  return { ...placed, hash: hashRow(placed) };
}

/**
 * SHA-256 over the row's fields in this order, each with its length before it: `sentinel-audit-v1`, id, seq (decimal),
 * at, actor kind, actor id, actor name, event, target, result, request id, detail, hash of the row before.
 */
export function hashRow(row: Omit<AuditRecord, 'hash'>): string {
  const { id, seq, at, actorKind, actorId, actorName, event, target, result, requestId, detail, prevHash } = row;
  return sha256(
    lengthPrefixed([
      'sentinel-audit-v1',
      id,
      String(seq),
      at,
      actorKind,
      actorId,
      actorName,
      event,
      target,
      result,
      requestId,
      detail,
      prevHash,
    ]),
  );
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const MOST_TEXT = 200;
const MOST_DETAIL = 4096;
const MOST_DEPTH = 4;
const KEY = /^[A-Za-z0-9][\w.-]{0,63}$/;
const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** C0, DEL, C1. */
const CONTROL = /\p{Cc}/u;

/**
 * Whether text may stand in the log: short, printable, and not able to hold an e-mail address. Look-alikes of the at sign
 * (`＠`, `﹫`) and its URL form count as one.
 */
export function isPlainText(text: string): boolean {
  return (
    text.length <= MOST_TEXT && text.isWellFormed() && !CONTROL.test(text) && !/@|%40/i.test(text.normalize('NFKC'))
  );
}

/**
 * The canonical text of a row's detail: numbers, booleans, null, ids and tokens, at most 4 levels and 4,096 characters.
 *
 * @throws a fault when it holds anything else. The message never quotes the value: it may be an address
 */
export function canonicalDetail(detail: Readonly<Record<string, JsonValue>>): string {
  checkDetail(detail, 1);
  const text = canonicalJson(detail);
  if (text.length > MOST_DETAIL) throw new Error(`audit detail is longer than ${MOST_DETAIL} characters`);
  return text;
}

/** @throws a fault when a target could be an address or is too long */
export function checkTarget(target: string): string {
  if (!isPlainText(target))
    throw new Error('an audit target must be an id or a token of at most 200 characters, never an address');
  return target;
}

/** A request id comes from outside: what is no plain token is left out and never makes the change fail. */
export function admitRequestId(requestId: string | null): string | null {
  return requestId !== null && REQUEST_ID.test(requestId) ? requestId : null;
}

/** A display name is the person's own text: one that holds an address is left out, the id says who it was. */
export function admitName(name: string | null): string | null {
  return name !== null && isPlainText(name) ? name : null;
}

function checkDetail(value: JsonValue, depth: number): void {
  if (typeof value === 'string' && !isPlainText(value))
    throw new Error('an audit detail must hold ids and tokens of at most 200 characters, never an address');
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('an audit detail must hold finite numbers');
  if (value === null || typeof value !== 'object') return;
  if (depth > MOST_DEPTH) throw new Error(`audit detail is nested deeper than ${MOST_DEPTH} levels`);
  if (!Array.isArray(value) && !Object.keys(value).every((key) => KEY.test(key)))
    throw new Error('a name in an audit detail must be a plain token');
  for (const item of Object.values(value)) checkDetail(item, depth + 1);
}
