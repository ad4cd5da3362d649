// Runs the gate over messages in memory and stores nothing: the answer to "what would be kept?" before anything is
// connected. Uses the same page decision as the import, so its numbers are those of the real thing.
import type { Explanation, MatchedContact, OutcomeToken, RunReport } from '@sentinel/contract';
import type { Clock } from '../../platform/clock.ts';
import type { MailItem } from '../sources/mail-item.ts';
import type { Decision, Match } from './decide.ts';
import { explain } from './explain.ts';
import { identityOf } from './identity.ts';
import { decidePage, type FindContacts } from './page.ts';
import { chunksOf, pageOf } from './pages.ts';
import type { CompiledPolicy } from './policy.ts';
import { Tally } from './tally.ts';

/** A look-up in memory gains nothing by large pages, and mails that wait for theirs to fill cost more than deciding them. */
export const TRY_PAGE_MESSAGES = 50;

export interface TryOptions {
  readonly policy: CompiledPolicy;
  readonly findContacts: FindContacts;
  readonly bookContacts: number;
  readonly clock: Clock;
  /** Number, from 1, of a message to explain. */
  readonly explain?: number | undefined;
  readonly onProgress?: ((progress: { bytes: number; messages: number }) => void) | undefined;
}

export interface TryResult {
  readonly report: RunReport;
  readonly explanation: Explanation | null;
}

export async function tryMail(items: AsyncIterable<MailItem>, options: TryOptions): Promise<TryResult> {
  const startedAt = options.clock.now().getTime();
  const tally = new Tally();
  const kept = new Set<string>();
  let explanation: Explanation | null = null;
  let bookRevision = 0;
  for await (const chunk of chunksOf(items, TRY_PAGE_MESSAGES)) {
    const page = pageOf(chunk);
    if (page === null) continue;
    for (const reason of page.skipped) tally.skip(reason);
    const decidedPage = await decidePage(page.messages, options.policy, options.findContacts);
    bookRevision = decidedPage.bookRevision;
    for (const { message, participants, decision } of decidedPage.decided) {
      const identity = () => `${message.kind} ${identityOf(message, participants) ?? `at ${message.end}`}`;
      const outcome = withDuplicates(decision, identity, kept);
      tally.add(outcome, decision.matched);
      if (tally.messages === options.explain)
        explanation = explainDecision(outcome, decision, {
          policyVersion: options.policy.version,
          bookRevision,
          decidedAt: options.clock.now(),
        });
    }
    tally.bytes = page.end;
    options.onProgress?.({ bytes: tally.bytes, messages: tally.messages });
  }
  const report: RunReport = {
    messages: tally.messages,
    outcomes: tally.outcomes,
    skipped: tally.skipped,
    topContacts: tally.topContacts,
    bytes: tally.bytes,
    milliseconds: options.clock.now().getTime() - startedAt,
    bookContacts: options.bookContacts,
    policyVersion: options.policy.version,
    bookRevision,
  };
  return { report, explanation };
}

/** The explanation of a fresh decision; matched contacts are named only when the message passes. */
export function explainDecision(
  outcome: OutcomeToken,
  decision: Decision,
  facts: { policyVersion: number; bookRevision: number; decidedAt: Date },
): Explanation {
  const matched = outcome === 'passed' ? decision.matched.map(contactOf) : [];
  const { counts, senderVerdict } = decision;
  return explain({ outcome, counts, senderVerdict, ...facts }, matched);
}

function contactOf({ address, contact }: Match): MatchedContact {
  return { id: contact.contactId, name: contact.name, address, current: true };
}

/** A message that passes a second time under the same key would be stored once. */
function withDuplicates(decision: Decision, identity: () => string, kept: Set<string>): OutcomeToken {
  if (decision.outcome !== 'passed') return decision.outcome;
  const key = identity();
  if (kept.has(key)) return 'duplicate';
  kept.add(key);
  return 'passed';
}
