// The lock behind which applications and organisations are changed one after the other.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';

/** Waits for other changes of the subject, in every process, and keeps them waiting until the transaction ends. */
export async function lockChanges(tx: ControlTx, subject: 'apps' | 'organisations'): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`sentinel.access.${subject}`}, 0))`.execute(tx);
}
