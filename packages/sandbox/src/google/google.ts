// A stand-in for Google: its OAuth, Gmail and Calendar at the root of one origin, where the real one has several hosts.
// Every owner of the world has an account; mail and meetings are the story's, and what tests put beside it.
import type { Exchange, Ground, StandIn } from '../frame/stand-in.ts';
import { type Calendar, createCalendar } from './calendar/calendar.ts';
import type { MeetingDesk } from './calendar/calendar-book.ts';
import { createCorrespondents } from './correspondents.ts';
import { createGmail, type Gmail, type MailDesk } from './gmail/gmail.ts';
import { answerPlainFault, answerRefusal, GoogleRefusal, notFound } from './google-answers.ts';
import { firstSwitches, type GoogleOptions, type GoogleSwitches } from './google-switches.ts';
import { identify } from './oauth/bearer.ts';
import { createOAuth, type OAuth } from './oauth/oauth.ts';
import { handleOAuth } from './oauth/oauth-roads.ts';
import { createPusher } from './push.ts';
import { DAY_MS } from './story-weeks.ts';

export interface Google extends StandIn {
  readonly name: 'google';
  readonly switches: GoogleSwitches;
  /** What happens in mailboxes. */
  readonly mail: MailDesk;
  /** What happens in calendars. */
  readonly meetings: MeetingDesk;
  /** The person sets a new password: tokens that carry a Gmail scope die. */
  changePassword(account: string): void;
  /** The domain's policy ends the session: refreshing answers `invalid_rapt` until the person consents again. */
  endSession(account: string): void;
  /** When no push is under way any more. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Parts {
  readonly oauth: OAuth;
  readonly gmail: Gmail;
  readonly calendar: Calendar;
}

/** @param options real time, fetch, and how much mail there is; only tests say otherwise */
export function openGoogle(ground: Ground, options: Partial<GoogleOptions> = {}): Google {
  const whole: GoogleOptions = { clock: Date.now, fetch, conversationsPerDay: 10, ...options };
  const switches = firstSwitches();
  const oauth = createOAuth(ground, switches);
  const pusher = createPusher(whole, switches);
  const correspondents = createCorrespondents(ground.world);
  const begun = ground.world.now().getTime();
  // The first contact is as old as the company's past.
  const storyFrom = ground.world.contacts.get(0)?.createdAt.getTime() ?? begun - 365 * DAY_MS;
  const shared = { oauth, pusher, correspondents, begun, storyFrom };
  const gmail = createGmail({ ...shared, options: whole });
  const calendar = createCalendar(shared);
  const stop = followTime(ground, (from, to) => {
    gmail.catchUp();
    calendar.pass(from, to);
  });
  return {
    name: 'google',
    switches,
    mail: gmail.desk,
    meetings: calendar.desk,
    handle: async (exchange) => await handle({ oauth, gmail, calendar }, exchange),
    answerFault: answerPlainFault,
    revokeGrants: (account) => oauth.grants.forget(account),
    changePassword: (account) => oauth.grants.changePassword(account),
    endSession: (account) => void oauth.ended.add(account),
    settled: async () => await pusher.settled(),
    close: async () => {
      stop();
      await pusher.close();
    },
  };
}

/** The world moves by hours; what only pushes are made of is looked at once, when it has come to rest. */
function followTime({ world }: Ground, pass: (from: number, to: number) => void): () => void {
  let since: number | null = null;
  return world.onTime((from) => {
    if (since !== null) return;
    const start = from.getTime();
    since = start;
    queueMicrotask(() => {
      since = null;
      pass(start, world.now().getTime());
    });
  });
}

async function handle({ oauth, gmail, calendar }: Parts, exchange: Exchange): Promise<void> {
  try {
    if (await handleOAuth(oauth, exchange)) return;
    const path = exchange.url.pathname;
    if (path.startsWith('/gmail/v1/')) return gmail.answer(identify(oauth, exchange));
    if (path.startsWith('/calendar/v3/')) return calendar.answer(identify(oauth, exchange));
    throw notFound();
  } catch (error) {
    // A path whose percent signs mean nothing is an address that nobody has.
    const refused = error instanceof URIError ? notFound() : error;
    if (!(refused instanceof GoogleRefusal)) throw error;
    answerRefusal(exchange, refused.refusal);
  }
}
