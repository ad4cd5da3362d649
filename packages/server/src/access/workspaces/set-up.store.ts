// SQL of the setup: who holds the claim, and the one transaction that makes it final.
// The claim is a lease with fixed ids: whoever resumes after a crash goes on with the same workspace.
import type { ControlTx, WorkspaceTx } from '../../platform/db/database.ts';
import { newId, parseId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { hasAnyMember } from './member.store.ts';

export interface SetupClaim {
  readonly holder: string;
  readonly workspaceId: WorkspaceId;
  readonly personId: PersonId;
}

/** Long enough for the steps between two renewals, short enough that a person who tries again does not wait long. */
export const CLAIM_LEASE_MS = 15_000;

/** Claims the setup for a while. `busy`: another request holds it; `done`: there is an owner already. */
export async function claimSetup(tx: ControlTx, now: Date): Promise<SetupClaim | 'busy' | 'done'> {
  if (await hasAnyMember(tx)) return 'done';
  const mine = {
    holder: newId<string>(now.getTime()),
    workspaceId: newId<WorkspaceId>(now.getTime()),
    personId: newId<PersonId>(now.getTime()),
  };
  const lease_until = new Date(now.getTime() + CLAIM_LEASE_MS);
  const [row] = await tx
    .withTables<AccessTables>()
    .insertInto('setup_claim')
    .values({ holder: mine.holder, lease_until, workspace_id: mine.workspaceId, person_id: mine.personId })
    .onConflict((conflict) =>
      conflict
        .column('one')
        .doUpdateSet({ holder: mine.holder, lease_until })
        .where('setup_claim.lease_until', '<=', now)
        .where('setup_claim.done_at', 'is', null),
    )
    .returning(['workspace_id', 'person_id'])
    .execute();
  const workspaceId = parseId<WorkspaceId>(row?.workspace_id ?? '');
  const personId = parseId<PersonId>(row?.person_id ?? '');
  if (workspaceId === null || personId === null) return 'busy';
  return { holder: mine.holder, workspaceId, personId };
}

/** Keeps the claim for another while. Answers false when somebody else has taken it over. */
export async function renewClaim(tx: ControlTx, { holder }: SetupClaim, now: Date): Promise<boolean> {
  return changeClaim(tx, holder, { lease_until: new Date(now.getTime() + CLAIM_LEASE_MS) });
}

/** Lets the next attempt start at once. */
export async function releaseClaim(tx: ControlTx, { holder }: SetupClaim, now: Date): Promise<void> {
  await changeClaim(tx, holder, { lease_until: now });
}

/** Ends the claim for good. Answers false when somebody else has taken it over; then nothing may be made final. */
export async function finishClaim(tx: ControlTx, { holder }: SetupClaim, now: Date): Promise<boolean> {
  return changeClaim(tx, holder, { done_at: now });
}

/** Ends a lease that a stopped process left behind. Who still holds it is fenced out by `finishClaim`. */
export async function dropStaleClaim(tx: ControlTx, now: Date): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .updateTable('setup_claim')
    .set({ holder: newId<string>(now.getTime()), lease_until: now })
    .where('done_at', 'is', null)
    .execute();
}

/** The first owner looks after the installation too; there is nobody else yet who could. */
export async function makeAdministrator(tx: ControlTx, id: PersonId): Promise<void> {
  await tx.withTables<AccessTables>().updateTable('person').set({ is_admin: true }).where('id', '=', id).execute();
}

/** Whether an earlier attempt already recorded that the workspace was created. */
export async function isCreationRecorded(tx: WorkspaceTx): Promise<boolean> {
  const row = await tx
    .selectFrom('audit_log')
    .select('seq')
    .where('event', '=', 'workspace.created')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

async function changeClaim(
  tx: ControlTx,
  holder: string,
  change: { lease_until: Date } | { done_at: Date },
): Promise<boolean> {
  const rows = await tx
    .withTables<AccessTables>()
    .updateTable('setup_claim')
    .set(change)
    .where('holder', '=', holder)
    .where('done_at', 'is', null)
    .returning('holder')
    .execute();
  return rows.length === 1;
}
