// Gmail's labels and send-as addresses, as its API shows them.
import type { Owner } from '../../world/world.ts';
import { notFound } from '../google-answers.ts';
import type { Mailbox } from './mailbox.ts';
import { USER_LABELS } from './mail-life.ts';

const SYSTEM = [
  'CHAT',
  'SENT',
  'INBOX',
  'IMPORTANT',
  'TRASH',
  'DRAFT',
  'SPAM',
  'CATEGORY_FORUMS',
  'CATEGORY_UPDATES',
  'CATEGORY_PERSONAL',
  'CATEGORY_PROMOTIONS',
  'CATEGORY_SOCIAL',
  'STARRED',
  'UNREAD',
];

const LABELS = [
  ...SYSTEM.map((id) => ({ id, name: id, type: 'system' })),
  ...USER_LABELS.map((label) => ({ ...label, type: 'user' })),
];

export function labelsShape(): object {
  return { labels: LABELS };
}

/** @throws GoogleRefusal 404 when there is no such label */
export function labelShape(mailbox: Mailbox, id: string): object {
  const label = LABELS.find((each) => each.id === id);
  if (label === undefined) throw notFound();
  const all = { before: null, from: 0, until: Number.POSITIVE_INFINITY, limit: Number.POSITIVE_INFINITY };
  const mails = mailbox.list({ ...all, keep: ({ labels }) => labels.includes(id) });
  const unread = mails.filter(({ labels }) => labels.includes('UNREAD'));
  const threads = (each: typeof mails) => new Set(each.map(({ copy }) => copy.threadId)).size;
  return {
    ...label,
    messagesTotal: mails.length,
    messagesUnread: unread.length,
    threadsTotal: threads(mails),
    threadsUnread: threads(unread),
  };
}

export function sendAsShape({ address, name }: Owner): object {
  return { sendAs: [{ sendAsEmail: address, displayName: name, isPrimary: true, isDefault: true }] };
}
