// SQL about sessions. A session counts only together with its person, its membership and its workspace, so that
// deactivating, removing or suspending any of them ends it at once.
import type { WorkspaceRole } from '@sentinel/contract';
import { type ControlTx } from '../../platform/db/database.ts';
import { newId, parseId, type PersonId, type SessionId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.migrations.ts';
import { type SecretToken } from './secret-token.ts';
import { isLive, SESSION_LIFETIME_MS, SESSION_TOUCH_MS, sessionEnd } from './session.ts';

export interface LiveSession {
  readonly id: SessionId;
  readonly person: { readonly id: PersonId; readonly name: string; readonly email: string };
  readonly workspace: {
    readonly id: WorkspaceId;
    readonly slug: string;
    readonly name: string;
    readonly demo: boolean;
  };
  readonly role: WorkspaceRole;
  /** When it ends if it is not used again. */
  readonly endsAt: Date;
  /** When it ends however much it is used; so long the browser keeps the cookie. */
  readonly expiresAt: Date;
}

/** Answers the id of the new session. */
export async function insertSession(
  tx: ControlTx,
  secret: SecretToken,
  who: { personId: PersonId; workspaceId: WorkspaceId },
  now: Date,
): Promise<SessionId> {
  const id = newId<SessionId>(now.getTime());
  await tx
    .withTables<AccessTables>()
    .insertInto('session')
    .values({
      id,
      token_hash: secret.hash,
      person_id: who.personId,
      workspace_id: who.workspaceId,
      created_at: now,
      seen_at: now,
      expires_at: new Date(now.getTime() + SESSION_LIFETIME_MS),
    })
    .execute();
  return id;
}

/** Finds the session a token hash belongs to, if it still counts, and notes that it was used. */
export async function findLiveSession(
  tx: ControlTx,
  by: { hash: Uint8Array } | { id: SessionId },
  now: Date,
): Promise<LiveSession | null> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('session')
    .innerJoin('person', 'person.id', 'session.person_id')
    .innerJoin('workspace', 'workspace.id', 'session.workspace_id')
    .innerJoin('member', (join) =>
      join
        .onRef('member.workspace_id', '=', 'session.workspace_id')
        .onRef('member.person_id', '=', 'session.person_id'),
    )
    .select([
      'session.id',
      'session.seen_at',
      'session.expires_at',
      'session.revoked_at',
      'member.role',
      'person.email',
      'person.name as person_name',
    ])
    .select([
      'person.id as person_id',
      'workspace.id as workspace_id',
      'workspace.slug',
      'workspace.name as workspace_name',
      'workspace.demo',
    ])
    .where('person.deactivated_at', 'is', null)
    .where('workspace.state', '=', 'active')
    .where(({ eb }) => ('hash' in by ? eb('session.token_hash', '=', by.hash) : eb('session.id', '=', by.id)))
    .executeTakeFirst();
  if (row === undefined || !isLive({ seenAt: row.seen_at, expiresAt: row.expires_at, revokedAt: row.revoked_at }, now))
    return null;
  const ids = {
    session: parseId<SessionId>(row.id),
    person: parseId<PersonId>(row.person_id),
    workspace: parseId<WorkspaceId>(row.workspace_id),
  };
  if (ids.session === null || ids.person === null || ids.workspace === null) return null;
  const seenAt =
    now.getTime() - row.seen_at.getTime() >= SESSION_TOUCH_MS ? await touch(tx, ids.session, now) : row.seen_at;
  return {
    id: ids.session,
    person: { id: ids.person, name: row.person_name, email: row.email },
    workspace: { id: ids.workspace, slug: row.slug, name: row.workspace_name, demo: row.demo },
    role: row.role,
    endsAt: sessionEnd({ seenAt, expiresAt: row.expires_at }),
    expiresAt: row.expires_at,
  };
}

/** Ends a session; ending it again changes nothing. */
export async function markSessionRevoked(
  tx: ControlTx,
  by: { hash: Uint8Array } | { id: SessionId },
  now: Date,
): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('session')
    .set({ revoked_at: now })
    .where(({ eb }) => ('hash' in by ? eb('token_hash', '=', by.hash) : eb('id', '=', by.id)))
    .where('revoked_at', 'is', null)
    .execute();
}

async function touch(tx: ControlTx, id: SessionId, now: Date): Promise<Date> {
  await tx
    .withTables<AccessTables>()
    .updateTable('session')
    .set({ seen_at: now })
    .where('id', '=', id)
    .where('seen_at', '<', now)
    .execute();
  return now;
}
