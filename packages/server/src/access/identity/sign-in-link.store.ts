// SQL about one-time links. Using one is a single statement, so of any number of simultaneous uses exactly one wins.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import type { SecretToken } from './secret-token.ts';
import { LINK_LIFETIME_MS } from './sign-in-link.ts';

export type LinkOwner =
  | { readonly kind: 'setup' }
  | {
      readonly kind: 'sign_in';
      readonly personId: PersonId;
      readonly workspaceId: WorkspaceId;
      /** Whether the operator made it, and not a member. */
      readonly byOperator: boolean;
    };

/** Inserts a link and takes the older unused ones of the same kind and person out of use. Answers when it expires. */
export async function insertLink(tx: ControlTx, secret: SecretToken, owner: LinkOwner, now: Date): Promise<Date> {
  const personId = owner.kind === 'setup' ? null : owner.personId;
  const expiresAt = new Date(now.getTime() + LINK_LIFETIME_MS);
  const db = tx.withTables<AccessTables>();
  await db
    .deleteFrom('sign_in_link')
    .where('kind', '=', owner.kind)
    .where(sql<boolean>`person_id is not distinct from ${personId}::uuid`)
    .where('used_at', 'is', null)
    .execute();
  await db
    .insertInto('sign_in_link')
    .values({
      token_hash: secret.hash,
      kind: owner.kind,
      person_id: personId,
      workspace_id: owner.kind === 'setup' ? null : owner.workspaceId,
      by_operator: owner.kind === 'setup' || owner.byOperator,
      created_at: now,
      expires_at: expiresAt,
    })
    .execute();
  return expiresAt;
}

/** Whether a setup link could be used now. Says nothing about who uses it first. */
export async function isSetupLinkOpen(tx: ControlTx, hash: Uint8Array, now: Date): Promise<boolean> {
  const row = await tx
    .withTables<AccessTables>()
    .selectFrom('sign_in_link')
    .select('kind')
    .where('token_hash', '=', hash)
    .where('kind', '=', 'setup')
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return row !== undefined;
}

/** Uses a setup link up. Answers whether this use was the one. */
export async function markSetupLinkUsed(tx: ControlTx, hash: Uint8Array, now: Date): Promise<boolean> {
  const rows = await tx
    .withTables<AccessTables>()
    .updateTable('sign_in_link')
    .set({ used_at: now })
    .where('token_hash', '=', hash)
    .where('kind', '=', 'setup')
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('kind')
    .execute();
  return rows.length === 1;
}

/** Uses a sign-in link up. Answers whose it was, or null when it is used, expired or unknown. */
export async function markSignInLinkUsed(
  tx: ControlTx,
  hash: Uint8Array,
  now: Date,
): Promise<{ personId: PersonId; workspaceId: WorkspaceId; byOperator: boolean } | null> {
  const [row] = await tx
    .withTables<AccessTables>()
    .updateTable('sign_in_link')
    .set({ used_at: now })
    .where('token_hash', '=', hash)
    .where('kind', '=', 'sign_in')
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning(['person_id', 'workspace_id', 'by_operator'])
    .execute();
  const personId = parseId<PersonId>(row?.person_id ?? '');
  const workspaceId = parseId<WorkspaceId>(row?.workspace_id ?? '');
  return row === undefined || personId === null || workspaceId === null
    ? null
    : { personId, workspaceId, byOperator: row.by_operator };
}
