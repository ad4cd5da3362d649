// What would another policy have done? Kept messages are decided again from what was stored of them. Messages that
// were not kept left nothing to decide again; they are only counted, and the answer says so.
import type { OutcomeToken, Policy, PolicyPreview } from '@sentinel/contract';
import type { Database, WorkspaceTx } from '../../platform/db/database.ts';
import type { WorkspaceId } from '../../platform/ids.ts';
import { findContacts } from '../book/book.store.ts';
import { normaliseAddress } from './address.ts';
import { decideAmong, partiesOf } from './decide.ts';
import { findStoredFacts, listImportedMailboxes, listNewestOutcomes } from './kept.store.ts';
import { lookUp } from './page.ts';
import type { Participants } from './participants.ts';
import { assertPolicyComparable, type CompiledPolicy, compilePolicy } from './policy.ts';

const BATCH = 1000;

export interface PreviewRequest {
  readonly policy: Policy;
  /** How many of the newest outcomes to look at. */
  readonly last: number;
  readonly members: readonly string[];
}

/** Changes nothing. Answers in one pass over the newest outcomes, in batches of one look-up each. */
export async function previewPolicy(
  db: Database,
  workspaceId: WorkspaceId,
  request: PreviewRequest,
): Promise<PolicyPreview> {
  assertPolicyComparable(request.policy);
  return await db.workspace(workspaceId, async (tx) => {
    const mailboxes = await listImportedMailboxes(tx);
    const policy = compilePolicy(0, request.policy, { mailboxes, members: request.members });
    const outcomes = await listNewestOutcomes(tx, request.last);
    const keptIds = outcomes.flatMap((row) => (row.message_id === null ? [] : [row.message_id]));
    const become: Partial<Record<OutcomeToken, number>> = {};
    for (let start = 0; start < keptIds.length; start += BATCH) {
      for (const outcome of await decideStored(tx, keptIds.slice(start, start + BATCH), policy))
        become[outcome] = (become[outcome] ?? 0) + 1;
    }
    const { passed = 0, ...others } = become;
    const notKept = outcomes.filter((row) => row.message_id === null);
    return {
      kept: { looked: keptIds.length, stay: passed, become: others },
      notKept: { looked: notKept.length, couldChange: notKept.filter((row) => COULD_CHANGE.has(row.outcome)).length },
    };
  });
}

/** Outcomes another policy could turn into a yes; the book or the message itself decided the others. */
const COULD_CHANGE: ReadonlySet<string> = new Set([
  'dropped_excluded',
  'dropped_unauthenticated_sender',
  'dropped_self_user',
  'dropped_no_crm_match',
]);

async function decideStored(tx: WorkspaceTx, ids: readonly string[], policy: CompiledPolicy): Promise<OutcomeToken[]> {
  const rows = await findStoredFacts(tx, ids);
  const stored = rows.map((row) => ({
    participants: partiesOf(participantsOf(row.participants), policy),
    evidence: row.evidence,
  }));
  const parties = stored.map((one) => one.participants);
  const { matches } = await lookUp(parties, policy, (addresses, fold) => findContacts(tx, addresses, fold));
  return stored.map(
    ({ participants, evidence }) =>
      decideAmong(participants, matches, policy, { ...evidence, dmarc: () => evidence.dmarc }).outcome,
  );
}

function participantsOf(stored: { from: string[]; to: string[] }): Participants {
  const read = (texts: readonly string[]) => texts.map(normaliseAddress).filter((address) => address !== null);
  const authors = read(stored.from);
  const recipients = read(stored.to);
  return { authors, recipients, all: [...new Set([...authors, ...recipients])] };
}
