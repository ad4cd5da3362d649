// SQL of signing out of everything that belongs to no token family.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import type { PersonId } from '../../platform/ids.ts';

/**
 * Ends every session of a person, and by the time they were made their authz and administrator's tokens. The caller
 * announces the person.
 */
export async function markSignedOut(tx: ControlTx, id: PersonId, now: Date): Promise<void> {
  await sql`update person set signed_out_at = ${now}::timestamptz where id = ${id}`.execute(tx);
  await sql`
    update session set revoked_at = ${now}::timestamptz where person_id = ${id} and revoked_at is null
  `.execute(tx);
}
