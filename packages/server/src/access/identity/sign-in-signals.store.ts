// SQL about the devices a person signed in from, as the activity log has them.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import type { PersonId } from '../../platform/ids.ts';
import type { Device } from './sign-in-signals.ts';

/** A device that was last used so many sign-ins ago counts as new again. */
const LATEST = 200;

/** The devices of the latest sign-ins, newest first, each as often as it was used. */
export async function listLoginDevices(tx: ControlTx, personId: PersonId): Promise<readonly Device[]> {
  const { rows } = await sql<{ browser: string | null; os: string | null }>`
    select detail ->> 'browser' as browser, detail ->> 'os' as os from activity
    where actor_id = ${personId} and action in ('user_login', 'admin_login')
    order by id desc limit ${LATEST}
  `.execute(tx);
  return rows.map(({ browser, os }) => ({ browser: browser ?? 'other', os: os ?? 'unknown' }));
}
