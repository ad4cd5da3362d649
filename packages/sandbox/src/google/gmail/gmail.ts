// Gmail as one part: every owner's mailbox, opened when somebody looks, and what a test can do inside one.
import type { GoogleOptions } from '../google-switches.ts';
import type { Correspondents, Party } from '../correspondents.ts';
import type { Call } from '../oauth/bearer.ts';
import { type OAuth, ownerOf } from '../oauth/oauth.ts';
import type { Pusher } from '../push.ts';
import { answerGmail } from './gmail-roads.ts';
import type { Attachment, Letter } from './letter.ts';
import { createMailQuota } from './mail-quota.ts';
import { createMailStory } from './mail-story.ts';
import { createMailWatches } from './mail-watch.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';

export interface MailDraft {
  /** The mailbox's owner for a mail that they send. */
  readonly from: Party;
  readonly to?: readonly Party[];
  readonly cc?: readonly Party[];
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  readonly attachments?: readonly Attachment[];
  /** Above all others, in this order: a second `To`, a false `Received`. */
  readonly headers?: readonly (readonly [string, string])[];
  /** The Gmail id of a message in the same mailbox. */
  readonly replyTo?: string;
  /** The receiving server saw that SPF, DKIM and DMARC fail. */
  readonly forged?: boolean;
  /** Those of a mail that arrives or was sent, unless said. */
  readonly labels?: readonly string[];
}

export interface MessageRef {
  readonly id: string;
  readonly threadId: string;
}

/** What happens in a mailbox when its owner, or the world, does something. `mailbox` is an owner's address. */
export interface MailDesk {
  deliver(mailbox: string, mail: MailDraft): MessageRef;
  /** @throws Error, as all below, when there is no such message */
  relabel(mailbox: string, id: string, change: { add?: readonly string[]; remove?: readonly string[] }): void;
  trash(mailbox: string, id: string): void;
  untrash(mailbox: string, id: string): void;
  /** For good. */
  delete(mailbox: string, id: string): void;
  createDraft(mailbox: string, mail: Omit<MailDraft, 'from'>): MessageRef;
  /** The draft of that id is gone afterwards, and the new one has another. */
  editDraft(mailbox: string, id: string, mail: Omit<MailDraft, 'from'>): MessageRef;
  sendDraft(mailbox: string, id: string): MessageRef;
  /** Every history id given out so far is too old. */
  expireHistory(mailbox: string): void;
}

export interface Gmail {
  readonly desk: MailDesk;
  /** @throws GoogleRefusal */
  answer(call: Call): void;
  /** Time has moved on: watched mailboxes live through it. */
  catchUp(): void;
}

export interface GmailDeps {
  readonly oauth: OAuth;
  readonly options: GoogleOptions;
  readonly pusher: Pusher;
  readonly correspondents: Correspondents;
  /** When the stand-in began, and when its story does (milliseconds). */
  readonly begun: number;
  readonly storyFrom: number;
}

export function createGmail(deps: GmailDeps): Gmail {
  const { oauth, options, pusher, correspondents } = deps;
  const { world } = oauth.ground;
  const story = createMailStory({ world, correspondents, conversationsPerDay: options.conversationsPerDay });
  const mailboxes = new Map<string, Mailbox>();
  const mailbox = (address: string): Mailbox => {
    const owner = ownerOf(oauth.ground, address);
    if (owner === null) throw new Error('nobody has this mailbox');
    const { begun, storyFrom } = deps;
    const known =
      mailboxes.get(address) ?? openMailbox({ owner, story, now: () => world.now().getTime(), begun, storyFrom });
    mailboxes.set(address, known);
    known.catchUp();
    return known;
  };
  const quota = createMailQuota(options, oauth.switches);
  const watches = createMailWatches({ oauth, pusher, options });
  const roads = { oauth, quota, watches, mailbox };
  return {
    desk: createDesk(mailbox),
    answer: (call) => answerGmail(roads, call),
    catchUp: () => {
      for (const watched of watches.watched()) watched.catchUp();
    },
  };
}

function createDesk(mailbox: (address: string) => Mailbox): MailDesk {
  let serial = 0;
  const put = (address: string, mail: MailDraft, usual: readonly string[]): MessageRef => {
    serial += 1;
    const box = mailbox(address);
    const replied = mail.replyTo === undefined ? null : box.get(mail.replyTo);
    const letter = letterOf(mail, replied?.copy.letter ?? null, serial);
    const { id, threadId } = box.put(letter, mail.labels ?? usual, replied?.copy.threadId ?? null);
    return { id, threadId };
  };
  const relabel: MailDesk['relabel'] = (address, id, { add = [], remove = [] }) =>
    mailbox(address).relabel(id, add, remove);
  const remove: MailDesk['delete'] = (address, id) => mailbox(address).erase(id);
  const draft = (address: string, mail: Omit<MailDraft, 'from'>) =>
    put(address, { ...mail, from: partyOf(mailbox(address)) }, ['DRAFT']);
  return {
    deliver: (address, mail) =>
      put(
        address,
        mail,
        mail.from.address === address ? sentLabels(address, mail) : ['UNREAD', 'CATEGORY_PERSONAL', 'INBOX'],
      ),
    relabel,
    trash: (address, id) => relabel(address, id, { add: ['TRASH'], remove: ['INBOX'] }),
    untrash: (address, id) => relabel(address, id, { add: ['INBOX'], remove: ['TRASH'] }),
    delete: remove,
    createDraft: draft,
    editDraft: (address, id, mail) => {
      remove(address, id);
      return draft(address, mail);
    },
    sendDraft: (address, id) => {
      const box = mailbox(address);
      const mail = box.get(id);
      if (mail === null || !mail.labels.includes('DRAFT')) throw new Error('the mailbox has no such draft');
      box.erase(id);
      const { threadId, letter } = mail.copy;
      const sent = box.put(letter, ['SENT'], threadId === id ? null : threadId);
      return { id: sent.id, threadId: sent.threadId };
    },
    expireHistory: (address) => mailbox(address).log.expire(),
  };
}

const partyOf = ({ owner }: Mailbox): Party => ({ name: owner.name, address: owner.address });

function sentLabels(address: string, { to = [], cc = [] }: MailDraft): readonly string[] {
  return [...to, ...cc].some((party) => party.address === address) ? ['SENT', 'INBOX', 'UNREAD'] : ['SENT'];
}

function letterOf(mail: MailDraft, answers: Letter | null, serial: number): Omit<Letter, 'n' | 'at'> {
  const { from, to = [], cc = [], subject = '', text = '', html = null, attachments = [], headers = [], forged } = mail;
  return {
    kind: forged === true ? 'forged' : 'own',
    from,
    to,
    cc,
    subject,
    messageId: `<own.${serial}@${from.address.split('@')[1] ?? 'example.com'}>`,
    answers,
    seed: serial,
    written: { text, html, attachments, headers },
  };
}
