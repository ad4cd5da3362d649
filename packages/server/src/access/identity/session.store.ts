// SQL about sessions. A session counts only together with its person, its membership and its workspace, so that
// deactivating, removing or suspending any of them ends it at once.
import type { SessionOrigin, WorkspaceRole } from '@sentinel/contract';
import { sql } from 'kysely';
import { type ControlTx } from '../../platform/db/database.ts';
import { newId, parseId, type PersonId, type SessionId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { ADMITTED } from '../workspaces/admitted.store.ts';
import { type SecretToken } from './secret-token.ts';
import { isLive, SESSION_LIFETIME_MS, SESSION_TOUCH_MS, sessionEnd } from './session.ts';

/** A person in a workspace, both active. */
export interface ActiveMember {
  readonly person: {
    readonly id: PersonId;
    readonly name: string;
    readonly email: string;
    readonly isAdmin: boolean;
  };
  readonly workspace: {
    readonly id: WorkspaceId;
    readonly slug: string;
    readonly name: string;
    readonly demo: boolean;
  };
  readonly role: WorkspaceRole;
}

export interface LiveSession extends ActiveMember {
  readonly id: SessionId;
  readonly via: SessionOrigin;
  /** When it ends if it is not used again. */
  readonly endsAt: Date;
  /** When it ends however much it is used; so long the browser keeps the cookie. */
  readonly expiresAt: Date;
}

export interface NewSession {
  readonly personId: PersonId;
  readonly workspaceId: WorkspaceId;
  /** `link` when left out, which may do least. */
  readonly via?: SessionOrigin;
  readonly label?: string | null;
}

/** Answers the id of the new session. */
export async function insertSession(
  tx: ControlTx,
  secret: SecretToken,
  who: NewSession,
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
      label: who.label ?? null,
      via: who.via ?? 'link',
    })
    .execute();
  return id;
}

/** Signing out everywhere ends what began before it, also what was just beginning when it happened. */
export const NOT_SIGNED_OUT = sql<boolean>`(person.signed_out_at is null or session.created_at >= person.signed_out_at)`;

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
      'session.via',
      'member.role',
      'person.email',
      'person.name as person_name',
    ])
    .select([
      'person.id as person_id',
      'person.is_admin',
      'workspace.id as workspace_id',
      'workspace.slug',
      'workspace.name as workspace_name',
      'workspace.demo',
    ])
    .where('person.deactivated_at', 'is', null)
    .where('workspace.state', '=', 'active')
    .where(ADMITTED)
    .where(NOT_SIGNED_OUT)
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
    person: { id: ids.person, name: row.person_name, email: row.email, isAdmin: row.is_admin },
    via: row.via,
    workspace: { id: ids.workspace, slug: row.slug, name: row.workspace_name, demo: row.demo },
    role: row.role,
    endsAt: sessionEnd({ seenAt, expiresAt: row.expires_at }),
    expiresAt: row.expires_at,
  };
}

/** Finds a member with what a session would say of them. */
export async function findActiveMember(
  tx: ControlTx,
  { personId, workspaceId }: { readonly personId: PersonId; readonly workspaceId: WorkspaceId },
): Promise<ActiveMember | null> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('member')
    .innerJoin('person', 'person.id', 'member.person_id')
    .innerJoin('workspace', 'workspace.id', 'member.workspace_id')
    .select(['member.role', 'person.email', 'person.name', 'person.is_admin'])
    .select(['workspace.slug', 'workspace.name as workspace_name', 'workspace.demo'])
    .where('member.person_id', '=', personId)
    .where('member.workspace_id', '=', workspaceId)
    .where('person.deactivated_at', 'is', null)
    .where('workspace.state', '=', 'active')
    .where(ADMITTED)
    .executeTakeFirst();
  return row === undefined
    ? null
    : {
        person: { id: personId, name: row.name, email: row.email, isAdmin: row.is_admin },
        workspace: { id: workspaceId, slug: row.slug, name: row.workspace_name, demo: row.demo },
        role: row.role,
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
