// SQL about programs that ask to be signed in. A grant is decided once and exchanged once: both are single statements.
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type PersonId, type SessionId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { DEVICE_GRANT_SECONDS, type GrantState, MOST_WRONG_CODES, POLL_SECONDS } from './device-grant.ts';

export interface NewGrant {
  readonly deviceHash: Uint8Array;
  readonly userCode: string;
  readonly clientName: string;
}

/** Kept a while after it ran out, so that its program is told so. */
const FORGET_MS = 3_600_000;

/** Inserts a grant, forgetting those that ran out long ago. Answers whether its code was free. */
export async function insertGrant(tx: ControlTx, grant: NewGrant, now: Date): Promise<boolean> {
  const db = tx.withTables<AccessTables>();
  await db
    .deleteFrom('device_grant')
    .where('expires_at', '<', new Date(now.getTime() - FORGET_MS))
    .execute();
  const rows = await db
    .insertInto('device_grant')
    .values({
      device_hash: grant.deviceHash,
      user_code: grant.userCode,
      client_name: grant.clientName,
      created_at: now,
      expires_at: new Date(now.getTime() + DEVICE_GRANT_SECONDS * 1000),
      interval_s: POLL_SECONDS,
    })
    .onConflict((conflict) => conflict.column('user_code').doNothing())
    .returning('user_code')
    .execute();
  return rows.length === 1;
}

export interface Grant extends GrantState {
  readonly clientName: string;
}

/** Reads a grant and holds it for the rest of the transaction. */
export async function lockGrant(tx: ControlTx, deviceHash: Uint8Array): Promise<Grant | null> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('device_grant')
    .selectAll()
    .where('device_hash', '=', deviceHash)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return null;
  const personId = parseId<PersonId>(row.person_id ?? '');
  const workspaceId = parseId<WorkspaceId>(row.workspace_id ?? '');
  return {
    clientName: row.client_name,
    expiresAt: row.expires_at,
    polledAt: row.polled_at,
    pollSeconds: row.interval_s,
    decidedAt: row.decided_at,
    approval: personId === null || workspaceId === null ? null : { personId, workspaceId },
    spentAt: row.spent_at,
  };
}

export async function markPolled(
  tx: ControlTx,
  deviceHash: Uint8Array,
  { pollSeconds, now }: { readonly pollSeconds: number; readonly now: Date },
): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('device_grant')
    .set({ polled_at: now, interval_s: pollSeconds })
    .where('device_hash', '=', deviceHash)
    .execute();
}

/** Uses an approved grant up. Answers whether this use was the one. */
export async function markSpent(tx: ControlTx, deviceHash: Uint8Array, now: Date): Promise<boolean> {
  const rows = await tx
    .withTables<AccessTables>()
    .updateTable('device_grant')
    .set({ spent_at: now })
    .where('device_hash', '=', deviceHash)
    .where('person_id', 'is not', null)
    .where('spent_at', 'is', null)
    .returning('user_code')
    .execute();
  return rows.length === 1;
}

export interface Asking {
  readonly clientName: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Finds the grant of a code that waits for its decision. */
async function findAsking(tx: ControlTx, userCode: string, now: Date): Promise<Asking | null> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('device_grant')
    .select(['client_name', 'created_at', 'expires_at'])
    .where('user_code', '=', userCode)
    .where('decided_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row === undefined
    ? null
    : { clientName: row.client_name, createdAt: row.created_at, expiresAt: row.expires_at };
}

/**
 * Decides a grant.
 *
 * @param approval null denies it
 * @returns whether there was one of this code to decide
 */
export async function markDecided(
  tx: ControlTx,
  userCode: string,
  { approval, now }: { readonly approval: GrantState['approval']; readonly now: Date },
): Promise<boolean> {
  const rows = await tx
    .withTables<AccessTables>()
    .updateTable('device_grant')
    .set({
      decided_at: now,
      person_id: approval?.personId ?? null,
      workspace_id: approval?.workspaceId ?? null,
    })
    .where('user_code', '=', userCode)
    .where('decided_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('user_code')
    .execute();
  return rows.length === 1;
}

/**
 * Looks a typed code up on behalf of a session, and counts it when it is wrong. Simultaneous tries of one session come one
 * after the other.
 *
 * @returns `blocked` once the session has typed too many wrong codes
 */
export async function tryCode(
  tx: ControlTx,
  { sessionId, userCode }: { readonly sessionId: SessionId; readonly userCode: string },
  now: Date,
): Promise<Asking | 'wrong' | 'blocked'> {
  const db = tx.withTables<AccessTables>();
  const session = await db
    .selectFrom('session')
    .select('wrong_codes')
    .where('id', '=', sessionId)
    .forUpdate()
    .executeTakeFirst();
  if (session === undefined || session.wrong_codes >= MOST_WRONG_CODES) return 'blocked';
  const asking = await findAsking(tx, userCode, now);
  if (asking !== null) return asking;
  await db
    .updateTable('session')
    .set({ wrong_codes: session.wrong_codes + 1 })
    .where('id', '=', sessionId)
    .execute();
  return 'wrong';
}
