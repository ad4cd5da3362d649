// When are two messages one? When the same authors gave them the same key. The key alone would let anybody suppress
// somebody else's message by sending one with its Message-ID, or an event with its UID, first.
import type { InboundMessage } from './message.ts';
import type { Participants } from './participants.ts';

/** @returns null for a message without a key: then only its content tells */
export function identityOf(message: Pick<InboundMessage, 'key'>, participants: Participants): string | null {
  return message.key === null ? null : [message.key, ...participants.authors.toSorted()].join(' ');
}
