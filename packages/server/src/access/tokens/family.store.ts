// SQL about token families: one per sign-in of an application. Every token that comes from a sign-in names its family and
// ends with it, at the latest seven days after it began, however often it was refreshed.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import {
  type ClientAppId,
  type FamilyId,
  newRandomId,
  parseId,
  type PersonId,
  type TokenId,
  type WorkspaceId,
} from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { announce } from '../standing/change.store.ts';
import { TOKEN_LIFETIMES } from './token.ts';

export interface NewFamily {
  readonly personId: PersonId;
  readonly workspaceId: WorkspaceId;
  readonly clientAppId: ClientAppId | null;
  readonly userAgent: string | null;
}

/** Which families: all that fit every member that is there, and at least one must be. */
export interface FamilyChoice {
  readonly personId?: PersonId;
  readonly workspaceId?: WorkspaceId;
  readonly clientAppId?: ClientAppId;
  readonly familyId?: FamilyId;
  /** Stays, whatever else fits; does not say which are meant. */
  readonly exceptFamilyId?: FamilyId;
}

const LONGEST_AGENT = 256;

/** When a family that begins now ends. */
export function familyEnd(now: Date): Date {
  return new Date(now.getTime() + TOKEN_LIFETIMES.refresh * 1000);
}

/** Begins a family. It has no token yet; see `insertFirstToken`. */
export async function insertFamily(tx: ControlTx, family: NewFamily, now: Date): Promise<FamilyId> {
  const id = newRandomId<FamilyId>();
  await tx
    .withTables<AccessTables>()
    .insertInto('token_family')
    .values({
      id,
      person_id: family.personId,
      workspace_id: family.workspaceId,
      client_app_id: family.clientAppId,
      // Shown to people who look at their sign-ins, so it is text of one line.
      user_agent: family.userAgent?.replaceAll(/\p{C}/gu, '').slice(0, LONGEST_AGENT) ?? null,
      created_at: now,
      used_at: now,
      expires_at: familyEnd(now),
    })
    .execute();
  return id;
}

/** Adds the refresh token that a family begins with. */
export async function insertFirstToken(tx: ControlTx, familyId: FamilyId, now: Date): Promise<TokenId> {
  const jti = newRandomId<TokenId>();
  await tx
    .withTables<AccessTables>()
    .insertInto('refresh_token')
    .values({ jti, family_id: familyId, issued_at: now })
    .execute();
  return jti;
}

/**
 * Ends families, and with them every token of theirs: refresh tokens here, access tokens in every process as soon as the
 * announcement is heard. Those that have ended already are left alone.
 *
 * @param reason a token for whoever looks into it later, such as `logout`
 * @returns the families that ended now
 * @throws a fault when nothing says which families are meant
 */
export async function revokeFamilies(
  tx: ControlTx,
  which: FamilyChoice,
  reason: string,
  now: Date,
): Promise<readonly FamilyId[]> {
  const conditions = [
    ...(which.personId === undefined ? [] : [sql`person_id = ${which.personId}`]),
    ...(which.workspaceId === undefined ? [] : [sql`workspace_id = ${which.workspaceId}`]),
    ...(which.clientAppId === undefined ? [] : [sql`client_app_id = ${which.clientAppId}`]),
    ...(which.familyId === undefined ? [] : [sql`id = ${which.familyId}`]),
  ];
  if (conditions.length === 0) throw new Error('which families are to be revoked?');
  if (which.exceptFamilyId !== undefined) conditions.push(sql`id <> ${which.exceptFamilyId}`);
  const { rows } = await sql<{ id: string }>`
    with chosen as (
      -- In one order, so that two who end several at once do not wait for each other.
      select id from token_family
      where revoked_at is null and expires_at > ${now} and ${sql.join(conditions, sql` and `)}
      order by id for update
    )
    update token_family set revoked_at = ${now}, revoked_for = ${reason}
    from chosen where token_family.id = chosen.id
    returning token_family.id
  `.execute(tx);
  const ended = rows.map((row) => parseId<FamilyId>(row.id)).filter((id) => id !== null);
  await announce(
    tx,
    ended.map((subject) => ({ kind: 'family', subject })),
    now,
  );
  return ended;
}

/**
 * Ends a single token, such as an administrator's.
 *
 * @param until when it would have ended by itself
 */
export async function revokeToken(tx: ControlTx, jti: TokenId, until: Date, now: Date): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .insertInto('revoked_token')
    .values({ jti, until })
    .onConflict((conflict) => conflict.column('jti').doNothing())
    .execute();
  await announce(tx, [{ kind: 'token', subject: jti }], now);
}

/** Deletes what nobody can present any more. A code stays as long as what it was exchanged for could still be ended. */
export async function pruneTokens(tx: ControlTx, now: Date): Promise<void> {
  const long = new Date(now.getTime() - 2 * TOKEN_LIFETIMES.refresh * 1000);
  const db = tx.withTables<AccessTables>();
  await db.deleteFrom('token_family').where('expires_at', '<', long).execute();
  await db.deleteFrom('authorization_code').where('expires_at', '<', long).execute();
  await db.deleteFrom('revoked_token').where('until', '<', now).execute();
}
