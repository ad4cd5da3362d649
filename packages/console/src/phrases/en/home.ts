// Words of Home.
import { count, formatNumber } from '../format.ts';

export const homePhrases = {
  holds: 'The boundary holds.',
  doesNotHold: 'The boundary needs you.',
  quiet: 'Nothing needs you.',
  needs: (things: number) => (things === 1 ? '1 thing needs you.' : `${formatNumber(things)} things need you.`),
  closedOnDoubt: 'Gate: closed on doubt.',
  noneBlind: '0 decided blind.',
  someBlind: 'Messages are stored that no contact admitted.',
  heldBack: (messages: number, range: string) =>
    messages === 0
      ? `No message was held back in the ${range}.`
      : `${count(messages, 'message', 'messages')} held back in the ${range}, nothing of them stored.`,
  range: 'Range',
  kept: (range: string) => `Messages kept, ${range}`,
  ofSeen: (seen: number) => `of ${formatNumber(seen)} seen`,
  dropped: (range: string) => `Dropped, ${range}`,
  droppedShare: (share: string) => `${share} of all seen`,
  contacts: 'Contacts',
  contactsNote: 'may open the gate',
  failedClosed: (range: string) => `Failed closed, ${range}`,
  failedClosedNote: 'nothing stored',
  question: { hour: 'What did the gate decide, hour by hour?', day: 'What did the gate decide, day by day?' },
  unit: (range: string, zone: string) => `messages, ${range}, ${zone}`,
  attention: 'Needs attention',
  nothingNeedsYou: 'Nothing needs you.',
  open: 'Open',
  openThing: (title: string) => `Open: ${title}`,
  setup: 'First steps',
  setupDone: (done: number, all: number) => `${done} of ${all} done`,
  recent: 'What changed today?',
  recentAside: 'from the audit log',
  recentCaption: 'Changes of today',
  nothingChanged: 'Nothing changed today.',
  allOfIt: 'See the audit log',
  time: 'Time',
  who: 'Who',
  what: 'What',
  note: 'Note',
  result: 'Result',
} as const;
