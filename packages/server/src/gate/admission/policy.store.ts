// The policy of a workspace, version by version; a version is never changed, only followed.
import { Policy, type PolicyVersion } from '@sentinel/contract';
import type { WorkspaceTx } from '../../platform/db/database.ts';
import { problem } from '../../platform/problem.ts';
import type { GateTables } from './admission.tables.ts';

export async function getCurrentPolicy(tx: WorkspaceTx): Promise<PolicyVersion> {
  const row = await tx
    .withTables<GateTables>()
    .selectFrom('gate_policy')
    .selectAll()
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) throw problem('not_set_up', 'The workspace has no gate policy yet.');
  return {
    version: row.version,
    policy: Policy.parse(row.document),
    publishedAt: row.published_at.toISOString(),
    publishedBy: row.published_by,
  };
}

export async function listPolicyVersions(tx: WorkspaceTx): Promise<Omit<PolicyVersion, 'policy'>[]> {
  const rows = await tx
    .withTables<GateTables>()
    .selectFrom('gate_policy')
    .select(['version', 'published_at', 'published_by'])
    .orderBy('version', 'desc')
    .limit(200)
    .execute();
  return rows.map((row) => ({
    version: row.version,
    publishedAt: row.published_at.toISOString(),
    publishedBy: row.published_by,
  }));
}

/**
 * Publishes the version after `basedOn`.
 *
 * @throws problem `revision_conflict` when somebody published meanwhile
 */
export async function insertPolicy(
  tx: WorkspaceTx,
  next: { policy: Policy; basedOn: number; by: string; at: Date },
): Promise<number> {
  const version = next.basedOn + 1;
  const tables = tx.withTables<GateTables>();
  const newest = await tables
    .selectFrom('gate_policy')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  if ((newest?.version ?? 0) !== next.basedOn) throw conflict();
  const inserted = await tables
    .insertInto('gate_policy')
    .values({ version, document: JSON.stringify(next.policy), published_at: next.at, published_by: next.by })
    .onConflict((conflicting) => conflicting.column('version').doNothing())
    .returning('version')
    .executeTakeFirst();
  if (inserted === undefined) throw conflict();
  return version;
}

function conflict() {
  return problem(
    'revision_conflict',
    'The policy was published by somebody else meanwhile. Read it again and repeat the change.',
  );
}
