// SQL of refreshing. Spending a refresh token and making its child is one statement that also checks family, person,
// membership and workspace, so of any number of simultaneous refreshes exactly one makes a child; the rest look what became of it.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { type FamilyId, parseId, type PersonId, type TokenId } from '../../platform/ids.ts';
import { ADMITTED } from '../workspaces/admitted.store.ts';
import {
  CLAIM_COLUMNS,
  CLAIM_JOINS,
  type ClaimRow,
  claimsOf,
  type Lacking,
  type PersonClaims,
} from './entitlement.store.ts';

/** A refresh token as its signed text names it. */
export interface Presented {
  readonly jti: TokenId;
  readonly familyId: FamilyId;
  readonly personId: PersonId;
}

/** Everything the next pair of tokens is made from. */
export interface Rotated {
  readonly claims: PersonClaims;
  readonly familyEndsAt: Date;
  readonly child: { readonly jti: TokenId; readonly issuedAt: Date };
}

/** Spends a token that is unspent, in a family that lives, of a person who may. Null where any of it is not so. */
export async function spendAndReplace(
  tx: ControlTx,
  presented: Presented,
  childId: TokenId,
  now: Date,
): Promise<Rotated | null> {
  const { rows } = await sql<ClaimRow & { family_ends_at: Date }>`
    with spent as (
      update refresh_token set spent_at = ${now}::timestamptz, child = ${childId}::uuid
      from token_family as family
      join person on person.id = family.person_id and person.deactivated_at is null
      join member on member.workspace_id = family.workspace_id and member.person_id = family.person_id and ${ADMITTED}
      join workspace on workspace.id = family.workspace_id and workspace.state = 'active'
      where refresh_token.jti = ${presented.jti}::uuid and refresh_token.spent_at is null
        and family.id = refresh_token.family_id and family.id = ${presented.familyId}::uuid
        and family.person_id = ${presented.personId}::uuid
        and family.revoked_at is null and family.expires_at > ${now}::timestamptz
      returning family.id, family.person_id, family.workspace_id, family.expires_at
    ), replaced as (
      insert into refresh_token (jti, family_id, issued_at) select ${childId}::uuid, id, ${now}::timestamptz from spent
    ), used as (
      update token_family set used_at = ${now}::timestamptz from spent where token_family.id = spent.id
    )
    select wanted.expires_at as family_ends_at, ${CLAIM_COLUMNS} from spent as wanted ${CLAIM_JOINS}
  `.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  const claims = claimsOf(row);
  if (typeof claims === 'string') throw new Error('a token was spent for somebody who may have none');
  return { claims, familyEndsAt: row.family_ends_at, child: { jti: childId, issuedAt: now } };
}

/** What became of a token that could not be spent. */
export interface Past {
  readonly familyLives: boolean;
  readonly familyEndsAt: Date;
  readonly spentAt: Date | null;
  /** The token that took its place. */
  readonly child: { readonly jti: TokenId; readonly issuedAt: Date; readonly spent: boolean } | null;
  readonly claims: PersonClaims | Lacking;
}

/** Looks a token up that could not be spent; null when there is none of that name in that family of that person. */
export async function findPast(tx: ControlTx, presented: Presented, now: Date): Promise<Past | null> {
  const { rows } = await sql<
    ClaimRow & {
      family_lives: boolean;
      family_ends_at: Date;
      spent_at: Date | null;
      child: string | null;
      child_issued_at: Date | null;
      child_spent_at: Date | null;
    }
  >`
    select wanted.revoked_at is null and wanted.expires_at > ${now}::timestamptz as family_lives,
      wanted.expires_at as family_ends_at, token.spent_at,
      child.jti as child, child.issued_at as child_issued_at, child.spent_at as child_spent_at, ${CLAIM_COLUMNS}
    from refresh_token as token
    join token_family as wanted on wanted.id = token.family_id
    left join refresh_token as child on child.jti = token.child
    ${CLAIM_JOINS}
    where token.jti = ${presented.jti} and wanted.id = ${presented.familyId} and wanted.person_id = ${presented.personId}
  `.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  const childId = parseId<TokenId>(row.child ?? '');
  return {
    familyLives: row.family_lives,
    familyEndsAt: row.family_ends_at,
    spentAt: row.spent_at,
    child:
      childId === null || row.child_issued_at === null
        ? null
        : { jti: childId, issuedAt: row.child_issued_at, spent: row.child_spent_at !== null },
    claims: claimsOf(row),
  };
}
