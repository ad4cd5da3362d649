// Reads what was kept: the facts a decision was made on, and whether every kept message has a contact that admitted it.
import { sql } from 'kysely';
import type { WorkspaceTx } from '../../platform/db/database.ts';
import type { GateTables } from './admission.tables.ts';

export async function listNewestOutcomes(tx: WorkspaceTx, last: number) {
  return await tx
    .withTables<GateTables>()
    .selectFrom('gate_outcome')
    .select(['outcome', 'message_id'])
    .orderBy('id', 'desc')
    .limit(last)
    .execute();
}

/** Participants and evidence of kept messages: enough to decide them again. */
export async function findStoredFacts(tx: WorkspaceTx, ids: readonly string[]) {
  return await tx
    .withTables<GateTables>()
    .selectFrom('message')
    .select(['participants', 'evidence'])
    .where('id', 'in', ids)
    .execute();
}

/** The mailboxes that imports named: ours, whatever the policy lists. */
export async function listImportedMailboxes(tx: WorkspaceTx): Promise<string[]> {
  const { rows } = await sql<{
    mailbox: string;
  }>`select distinct jsonb_array_elements_text(mailboxes) as mailbox from gate_import`.execute(tx);
  return rows.map((row) => row.mailbox);
}

/** Messages that are stored although no contact admitted them. Must be 0: the boundary is checked, not assumed. */
export async function countBlind(tx: WorkspaceTx, since: Date): Promise<number> {
  const { rows } = await sql<{ blind: number }>`
    select count(*) as blind from message m
    where m.stored_at >= ${since}::timestamptz and not exists (select 1 from message_contact c where c.message_id = m.id)
  `.execute(tx);
  return rows[0]?.blind ?? 0;
}
