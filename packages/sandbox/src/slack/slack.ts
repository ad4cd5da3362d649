// A stand-in for Slack: installing an app, the reading methods of the Web API and the Events API, over a chat that is made
// from the world and lives in its time. Mounted at a path; the API lies under `/api/`, the consent page under `/oauth/v2/`.
import { answerHtml, answerJson, answerText } from '../frame/answers.ts';
import { refusalPage } from '../frame/consent-page.ts';
import type { Delivery } from '../frame/courier.ts';
import type { Exchange, Ground, PlainFault, StandIn } from '../frame/stand-in.ts';
import { castChat } from './chat-cast.ts';
import { tellStory } from './chat-story.ts';
import type { Chat } from './chat.ts';
import { type EventOptions, openEvents } from './slack-events.ts';
import { type Installs, uninstall } from './slack-installs.ts';
import type { LimitMode, Limits } from './slack-limits.ts';
import { answerLimited, answerMethod } from './slack-methods.ts';
import { authorize } from './slack-oauth.ts';
import type { SlackState } from './slack-state.ts';

const DAY_MS = 86_400_000;
/** How far the posts go back. */
const STORY_DAYS = 60;

export interface Slack extends StandIn {
  readonly name: 'slack';
  /** The chat; what is done to it (`addPost`, `changePost` …) is told to every app that may hear of it. */
  readonly chat: Chat;
  /** `tiers` unless said. */
  setLimits(mode: LimitMode): void;
  /** Switches token rotation, which at Slack nobody can switch off again. */
  setRotation(clientId: string, on: boolean): void;
  /** Where an app's events go from now on; null for nowhere. */
  setEventUrl(clientId: string, url: string | null): void;
  /** Sends `url_verification` and says whether the challenge came back. */
  verifyEventUrl(clientId: string): Promise<boolean>;
  /** The last thousand attempts to deliver an event, oldest first. */
  deliveries(): readonly Delivery[];
  /** Waits until no delivery is on its way; retries that wait for their time are not. */
  settled(): Promise<void>;
  close(): void;
}

export interface SlackOptions {
  readonly events?: EventOptions;
  /** The machine's clock in milliseconds, for limits and signatures. */
  readonly clock?: () => number;
}

export function openSlack(ground: Ground, options: SlackOptions = {}): Slack {
  const chat = castChat(ground.world);
  const now = ground.world.now();
  tellStory(chat, new Date(now.getTime() - STORY_DAYS * DAY_MS), now);
  const limits: Limits = { mode: 'tiers', calls: new Map() };
  const installs: Installs = {
    chat,
    now: () => ground.world.now(),
    all: [],
    tokens: new Map(),
    refreshTokens: new Map(),
    rotating: new Set(ground.apps.filter(({ rotates }) => rotates === true).map(({ clientId }) => clientId)),
    onRevoked: (revocation) => events.revoked(revocation),
  };
  const clock = options.clock ?? Date.now;
  const state: SlackState = { ground, chat, installs, codes: new Map(), limits, clock, contexts: new Map() };
  const events = openEvents(state, options.events);
  chat.listeners.add((happening) => events.heard(happening));
  const stopTime = ground.world.onTime((from, to) => tellStory(chat, from, to));
  return {
    name: 'slack',
    chat,
    handle: (exchange) => handle(state, exchange),
    answerFault,
    revokeGrants: (account) => revokeGrants(installs, account),
    setLimits: (mode) => {
      limits.mode = mode;
      limits.calls.clear();
    },
    setRotation: (clientId, on) => {
      if (on) installs.rotating.add(clientId);
      else installs.rotating.delete(clientId);
    },
    setEventUrl: events.setUrl,
    verifyEventUrl: events.verifyUrl,
    deliveries: events.deliveries,
    settled: events.settled,
    close: () => {
      stopTime();
      events.close();
    },
  };
}

function handle(state: SlackState, exchange: Exchange): void {
  const { pathname } = exchange.url;
  const method = /^\/api\/([\w.]+)$/.exec(pathname)?.[1];
  if (method !== undefined) {
    if (exchange.method === 'POST' || exchange.method === 'GET') return answerMethod(state, exchange, method);
    return answerText(exchange, 405, 'Method Not Allowed', { allow: 'GET, POST' });
  }
  if (pathname === '/oauth/v2/authorize' && (exchange.method === 'GET' || exchange.method === 'POST'))
    return authorize(state, exchange);
  answerHtml(exchange, 404, refusalPage('Slack: nothing here', 'There is no such page.'));
}

function answerFault(exchange: Exchange, { status, retryAfterSeconds }: PlainFault): void {
  if (status === 429) return answerLimited(exchange, retryAfterSeconds);
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  const error = status === 500 ? 'internal_error' : 'service_unavailable';
  if (status === 502) return answerHtml(exchange, 502, '<html><body><h1>502 Bad Gateway</h1></body></html>', headers);
  answerJson(exchange, status, { ok: false, error }, headers);
}

/** @param account a workspace, or a person: then every workspace where that person installed an app */
function revokeGrants(installs: Installs, account: string | undefined): void {
  for (const each of installs.all)
    if (account === undefined || each.teamId === account || each.installers.has(account)) uninstall(installs, each);
}
