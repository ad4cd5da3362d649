// The form of a case of broken mail: its bytes, and what reading them has to answer.
import type { MailFormat, SkipReason } from '../mail-item.ts';

/** What a message of a case must say; only what is named is compared. */
export interface ExpectedMessage {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly key?: string | null;
  readonly labels?: readonly string[];
  readonly fromList?: boolean;
  readonly subject?: string;
  readonly text?: string;
  readonly sentAt?: string | null;
  readonly attachments?: readonly string[];
  readonly startsAt?: string | null;
  readonly endsAt?: string | null;
}

export interface BrokenMail {
  readonly name: string;
  readonly format: 'auto' | MailFormat;
  /** Characters are bytes (Latin-1). */
  readonly bytes: string;
  readonly expect: readonly (ExpectedMessage | SkipReason)[] | 'file_invalid' | 'too_large';
}
