// Signing out of everything, on all devices: every family of the person ends and with it its access tokens, every session
// of the console, and every authz and administrator's token made before.
import { recordActivity } from '../../platform/audit/activity.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { UserWho } from '../identity/admissions.ts';
import { announce } from '../standing/change.store.ts';
import { revokeFamilies, revokeToken } from './family.store.ts';
import { markSignedOut } from './log-out.store.ts';
import { TOKEN_LIFETIMES } from './token.ts';

/**
 * Signs a person out. Whoever signs in again afterwards is let in at once; only an authz or administrator's token of the
 * same second is refused, because it may be from before.
 */
export async function logOut(
  { db, standing }: Pick<AccessDeps, 'db' | 'standing'>,
  who: UserWho,
  now: Date,
): Promise<void> {
  const { person, token } = who;
  await db.control(async (tx) => {
    await markSignedOut(tx, person.id, now);
    await recordActivity(
      tx,
      { action: 'user_logout', actorId: person.id, targetType: 'user', targetId: person.id, workspaceId: null },
      now,
    );
    await revokeFamilies(tx, { personId: person.id }, 'logout', now);
    // A token whose family is gone already would live on by itself.
    if (token !== null) await revokeToken(tx, token.jti, new Date(now.getTime() + TOKEN_LIFETIMES.access * 1000), now);
    await announce(tx, [{ kind: 'person', subject: person.id }], now);
  });
  await standing.catchUp();
}
