// How workspaces are made and removed. Both are sequences over two planes and can be interrupted between any two steps:
//   making:   slug taken (nobody can enter) → plane → first policy and audit rows → owner and active, in one transaction
//   removing: marked (nobody can enter any more) → plane dropped → rows deleted
// A making that fails is taken back; one that died, and a removing that did not end, is ended by `finishWorkspaces`.
import { recordActivity } from '../../platform/audit/activity.ts';
import { type Actor, openAuditEntry } from '../../platform/audit/audit.ts';
import type { ControlTx } from '../../platform/db/database.ts';
import { newId, type WorkspaceId } from '../../platform/ids.ts';
import { errorFields } from '../../platform/log.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { announce } from '../standing/change.store.ts';
import type { PersonFacts } from '../standing/standing.ts';
import { type Act, beginChange } from './act.ts';
import { companyDomainOf } from './mail-domain.ts';
import { addMembership } from './member.store.ts';
import {
  activateWorkspace,
  countMadeByAlone,
  deleteWorkspaceRows,
  giveUpCreation,
  hasOtherWorkspace,
  listUnfinished,
  markDeleting,
  reserveWorkspace,
} from './workspace-life.store.ts';
import { findWorkspace, lockWorkspace, updateWorkspaceRow, type WorkspaceDetails } from './workspace.store.ts';

export type LifeDeps = Pick<AccessDeps, 'db' | 'clock' | 'log' | 'standing' | 'onWorkspaceCreated'>;

/** A person may make so many without being an administrator of the installation: each costs a schema and two roles. */
const MOST_PER_PERSON = 100;

export interface WorkspaceOrder {
  readonly name: string;
  readonly slug: string;
  readonly description: string | null;
  /** Becomes its owner. */
  readonly owner: Pick<PersonFacts, 'id' | 'name' | 'email'>;
  readonly requestId: string | null;
}

/**
 * Makes a workspace. May not be called inside a transaction.
 *
 * @throws ProblemError `already_exists` when the slug is taken, `bad_request` when the person has made too many
 */
export async function createWorkspace(deps: LifeDeps, order: WorkspaceOrder, act: Act): Promise<WorkspaceDetails> {
  const workspace = await reserve(deps, order, act);
  try {
    await deps.db.provision(workspace.id);
    await openPlane(deps, workspace, order);
    await deps.db.control((tx) => open(tx, workspace, order, act));
  } catch (error) {
    await takeBack(deps, workspace.id);
    throw error;
  }
  await deps.standing.catchUp();
  return workspace;
}

async function reserve(deps: LifeDeps, order: WorkspaceOrder, act: Act): Promise<WorkspaceDetails> {
  const { name, slug, description, owner } = order;
  const workspace: WorkspaceDetails = {
    id: newId<WorkspaceId>(act.now.getTime()),
    slug,
    name,
    description,
    createdBy: owner.id,
    createdAt: act.now,
  };
  // What somebody left behind under this slug is no reason to refuse it.
  for (const rest of await deps.db.control((tx) => listUnfinished(tx, act.now, slug))) await remove(deps, rest);
  const reserved = await deps.db.control(async (tx) => {
    if (act.power !== 'platform' && (await countMadeByAlone(tx, owner.id)) >= MOST_PER_PERSON)
      throw problem('bad_request', 'You have made as many workspaces as one person may; delete one first.');
    return reserveWorkspace(tx, workspace);
  });
  if (!reserved) throw problem('already_exists', 'There is a workspace with this slug.');
  return workspace;
}

/** What other areas need there from the start, and the first rows of its log, in one transaction. */
async function openPlane(deps: LifeDeps, { id, createdAt }: WorkspaceDetails, order: WorkspaceOrder): Promise<void> {
  const { owner, requestId } = order;
  const domain = companyDomainOf(owner.email);
  const facts = {
    workspaceId: id,
    ownDomains: domain === null ? [] : [domain],
    ownerId: owner.id,
    ownerEmail: owner.email,
    at: createdAt,
  };
  const actor: Actor = { kind: 'person', id: owner.id, name: owner.name };
  await deps.db.workspace(id, async (tx) => {
    await deps.onWorkspaceCreated(tx, facts);
    await openAuditEntry('workspace.created', actor, requestId, deps.clock).record(tx, { target: id });
    await openAuditEntry('member.added', actor, requestId, deps.clock).record(tx, { target: owner.id });
  });
}

async function open(tx: ControlTx, { id }: WorkspaceDetails, order: WorkspaceOrder, act: Act): Promise<void> {
  const { owner } = order;
  if (!(await activateWorkspace(tx, id))) throw new Error('a workspace took too long to be made and was given up');
  const membership = { workspaceId: id, personId: owner.id, role: 'owner', joinedAt: act.now } as const;
  if ((await addMembership(tx, membership)) !== 'added') throw new Error('a new workspace has its owner already');
  await tell(tx, id, act, 'workspace_created');
  await announce(tx, [{ kind: 'member', subject: `${id} ${owner.id}` }], act.now);
}

/** When this does not succeed either, `finishWorkspaces` does it later. */
async function takeBack(deps: LifeDeps, id: WorkspaceId): Promise<void> {
  try {
    if (await deps.db.control((tx) => giveUpCreation(tx, id))) await remove(deps, id);
  } catch (error) {
    deps.log.warn('workspace.creation_not_taken_back', { workspaceId: id, ...errorFields(error) });
  }
}

/**
 * Changes name and description; null leaves either as it is.
 *
 * @throws ProblemError `not_found`; those of `beginChange`
 */
export async function updateWorkspace(
  tx: ControlTx,
  id: WorkspaceId,
  change: { readonly name: string | null; readonly description: string | null },
  act: Act,
): Promise<WorkspaceDetails> {
  await beginChange(tx, id, act, 'admin');
  const workspace = await findWorkspace(tx, id);
  if (workspace === null) throw problem('not_found', 'There is no such workspace.');
  const changed = {
    ...workspace,
    name: change.name ?? workspace.name,
    description: change.description ?? workspace.description,
  };
  await updateWorkspaceRow(tx, changed);
  await tell(tx, id, act, 'workspace_updated');
  await announce(tx, [{ kind: 'workspace', subject: id }], act.now);
  return changed;
}

/**
 * Removes a workspace with everything in it. From the first step on nobody can enter, so when a later one fails this still
 * answers: the rest is done by `finishWorkspaces`. May not be called inside a transaction.
 *
 * @throws ProblemError `owner_required`, `not_found`; `bad_request` for the only workspace of the installation
 */
export async function deleteWorkspace(deps: LifeDeps, id: WorkspaceId, act: Act): Promise<void> {
  await deps.db.control(async (tx) => {
    // Administrators may ask again for what did not end.
    if (act.power === 'platform' && (await lockWorkspace(tx, id)) === 'deleting') return;
    await beginChange(tx, id, act, 'owner');
    if (!(await hasOtherWorkspace(tx, id)))
      throw problem('bad_request', 'This is the only workspace here; an installation keeps at least one.');
    await markDeleting(tx, id);
    await tell(tx, id, act, 'workspace_deleted');
    await announce(tx, [{ kind: 'workspace', subject: id }], act.now);
  });
  await deps.standing.catchUp();
  await tryToRemove(deps, id);
}

/** Ends what was interrupted, here or in another process. Trouble with one workspace does not keep the others waiting. */
export async function finishWorkspaces(deps: LifeDeps): Promise<void> {
  for (const id of await deps.db.control((tx) => listUnfinished(tx, deps.clock.now(), null))) {
    await tryToRemove(deps, id);
  }
}

async function tryToRemove(deps: LifeDeps, id: WorkspaceId): Promise<void> {
  try {
    await remove(deps, id);
  } catch (error) {
    deps.log.error('workspace.removal_unfinished', { workspaceId: id, ...errorFields(error) });
  }
}

/** Every step may be done again; a workspace that came to life meanwhile is left alone. */
async function remove({ db }: LifeDeps, id: WorkspaceId): Promise<void> {
  const isGoing = await db.control(async (tx) => {
    await giveUpCreation(tx, id);
    return (await lockWorkspace(tx, id)) === 'deleting';
  });
  if (!isGoing) return;
  await db.deprovision(id);
  await db.control((tx) => deleteWorkspaceRows(tx, id));
}

async function tell(tx: ControlTx, id: WorkspaceId, { actorId, now }: Act, action: string): Promise<void> {
  await recordActivity(tx, { action, actorId, targetType: 'workspace', targetId: id, workspaceId: id }, now);
}
