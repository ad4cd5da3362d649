// The decision itself: participants, book matches and policy in, an outcome with its counts out.
// Pure and synchronous: no clock, no database, so a property test can throw a million books at it.
import type { BookMatch } from '../book/contact.ts';
import type { Address } from './address.ts';
import { domainOf } from './address.ts';
import type { DmarcResult } from './authentication-results.ts';
import type { Participants } from './participants.ts';
import type { CompiledPolicy } from './policy.ts';
import { isRoleAddress } from './role-address.ts';

/** What `decide` can answer; `duplicate` and `fail_closed` are only known when the message is to be kept. */
export type DecidedOutcome =
  | 'passed'
  | 'dropped_no_participants'
  | 'dropped_self_user'
  | 'dropped_no_crm_match'
  | 'dropped_excluded'
  | 'dropped_unauthenticated_sender';

/** How many were left after each rule. Counts are all that is kept of a message that was not. */
export interface DecisionCounts {
  readonly participants: number;
  /** After ourselves and colleagues were taken out. */
  readonly external: number;
  /** Of those, in the contact book (and on the side that counts). */
  readonly matched: number;
  /** Of those, not excluded. */
  readonly allowed: number;
  /** Of those, not an author whose authentication failed. */
  readonly admitting: number;
}

/** What the rule on authentication went by: what the receiving domain said of the author, or that the policy does not ask. */
export type SenderVerdict = DmarcResult | 'off';

export interface Match {
  readonly address: Address;
  readonly contact: BookMatch;
}

export interface Decision {
  readonly outcome: DecidedOutcome;
  readonly counts: DecisionCounts;
  readonly senderVerdict: SenderVerdict | null;
  /** The contacts that admit the message; empty unless passed. */
  readonly matched: readonly Match[];
}

/** What a decision looks at beside the participants. */
export interface Evidence {
  readonly labels: readonly string[];
  readonly fromList: boolean;
  /** What the receiving domain said of the author; asked only when it matters, since it has to be parsed. */
  dmarc(): DmarcResult;
}

export interface Parties extends Participants {
  /** Those that are neither ourselves nor colleagues: the only ones that are looked up in the book. */
  readonly external: readonly Address[];
}

export function partiesOf({ authors, recipients, all }: Participants, policy: CompiledPolicy): Parties {
  return { authors, recipients, all, external: all.filter((address) => !isOurs(address, policy)) };
}

/**
 * Decides whether a message may be kept.
 *
 * @param book what the contact book knows of the external participants, under their address or its folded form
 * @returns the outcome, the counts behind it and, only when passed, the contacts that admit it
 */
export function decide(
  participants: Participants,
  book: ReadonlyMap<Address, BookMatch>,
  policy: CompiledPolicy,
  evidence: Evidence,
): Decision {
  return decideAmong(partiesOf(participants, policy), book, policy, evidence);
}

/** As `decide`, for callers that know already who is external. */
export function decideAmong(
  participants: Parties,
  book: ReadonlyMap<Address, BookMatch>,
  policy: CompiledPolicy,
  evidence: Evidence,
): Decision {
  const { external } = participants;
  const matched = candidates(participants, external, policy, evidence).flatMap((address) => {
    const contact = book.get(address) ?? book.get(policy.fold(address));
    return contact === undefined ? [] : [{ address, contact }];
  });
  const allowed = matched.filter((match) => !isExcluded(match, policy, participants, evidence));
  const senderVerdict = allowed.length === 0 ? null : policy.policy.dmarc === 'off' ? 'off' : evidence.dmarc();
  const failed = policy.policy.dmarc === 'enforce' && senderVerdict === 'fail';
  const admitting = failed ? allowed.filter(({ address }) => !participants.authors.includes(address)) : allowed;
  const counts = {
    participants: participants.all.length,
    external: external.length,
    matched: matched.length,
    allowed: allowed.length,
    admitting: admitting.length,
  };
  const outcome = outcomeOf(counts);
  return { outcome, counts, senderVerdict, matched: outcome === 'passed' ? uniqueContacts(admitting) : [] };
}

/** Names the first rule that left nobody; whoever adds a rule adds it here. */
export function outcomeOf(counts: DecisionCounts): DecidedOutcome {
  if (counts.participants === 0) return 'dropped_no_participants';
  if (counts.external === 0) return 'dropped_self_user';
  if (counts.matched === 0) return 'dropped_no_crm_match';
  if (counts.allowed === 0) return 'dropped_excluded';
  if (counts.admitting === 0) return 'dropped_unauthenticated_sender';
  return 'passed';
}

function isOurs(address: Address, policy: CompiledPolicy): boolean {
  return policy.self.addresses.has(policy.fold(address)) || policy.self.domains.has(domainOf(address));
}

/**
 * Counterparty only: a stranger cannot force a message in by adding a customer to Cc, nor can a colleague's Cc.
 * Mail is outbound only when every author is ours and nothing says that somebody else wrote it; a forged author of ours
 * must not turn a stranger's recipients into our counterparties.
 */
function candidates(
  participants: Participants,
  external: readonly Address[],
  policy: CompiledPolicy,
  evidence: Evidence,
): readonly Address[] {
  if (policy.policy.match === 'any_participant') return external;
  const { authors, recipients } = participants;
  const ours = authors.length > 0 && authors.every((author) => isOurs(author, policy));
  const outbound = ours && (policy.policy.dmarc !== 'enforce' || evidence.dmarc() !== 'fail');
  const side = new Set(outbound ? recipients : authors);
  return external.filter((address) => side.has(address));
}

function isExcluded(match: Match, policy: CompiledPolicy, participants: Participants, evidence: Evidence): boolean {
  if (match.contact.excluded || policy.excludedContacts.has(match.contact.contactId)) return true;
  if (policy.excludedAddresses.has(policy.fold(match.address)) || policy.excludedDomains.has(domainOf(match.address)))
    return true;
  if (evidence.labels.some((label) => policy.excludedLabels.has(label.toLowerCase()))) return true;
  if (policy.policy.roleAddresses === 'admit') return false;
  // A list speaks to everybody on it, so on list mail only the author is a person who wrote to us.
  return isRoleAddress(match.address) || (evidence.fromList && !participants.authors.includes(match.address));
}

/** A contact with several addresses on one message admits it once, under the first of them. */
function uniqueContacts(matches: readonly Match[]): readonly Match[] {
  const seen = new Set<string>();
  return matches.filter(({ contact }) => !seen.has(contact.contactId) && seen.add(contact.contactId));
}
