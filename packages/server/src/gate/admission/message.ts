// A message on its way to the gate: what a source hands over before anything is decided.
// It lives in memory only; its content is read lazily and only after the gate said yes.
import type { SourceKind } from '@sentinel/contract';

/** Where addresses stand. Mails carry raw header values (topmost field first); events carry bare addresses. */
export interface ParticipantFields {
  readonly form: 'headers' | 'addresses';
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
}

/** What is kept of an admitted message. */
export interface MessageContent {
  readonly subject: string;
  /** Plain text, at most MAX_TEXT_LENGTH characters; HTML is reduced to text. */
  readonly text: string;
  readonly sentAt: Date | null;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly attachments: readonly { readonly name: string; readonly type: string; readonly bytes: number }[];
  /** For events. */
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
}

export const MAX_TEXT_LENGTH = 256 * 1024;

export interface InboundMessage {
  readonly kind: 'mail' | 'event';
  readonly source: SourceKind;
  /** The sender's own key (Message-ID, or UID with recurrence and sequence), or null when it has none. */
  readonly key: string | null;
  readonly participants: ParticipantFields;
  /** Raw Authentication-Results values, topmost first. */
  readonly authenticationResults: readonly string[];
  readonly labels: readonly string[];
  /** Whether a mailing list delivered it (List-Id or List-Post is there). */
  readonly fromList: boolean;
  /** Byte after the message in its (uncompressed) source: where a resumed run goes on. */
  readonly end: number;
  /** Size in bytes. */
  readonly size: number;
  /** Parses and answers the content. Called only after the outcome is `passed`. */
  content(): Promise<MessageContent>;
}
