// SQL about where a person is signed in: sessions of the console and token families, and ending them. What is ended or has
// run out is not listed.
import type { SessionKind, SessionOrigin } from '@sentinel/contract';
import type { ControlTx } from '../../platform/db/database.ts';
import { type FamilyId, parseId, type PersonId, type SessionId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { revokeFamilies } from '../tokens/family.store.ts';
import { labelOf } from './session-label.ts';
import { NOT_SIGNED_OUT } from './session.store.ts';
import { SESSION_IDLE_MS, sessionEnd } from './session.ts';

export interface Place {
  readonly id: string;
  readonly kind: SessionKind;
  readonly label: string | null;
  /** Name of the application, where one was signed in to. */
  readonly app: string | null;
  /** Null for tokens. */
  readonly via: SessionOrigin | null;
  readonly workspace: { readonly id: string; readonly name: string };
  readonly createdAt: Date;
  readonly usedAt: Date;
  readonly endsAt: Date;
}

/** Whose places: in one workspace, or everywhere. */
export interface PlacesOf {
  readonly personId: PersonId;
  readonly workspaceId: WorkspaceId | null;
}

/** Lists them, the one used last first. */
export async function listPlaces(tx: ControlTx, of: PlacesOf, now: Date): Promise<readonly Place[]> {
  const places = [...(await listSessions(tx, of, now)), ...(await listFamilies(tx, of, now))];
  return places.sort((one, other) => other.usedAt.getTime() - one.usedAt.getTime());
}

/**
 * Ends one of a person's own.
 *
 * @returns which kind of place ended, or null when there is none of this id
 */
export async function endPlace(
  tx: ControlTx,
  { personId, id }: { readonly personId: PersonId; readonly id: string },
  now: Date,
): Promise<'session' | 'family' | null> {
  const sessionId = parseId<SessionId>(id);
  const familyId = parseId<FamilyId>(id);
  if (sessionId === null || familyId === null) return null;
  const ended = await tx
    .withTables<AccessTables>()
    .updateTable('session')
    .set({ revoked_at: now })
    .where('id', '=', sessionId)
    .where('person_id', '=', personId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  if (ended.length > 0) return 'session';
  const families = await revokeFamilies(tx, { personId, familyId }, 'signed_out', now);
  return families.length > 0 ? 'family' : null;
}

/** Where the person is who asks: that stays. */
export interface Here {
  readonly sessionId: SessionId | null;
  readonly familyId: FamilyId | null;
}

/**
 * Ends all, but for where one is.
 *
 * @returns how many ended
 */
export async function endPlaces(
  tx: ControlTx,
  { personId, workspaceId, except }: PlacesOf & { readonly except: Here },
  now: Date,
): Promise<number> {
  const live = await listSessions(tx, { personId, workspaceId }, now);
  const going = live.filter((place) => place.id !== except.sessionId);
  if (going.length > 0) {
    await tx
      .withTables<AccessTables>()
      .updateTable('session')
      .set({ revoked_at: now })
      .where(
        'id',
        'in',
        going.map((place) => place.id),
      )
      .execute();
  }
  const which = {
    personId,
    ...(workspaceId === null ? {} : { workspaceId }),
    ...(except.familyId === null ? {} : { exceptFamilyId: except.familyId }),
  };
  const families = await revokeFamilies(tx, which, 'signed_out', now);
  return going.length + families.length;
}

async function listSessions(tx: ControlTx, { personId, workspaceId }: PlacesOf, now: Date): Promise<Place[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('session')
    .innerJoin('workspace', 'workspace.id', 'session.workspace_id')
    .innerJoin('person', 'person.id', 'session.person_id')
    .select(['session.id', 'session.label', 'session.via', 'session.created_at', 'session.seen_at'])
    .select(['session.expires_at', 'workspace.id as workspace_id', 'workspace.name as workspace_name'])
    .where('session.person_id', '=', personId)
    .where('session.revoked_at', 'is', null)
    .where(NOT_SIGNED_OUT)
    .where('session.expires_at', '>', now)
    .where('session.seen_at', '>', new Date(now.getTime() - SESSION_IDLE_MS))
    .$if(workspaceId !== null, (query) => query.where('session.workspace_id', '=', workspaceId))
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: 'browser',
    label: row.label,
    app: null,
    via: row.via,
    workspace: { id: row.workspace_id, name: row.workspace_name },
    createdAt: row.created_at,
    usedAt: row.seen_at,
    endsAt: sessionEnd({ seenAt: row.seen_at, expiresAt: row.expires_at }),
  }));
}

async function listFamilies(tx: ControlTx, { personId, workspaceId }: PlacesOf, now: Date): Promise<Place[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('token_family')
    .innerJoin('workspace', 'workspace.id', 'token_family.workspace_id')
    .leftJoin('client_app', 'client_app.id', 'token_family.client_app_id')
    .select(['token_family.id', 'token_family.user_agent', 'token_family.created_at', 'token_family.used_at'])
    .select(['token_family.expires_at', 'workspace.id as workspace_id', 'workspace.name as workspace_name'])
    .select('client_app.name as app')
    .where('token_family.person_id', '=', personId)
    .where('token_family.revoked_at', 'is', null)
    .where('token_family.expires_at', '>', now)
    .$if(workspaceId !== null, (query) => query.where('token_family.workspace_id', '=', workspaceId))
    .execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.app === null ? 'program' : 'app',
    label: labelOf(row.user_agent),
    app: row.app,
    via: null,
    workspace: { id: row.workspace_id, name: row.workspace_name },
    createdAt: row.created_at,
    usedAt: row.used_at,
    endsAt: row.expires_at,
  }));
}
