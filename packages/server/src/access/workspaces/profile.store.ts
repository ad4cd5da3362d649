// SQL of what people change about themselves.
import { sql } from 'kysely';
import { recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import type { PersonId } from '../../platform/ids.ts';
import { announce } from '../standing/change.store.ts';

/** Changes name and picture; null leaves either. A name set here stays when the identity provider says another. */
export async function changeProfile(
  tx: ControlTx,
  personId: PersonId,
  { name, avatarUrl }: { readonly name: string | null; readonly avatarUrl: string | null },
  now: Date,
): Promise<void> {
  await sql`
    update person set name = coalesce(${name}::text, name), avatar_url = coalesce(${avatarUrl}::text, avatar_url),
      name_chosen = name_chosen or ${name !== null}, updated_at = ${now}
    where id = ${personId}
  `.execute(tx);
  await recordActivity(
    tx,
    { action: 'user_updated', actorId: personId, targetType: 'user', targetId: personId, workspaceId: null },
    now,
  );
  await announce(tx, [{ kind: 'person', subject: personId }], now);
}
