// Decides a page of messages with one look-up in the book. Whatever runs the gate (import, try, question) uses this,
// so a rule cannot hold on one road and not on another.
import type { BookMatch, FoldAddress } from '../book/contact.ts';
import type { Address } from './address.ts';
import { dmarcResult } from './authentication-results.ts';
import { decideAmong, type Decision, type Evidence, type Parties, partiesOf } from './decide.ts';
import type { InboundMessage } from './message.ts';
import { type Participants, participantsReader } from './participants.ts';
import type { CompiledPolicy } from './policy.ts';

export interface BookAnswer {
  readonly revision: number;
  readonly matches: ReadonlyMap<Address, BookMatch>;
}

/** Answers, in one query, which of the addresses are contacts; `fold` is null where the policy folds nothing. */
export type FindContacts = (addresses: readonly Address[], fold: FoldAddress | null) => Promise<BookAnswer>;

/** The book's answer about the external participants of some messages. */
export async function lookUp(
  messages: readonly Parties[],
  policy: CompiledPolicy,
  findContacts: FindContacts,
): Promise<BookAnswer> {
  const wanted = new Set<Address>();
  for (const { external } of messages) for (const address of external) wanted.add(address);
  return await findContacts([...wanted], policy.folds ? policy.fold : null);
}

export interface DecidedMessage {
  readonly message: InboundMessage;
  readonly participants: Participants;
  readonly evidence: Evidence;
  readonly decision: Decision;
}

export interface DecidedPage {
  readonly bookRevision: number;
  readonly decided: readonly DecidedMessage[];
}

/** Messages per page, and bytes after which a page ends early, so that memory stays bounded. */
export const PAGE_MESSAGES = 500;
export const PAGE_BYTES = 16 * 1024 * 1024;

export async function decidePage(
  messages: readonly InboundMessage[],
  policy: CompiledPolicy,
  findContacts: FindContacts,
): Promise<DecidedPage> {
  const readParticipants = participantsReader();
  const read = messages.map((message) => ({
    message,
    participants: partiesOf(readParticipants(message.participants), policy),
  }));
  const book = await lookUp(
    read.map((one) => one.participants),
    policy,
    findContacts,
  );
  const decided = read.map(({ message, participants }) => {
    const evidence = evidenceOf(message, policy);
    return { message, participants, evidence, decision: decideAmong(participants, book.matches, policy, evidence) };
  });
  return { bookRevision: book.revision, decided };
}

function evidenceOf(message: InboundMessage, policy: CompiledPolicy): Evidence {
  return {
    labels: message.labels,
    fromList: message.fromList,
    dmarc: () => dmarcResult(message.authenticationResults, policy.authservIds),
  };
}
