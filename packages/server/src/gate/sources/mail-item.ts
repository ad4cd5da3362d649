// What a mail source yields: messages for the gate, and what it had to skip with the reason.
// A skipped item never carries a byte of what it was.
import type { InboundMessage } from '../admission/message.ts';

/** Every reason an item of a mail source is passed over, with its meaning for people. Tokens are never renamed. */
export const SKIP_REASONS = {
  no_header: 'Nothing in it reads as a mail header.',
  header_too_large: 'Its header is longer than 1 MiB or 2,000 lines.',
  empty: 'The entry is empty, or its file could not be read.',
  source_truncated: 'The compressed file ends in the middle; what came before was read.',
  source_corrupt: 'The compressed file is damaged from here on; what came before was read.',
  event_malformed: 'The calendar event is not closed, or its parts are not nested properly.',
  event_too_large: 'The calendar event is larger than 8 MiB.',
} as const satisfies Record<string, string>;

export type SkipReason = keyof typeof SKIP_REASONS;

/** The formats a mail source can have once it is unpacked. */
export type MailFormat = 'mbox' | 'eml' | 'ics';

export type MailItem =
  | { readonly kind: 'message'; readonly message: InboundMessage }
  | {
      readonly kind: 'skipped';
      readonly reason: SkipReason;
      /** Byte after the item in its uncompressed source: where a resumed run goes on. */
      readonly end: number;
    };
