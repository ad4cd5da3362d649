// The first workspace and its owner. A sequence over both planes, so it can be interrupted between any two steps:
// claim → plane → policy and first audit rows → one final transaction. Only the last one makes anybody an owner and uses
// the link up, so an interrupted setup locks nobody out and is gone on with by the next attempt.
import type { Actor, AuditEntry } from '../../platform/audit/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ControlTx, Database, WorkspaceTx } from '../../platform/db/database.ts';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { parsePersonEmail } from '../identity/person-email.ts';
import { type SecretToken, tokenHash } from '../identity/secret-token.ts';
import { insertSession } from '../identity/session.store.ts';
import { isSetupLinkOpen, markSetupLinkUsed } from '../identity/sign-in-link.store.ts';
import { insertMember } from './member.store.ts';
import {
  CLAIM_LEASE_MS,
  claimSetup,
  finishClaim,
  isCreationRecorded,
  makeAdministrator,
  releaseClaim,
  renewClaim,
  type SetupClaim,
} from './set-up.store.ts';
import { slugOf } from './workspace.ts';
import { insertWorkspace } from './workspace.store.ts';

/** Events of the setup, in the order in which they are recorded. */
export type SetupEvent = 'workspace.created' | 'member.added' | 'session.started';

export interface SetUpDeps {
  readonly db: Pick<Database, 'control' | 'workspace' | 'provision'>;
  readonly clock: Clock;
  /**
   * Called once per workspace, in the transaction that records its creation: what other areas need there from the
   * start. A problem it throws is the answer of the setup, which can then be sent again.
   */
  onWorkspaceCreated(tx: WorkspaceTx, facts: WorkspaceFacts): Promise<void>;
}

export interface WorkspaceFacts {
  readonly workspaceId: WorkspaceId;
  readonly ownDomains: readonly string[];
  readonly ownerId: PersonId;
  readonly ownerEmail: string;
  readonly at: Date;
}

export interface SetUpOrder {
  readonly workspaceName: string;
  readonly ownerName: string;
  readonly ownerEmail: string;
  readonly ownDomains: readonly string[];
  readonly demo: boolean;
  /** The secret of the setup link, or null where the machine itself asks (`sentinel setup`). */
  readonly linkToken: string | null;
  /** The owner's first session, or null where nobody sits at a browser. */
  readonly session: SecretToken | null;
  /** What the browser of that session calls itself; see `session-label.ts`. */
  readonly sessionLabel?: string | null;
  /** Who acts, given the owner-to-be; opens the audit entries. */
  openEntry(event: SetupEvent, owner: Actor): AuditEntry;
}

export interface SetUpResult {
  readonly workspaceId: WorkspaceId;
  readonly personId: PersonId;
  readonly slug: string;
}

/**
 * Sets the installation up, or goes on with a setup that was interrupted. Of simultaneous calls exactly one succeeds.
 *
 * @throws ProblemError `already_set_up`, `link_invalid` or `invalid_request`
 */
export async function setUpWorkspace(deps: SetUpDeps, order: SetUpOrder): Promise<SetUpResult> {
  const ownerEmail = parsePersonEmail(order.ownerEmail);
  if (ownerEmail === null)
    throw problem('invalid_request', 'The address cannot be used for mail.', {
      places: [{ pointer: '/body/ownerEmail', detail: 'This is not a mail address.' }],
    });
  const linkHash = order.linkToken === null ? null : tokenHash(order.linkToken);
  if (order.linkToken !== null && linkHash === null) throw linkInvalid();
  const claim = await waitForClaim(deps, linkHash);
  try {
    await prepare(deps, order, claim, ownerEmail);
    const slug = slugOf(order.workspaceName);
    await deps.db.control((tx) => finish(tx, { order, claim, ownerEmail, linkHash, slug, now: deps.clock.now() }));
    return { workspaceId: claim.workspaceId, personId: claim.personId, slug };
  } catch (error) {
    await deps.db.control((tx) => releaseClaim(tx, claim, deps.clock.now())).catch(() => undefined);
    throw error;
  }
}

const POLL_MS = 100;

/** Somebody else setting up at this moment either finishes, or stops and leaves a lease that runs out. */
async function waitForClaim({ db, clock }: SetUpDeps, linkHash: Uint8Array | null): Promise<SetupClaim> {
  for (let waitedMs = 0; waitedMs <= 2 * CLAIM_LEASE_MS; waitedMs += POLL_MS) {
    const claim = await db.control(async (tx) => {
      const now = clock.now();
      if (linkHash !== null && !(await isSetupLinkOpen(tx, linkHash, now))) return 'link_invalid';
      return claimSetup(tx, now);
    });
    if (claim === 'done') throw alreadySetUp();
    if (claim === 'link_invalid') throw linkInvalid();
    if (claim !== 'busy') return claim;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw problem('starting', 'Another request is setting this installation up.', {
    retryAfterSeconds: CLAIM_LEASE_MS / 1000,
  });
}

/** The workspace's plane, and in one transaction there its first policy and its first audit rows. */
async function prepare(deps: SetUpDeps, order: SetUpOrder, claim: SetupClaim, ownerEmail: string): Promise<void> {
  const { workspaceId, personId } = claim;
  await deps.db.provision(workspaceId);
  await renew(deps, claim);
  const facts: WorkspaceFacts = {
    workspaceId,
    ownDomains: order.ownDomains,
    ownerId: personId,
    ownerEmail,
    at: deps.clock.now(),
  };
  const owner: Actor = { kind: 'person', id: personId, name: order.ownerName };
  const rows: [SetupEvent, string][] = [
    ['workspace.created', workspaceId],
    ['member.added', personId],
  ];
  if (order.session !== null) rows.push(['session.started', personId]);
  await deps.db.workspace(workspaceId, async (tx) => {
    const resumed = await isCreationRecorded(tx);
    if (!resumed) await deps.onWorkspaceCreated(tx, facts);
    for (const [event, target] of rows)
      await order.openEntry(event, owner).record(tx, { target, detail: resumed ? { resumed } : {} });
  });
  await renew(deps, claim);
}

async function renew({ db, clock }: SetUpDeps, claim: SetupClaim): Promise<void> {
  if (!(await db.control((tx) => renewClaim(tx, claim, clock.now())))) throw alreadySetUp();
}

interface Finish {
  readonly order: SetUpOrder;
  readonly claim: SetupClaim;
  readonly ownerEmail: string;
  readonly linkHash: Uint8Array | null;
  readonly slug: string;
  readonly now: Date;
}

async function finish(tx: ControlTx, { order, claim, ownerEmail, linkHash, slug, now }: Finish): Promise<void> {
  if (!(await finishClaim(tx, claim, now))) throw alreadySetUp();
  if (linkHash !== null && !(await markSetupLinkUsed(tx, linkHash, now))) throw linkInvalid();
  await insertWorkspace(tx, { id: claim.workspaceId, slug, name: order.workspaceName, demo: order.demo }, now);
  await insertMember(
    tx,
    { workspaceId: claim.workspaceId, id: claim.personId, email: ownerEmail, name: order.ownerName, role: 'owner' },
    now,
  );
  await makeAdministrator(tx, claim.personId);
  if (order.session !== null)
    await insertSession(
      tx,
      order.session,
      { personId: claim.personId, workspaceId: claim.workspaceId, via: 'setup', label: order.sessionLabel ?? null },
      now,
    );
}

function alreadySetUp() {
  return problem('already_set_up', 'This installation has its owner already.');
}

function linkInvalid() {
  return problem('link_invalid', 'This setup link is not valid, or not valid any more.');
}
