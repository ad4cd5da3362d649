// Gmail's history list: what happened behind an id, in pages, filtered without losing the place.
import { invalidArgument, notFound } from '../google-answers.ts';
import type { Mailbox } from './mailbox.ts';
import type { MailRecord } from './mail-log.ts';

const KINDS = ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'] as const;
const MEMBERS = {
  messageAdded: 'messagesAdded',
  messageDeleted: 'messagesDeleted',
  labelAdded: 'labelsAdded',
  labelRemoved: 'labelsRemoved',
} as const;

export interface HistoryQuery {
  readonly query: URLSearchParams;
  readonly limit: number;
  readonly now: number;
  /** Tells everything twice. */
  readonly twice: boolean;
}

/** @throws GoogleRefusal 400 for an id that is none, 404 for one that is too old */
export function historyShape(mailbox: Mailbox, { query, limit, now, twice }: HistoryQuery): object {
  const start = numberOf(query.get('startHistoryId'));
  const page = query.get('pageToken');
  const records = mailbox.log.after(start, now);
  if (records === null) throw notFound();
  const from = page === null ? start : numberOf(page);
  const wanted = records.filter((record) => record.id > from && concerns(query, record));
  const shown = wanted.slice(0, limit);
  const last = shown.at(-1);
  const shapes = shown.flatMap((record) =>
    twice ? [recordShape(record), recordShape(record)] : [recordShape(record)],
  );
  return {
    ...(shapes.length > 0 && { history: shapes }),
    ...(wanted.length > shown.length && last !== undefined && { nextPageToken: String(last.id) }),
    historyId: String(mailbox.log.last()),
  };
}

function numberOf(text: string | null): bigint {
  if (text === null || !/^\d{1,20}$/.test(text)) throw invalidArgument('Invalid value for startHistoryId or pageToken');
  return BigInt(text);
}

function concerns(query: URLSearchParams, { kind, labels, changed }: MailRecord): boolean {
  const kinds = query.getAll('historyTypes');
  if (kinds.some((each) => !KINDS.some((known) => known === each)))
    throw invalidArgument('Invalid value at historyTypes');
  const label = query.get('labelId');
  return (
    (kinds.length === 0 || kinds.includes(kind)) &&
    (label === null || labels.includes(label) || changed.includes(label))
  );
}

function recordShape({ id, kind, message, labels, changed }: MailRecord): object {
  const whole = { ...message, ...(labels.length > 0 && { labelIds: labels }) };
  const change = changed.length > 0 ? { message: whole, labelIds: changed } : { message: whole };
  return { id: String(id), messages: [message], [MEMBERS[kind]]: [change] };
}
