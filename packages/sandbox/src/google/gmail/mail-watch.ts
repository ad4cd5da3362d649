// Gmail's watch: a push by Pub/Sub that says "something happened", at most once a second, late or never. Its bearer is a JWT
// by Google's hand; its history id is a hint and a JSON number, past what a floating point number holds.
import type { RegisteredApp } from '../../frame/stand-in.ts';
import { invalidArgument } from '../google-answers.ts';
import type { GoogleOptions } from '../google-switches.ts';
import { type OAuth, signAsGoogle } from '../oauth/oauth.ts';
import type { Push, Pusher } from '../push.ts';
import { DAY_MS } from '../story-weeks.ts';
import type { Mailbox } from './mailbox.ts';
import type { MailRecord } from './mail-log.ts';

export const PUSH_ACCOUNT = 'gmail-push@sandbox-project.iam.example.com';
const SUBSCRIPTION = 'projects/sandbox-project/subscriptions/gmail';
const ONCE_PER_MS = 1_000;
const TAKEN = [102, 200, 201, 202, 204];

export interface WatchOrder {
  readonly topicName: string;
  readonly labelIds: readonly string[];
  readonly excludes: boolean;
}

export interface MailWatches {
  /** Answers what Gmail does. @throws GoogleRefusal 400 for a topic that is none */
  watch(
    mailbox: Mailbox,
    clientId: string,
    order: WatchOrder,
  ): { readonly historyId: string; readonly expiration: string };
  stop(mailbox: Mailbox): void;
  /** Mailboxes with a watch, which may have run out by now. */
  watched(): readonly Mailbox[];
}

export interface MailWatchDeps {
  readonly oauth: OAuth;
  readonly pusher: Pusher;
  readonly options: Pick<GoogleOptions, 'clock'>;
}

interface Watch extends WatchOrder {
  readonly mailbox: Mailbox;
  readonly app: RegisteredApp | undefined;
  readonly until: number;
  pending: boolean;
}

interface State extends MailWatchDeps {
  readonly watches: Map<string, Watch>;
  readonly listening: Set<string>;
  readonly lastSent: Map<string, number>;
  messages: number;
  held: Watch | null;
}

export function createMailWatches(deps: MailWatchDeps): MailWatches {
  const state: State = {
    ...deps,
    watches: new Map(),
    listening: new Set(),
    lastSent: new Map(),
    messages: 0,
    held: null,
  };
  return {
    watch: (mailbox, clientId, order) => {
      if (!/^projects\/[\w.-]+\/topics\/[\w.~%+-]+$/.test(order.topicName)) throw invalidArgument('Invalid topicName');
      const until = nowOf(state) + 7 * DAY_MS;
      const app = deps.oauth.ground.apps.find((each) => each.clientId === clientId);
      const watch = { ...order, mailbox, app, until, pending: false };
      state.watches.set(mailbox.owner.address, watch);
      listen(state, mailbox);
      return { historyId: String(mailbox.log.last()), expiration: String(until) };
    },
    stop: (mailbox) => {
      state.watches.delete(mailbox.owner.address);
    },
    watched: () => [...state.watches.values()].map(({ mailbox }) => mailbox),
  };
}

const nowOf = ({ oauth }: State): number => oauth.ground.world.now().getTime();

function listen(state: State, mailbox: Mailbox): void {
  const { address } = mailbox.owner;
  if (state.listening.has(address)) return;
  state.listening.add(address);
  mailbox.listen((record) => {
    const watch = state.watches.get(address);
    if (watch === undefined || watch.pending || watch.until <= record.at || !concerns(watch, record)) return;
    watch.pending = true;
    // Everything that happens in one step of time is told once.
    queueMicrotask(() => {
      watch.pending = false;
      if (state.watches.get(address) === watch) tell(state, watch);
    });
  });
}

function concerns({ labelIds, excludes }: WatchOrder, record: MailRecord): boolean {
  if (labelIds.length === 0) return true;
  const has = labelIds.some((label) => record.labels.includes(label) || record.changed.includes(label));
  return has !== excludes;
}

function tell(state: State, watch: Watch): void {
  const { address } = watch.mailbox.owner;
  const { faults } = state.oauth.ground;
  const now = state.options.clock();
  if (now - (state.lastSent.get(address) ?? Number.NEGATIVE_INFINITY) < ONCE_PER_MS) return;
  state.lastSent.set(address, now);
  const road = 'POST /gmail/push';
  if (state.held === null && faults.take('google', ['reorder_events'], road) !== null) {
    state.held = watch;
    return;
  }
  const copies = faults.take('google', ['duplicate_events'], road) === null ? 1 : 2;
  const skew = faults.take('google', ['clock_skew'], road) === null ? 0 : -2 * 3_600;
  send(state, watch, { copies, skew });
  if (state.held !== null) send(state, state.held, { copies: 1, skew: 0 });
  state.held = null;
}

function send(
  state: State,
  { app, mailbox }: Watch,
  { copies, skew }: { readonly copies: number; readonly skew: number },
): void {
  const url = app?.eventUrl;
  if (url === undefined) return;
  state.messages += 1;
  const messageId = String(20_000_000_000_000 + state.messages);
  const body = pushBody(mailbox, messageId, new Date(nowOf(state)).toISOString());
  const make = async (): Promise<Push> => {
    const claims = {
      aud: url,
      azp: '117000000000000000001',
      sub: '117000000000000000001',
      email: PUSH_ACCOUNT,
      email_verified: true,
    };
    const token = await signAsGoogle(state.oauth, claims, skew);
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'user-agent': 'APIs-Google',
    };
    return { url, headers, body, again: (status) => !TAKEN.includes(status) };
  };
  for (let copy = 0; copy < copies; copy += 1) state.pusher.send(make);
}

function pushBody({ owner, log }: Mailbox, messageId: string, publishTime: string): string {
  const data = `{"emailAddress":${JSON.stringify(owner.address)},"historyId":${String(log.last())}}`;
  const message = {
    data: Buffer.from(data).toString('base64'),
    messageId,
    message_id: messageId,
    publishTime,
    publish_time: publishTime,
  };
  return JSON.stringify({ message, subscription: SUBSCRIPTION });
}
