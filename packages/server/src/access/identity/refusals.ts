// Notes in the activity log that somebody who is known asked for what is not theirs (ASVS 16.3.2). Once a minute per person and
// reason, so that nobody fills the log by asking; a note that cannot be written is logged and changes no answer.
import { recordActivity } from '../../platform/audit/activity.ts';
import type { Database } from '../../platform/db/database.ts';
import { errorFields, type Logger } from '../../platform/log.ts';
import type { Refusal } from './admissions.ts';

const ONCE_IN_MS = 60_000;
/** People remembered at a time. */
const REMEMBERED = 10_000;

export function noteRefusals(deps: {
  readonly db: Pick<Database, 'control'>;
  readonly log: Logger;
}): (what: Refusal) => Promise<void> {
  const noted = new Map<string, number>();
  return async ({ tier, code, personId, workspaceId, now }) => {
    const key = `${personId} ${code}`;
    const before = noted.get(key);
    if (before !== undefined && now.getTime() - before < ONCE_IN_MS) return;
    if (noted.size >= REMEMBERED) noted.clear();
    noted.set(key, now.getTime());
    const draft = {
      action: 'action_denied',
      actorId: personId,
      targetType: 'system',
      targetId: tier,
      workspaceId,
      detail: { reason: code },
    } as const;
    await deps.db
      .control((tx) => recordActivity(tx, draft, now))
      .catch((error: unknown) => deps.log.error('access.refusal_not_noted', errorFields(error)));
  };
}
