// SQL about authorization codes. Taking one is a single statement, so of any number of simultaneous uses exactly one wins;
// the row stays, because a second use ends whatever the first one made.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { type ClientAppId, type FamilyId, parseId, type PersonId, type SessionId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';

export interface NewCode {
  readonly personId: PersonId;
  readonly clientAppId: ClientAppId | null;
  readonly redirectUri: string;
  /** S256 challenge (RFC 7636 §4.2). */
  readonly challenge: string;
  readonly provider: string;
}

export interface CodeFacts {
  readonly personId: PersonId;
  readonly clientAppId: ClientAppId | null;
  readonly provider: string;
  readonly challenge: string;
}

/** What a code was exchanged for. */
export interface Made {
  readonly familyId?: FamilyId;
  readonly sessionId?: SessionId;
}

export async function insertCode(
  tx: ControlTx,
  hash: Uint8Array,
  code: NewCode,
  times: { readonly createdAt: Date; readonly expiresAt: Date },
): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .insertInto('authorization_code')
    .values({
      code_hash: hash,
      person_id: code.personId,
      client_app_id: code.clientAppId,
      redirect_uri: code.redirectUri,
      challenge: code.challenge,
      provider: code.provider,
      created_at: times.createdAt,
      expires_at: times.expiresAt,
    })
    .execute();
}

/** Uses a code up, whatever becomes of it. Null when it is used, expired or unknown. */
export async function spendCode(tx: ControlTx, hash: Uint8Array, now: Date): Promise<CodeFacts | null> {
  const [row] = await tx
    .withTables<AccessTables>()
    .updateTable('authorization_code')
    .set({ spent_at: now })
    .where('code_hash', '=', hash)
    .where('spent_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['person_id', 'client_app_id', 'provider', 'challenge'])
    .execute();
  return row === undefined ? null : factsOf(row);
}

/** Looks at a code without using it up. */
export async function findOpenCode(tx: ControlTx, hash: Uint8Array, now: Date): Promise<CodeFacts | null> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('authorization_code')
    .select(['person_id', 'client_app_id', 'provider', 'challenge'])
    .where('code_hash', '=', hash)
    .where('spent_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row === undefined ? null : factsOf(row);
}

/** Notes that a used code was presented again, and tells what it had been exchanged for. Null when it never was. */
export async function markReplayed(tx: ControlTx, hash: Uint8Array, now: Date): Promise<MadeRow | null> {
  const [row] = await tx
    .withTables<AccessTables>()
    .updateTable('authorization_code')
    .set({ replayed_at: now })
    .where('code_hash', '=', hash)
    .where('spent_at', 'is not', null)
    .returning(['person_id', 'family_id', 'session_id'])
    .execute();
  const personId = parseId<PersonId>(row?.person_id ?? '');
  if (row === undefined || personId === null) return null;
  return {
    personId,
    familyId: parseId<FamilyId>(row.family_id ?? ''),
    sessionId: parseId<SessionId>(row.session_id ?? ''),
  };
}

export interface MadeRow {
  readonly personId: PersonId;
  readonly familyId: FamilyId | null;
  readonly sessionId: SessionId | null;
}

/** Notes what a code was exchanged for. False when it was presented again meanwhile: then that must not stand. */
export async function bindMade(tx: ControlTx, hash: Uint8Array, made: Made): Promise<boolean> {
  const { rows } = await sql<{ code_hash: Uint8Array }>`
    update authorization_code set family_id = ${made.familyId ?? null}, session_id = ${made.sessionId ?? null}
    where code_hash = ${hash} and spent_at is not null and replayed_at is null
    returning code_hash
  `.execute(tx);
  return rows.length === 1;
}

/** Ends a session of the console that a code was exchanged for. */
export async function endSession(tx: ControlTx, id: SessionId, now: Date): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('session')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute();
}

function factsOf(row: {
  person_id: string;
  client_app_id: string | null;
  provider: string;
  challenge: string;
}): CodeFacts | null {
  const personId = parseId<PersonId>(row.person_id);
  if (personId === null) return null;
  return {
    personId,
    clientAppId: parseId<ClientAppId>(row.client_app_id ?? ''),
    provider: row.provider,
    challenge: row.challenge,
  };
}
