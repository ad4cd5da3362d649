// Ends everything a person is signed in with, and everything that could still become a sign-in.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type PersonId } from '../../platform/ids.ts';
import { revokeFamilies } from '../tokens/family.store.ts';

/**
 * Ends token families, sessions, codes, device grants and links of these people. Announces the families, so it comes late
 * in its transaction.
 *
 * @param reason a token, kept with the families
 * @returns how many families and sessions were ended
 */
export async function endSignIns(
  tx: ControlTx,
  people: readonly PersonId[],
  reason: string,
  now: Date,
): Promise<number> {
  const ids = sql`any(${[...people]}::uuid[])`;
  // Tokens that belong to no family, an administrator's and those of services, end by their time.
  await sql`update person set signed_out_at = ${now}::timestamptz where id = ${ids}`.execute(tx);
  // What could still become a sign-in comes first: whoever is just using it up is waited for, and what came of it is ended
  // below.
  await sql`
    update authorization_code set spent_at = ${now}::timestamptz where person_id = ${ids} and spent_at is null
  `.execute(tx);
  await sql`update device_grant set spent_at = ${now}::timestamptz where person_id = ${ids} and spent_at is null`.execute(
    tx,
  );
  await sql`update sign_in_link set used_at = ${now}::timestamptz where person_id = ${ids} and used_at is null`.execute(
    tx,
  );
  const { rows: sessions } = await sql`
    update session set revoked_at = ${now}::timestamptz where person_id = ${ids} and revoked_at is null returning id
  `.execute(tx);
  const { rows: holders } = await sql<{ id: string }>`
    select distinct person_id as id from token_family where person_id = ${ids} and revoked_at is null order by person_id
  `.execute(tx);
  let ended = sessions.length;
  for (const { id } of holders) {
    const personId = parseId<PersonId>(id);
    if (personId !== null) ended += (await revokeFamilies(tx, { personId }, reason, now)).length;
  }
  return ended;
}
