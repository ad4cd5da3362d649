// The Events API: each install hears of what it may see, in a body signed over its exact bytes, with Slack's three retries.
// Both sides of a shared channel get an event of their own, with ids of their own, about the same message.
import { createHash } from 'node:crypto';
import { type Attempt, type Courier, type Delivery, openCourier, type Parcel } from '../frame/courier.ts';
import type { RegisteredApp } from '../frame/stand-in.ts';
import type { ChatHappening } from './chat.ts';
import { eventOf, type SlackEvent } from './slack-event-shapes.ts';
import { secondsOf, tsAfter } from './slack-ids.ts';
import type { Install, Revocation } from './slack-installs.ts';
import { signatureHeaders, verifyUrl } from './slack-signing.ts';
import type { Authorization, SlackState } from './slack-state.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SKEW_MS = 600_000;
const CONTEXTS_KEPT = 5000;

export interface EventOptions {
  /** How long an answer may take; 3 s unless said. */
  readonly answerWithinMs?: number;
  /** Waits before the retries: at once, after a minute, after five more, unless said. */
  readonly retryWaitsMs?: readonly number[];
  /** Events per hour and workspace; 30,000 unless said. */
  readonly perHour?: number;
  readonly fetch?: typeof fetch;
}

export interface Events {
  heard(happening: ChatHappening): void;
  revoked(revocation: Revocation): void;
  /** Asks whoever answers at an app's address to prove that it is theirs. */
  verifyUrl(clientId: string): Promise<boolean>;
  setUrl(clientId: string, url: string | null): void;
  deliveries(): readonly Delivery[];
  settled(): Promise<void>;
  close(): void;
}

interface Room {
  readonly state: SlackState;
  readonly courier: Courier;
  readonly urls: Map<string, string>;
  readonly perHour: number;
  /** Start of the hour, how many events it had, and the last minute that was told of the limit. */
  readonly counts: Map<string, { from: number; count: number; told: number }>;
  /** Kept back so that the next one overtakes it. */
  held: { readonly parcel: Parcel; readonly timer: NodeJS.Timeout } | null;
  made: number;
}

const HELD_MS = 200;

export function openEvents(state: SlackState, options: EventOptions = {}): Events {
  const courier = openCourier({
    answerWithinMs: options.answerWithinMs ?? 3000,
    waitsMs: options.retryWaitsMs ?? [0, MINUTE_MS, 5 * MINUTE_MS],
    stops: (headers) => headers.get('x-slack-no-retry') === '1',
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  const urls = new Map<string, string>();
  for (const { clientId, eventUrl } of state.ground.apps) if (eventUrl !== undefined) urls.set(clientId, eventUrl);
  const perHour = options.perHour ?? 30_000;
  const room: Room = { state, courier, urls, perHour, counts: new Map(), held: null, made: 0 };
  return {
    heard: (happening) => {
      for (const install of state.installs.all) hear(room, happening, install);
    },
    revoked: (revocation) => tellRevoked(room, revocation),
    verifyUrl: async (clientId) => {
      const app = state.ground.apps.find((each) => each.clientId === clientId);
      const url = urls.get(clientId);
      if (app === undefined || url === undefined) return false;
      return await verifyUrl(app, url, { now: state.clock(), ask: options.fetch ?? fetch });
    },
    setUrl: (clientId, url) => {
      if (url === null) urls.delete(clientId);
      else urls.set(clientId, url);
    },
    deliveries: () => courier.list(),
    settled: async () => {
      release(room);
      await courier.settled();
    },
    close: () => {
      if (room.held !== null) clearTimeout(room.held.timer);
      courier.close();
    },
  };
}

function hear(room: Room, happening: ChatHappening, install: Install): void {
  if (!install.alive || !room.urls.has(install.app.clientId)) return;
  const event = eventOf(room.state.chat, happening, install);
  if (event === null) return;
  const authorizations = witnessesOf(install, event);
  if (authorizations.length > 0) announce(room, { install, event, authorizations, at: happening.at });
}

/** As whom the app hears of it: its bot, or somebody who let it act as them. */
function witnessesOf(install: Install, { channel, scope }: SlackEvent): readonly Authorization[] {
  const hears = (user: string, scopes: ReadonlySet<string>) =>
    (scope === null || scopes.has(scope)) && (channel === null || channel.members.has(user));
  const users = [...install.userScopes].filter(([user, scopes]) => hears(user, scopes)).map(([user]) => user);
  const bots = hears(install.bot.id, install.botScopes) ? [install.bot.id] : [];
  return [...bots, ...users].map((user) => authorizationOf(install, user));
}

function authorizationOf(install: Install, user: string): Authorization {
  const is_bot = user === install.bot.id;
  return { enterprise_id: null, team_id: install.teamId, user_id: user, is_bot, is_enterprise_install: false };
}

interface Announcement {
  readonly install: Install;
  readonly event: SlackEvent;
  readonly authorizations: readonly Authorization[];
  readonly at: Date;
}

function announce(room: Room, { install, event, authorizations, at }: Announcement): void {
  if (!withinLimit(room, install)) return;
  const id = nextEventId(room, install);
  const event_context = remember(room, { id, install, event, authorizations });
  send(room, install.app, {
    id,
    road: `EVENT /${event.type}`,
    body: {
      token: 'not-to-be-used',
      team_id: install.teamId,
      context_team_id: install.teamId,
      context_enterprise_id: null,
      api_app_id: install.appId,
      event: event.body,
      type: 'event_callback',
      event_id: id,
      event_time: secondsOf(at),
      authorizations: authorizations.slice(0, 1),
      is_ext_shared_channel: (event.channel?.teams.length ?? 1) > 1,
      event_context,
    },
  });
}

/** Remembers all installs of the app that hear of the same thing, for whoever asks with the context. */
function remember(
  room: Room,
  told: { id: string; install: Install; event: SlackEvent; authorizations: readonly Authorization[] },
) {
  const { contexts, installs } = room.state;
  const others = installs.all.filter(
    (each) => each !== told.install && each.alive && each.app === told.install.app && told.event.channel !== null,
  );
  const further = others.flatMap((each) => witnessesOf(each, told.event));
  const context = `4-${Buffer.from(told.id).toString('base64url')}`;
  contexts.set(context, { clientId: told.install.app.clientId, authorizations: [...told.authorizations, ...further] });
  const [oldest] = contexts.keys();
  if (contexts.size > CONTEXTS_KEPT && oldest !== undefined) contexts.delete(oldest);
  return context;
}

function nextEventId(room: Room, install: Install): string {
  room.made += 1;
  const digest = createHash('sha256').update(`${install.appId} ${install.teamId} ${room.made}`).digest('hex');
  return `Ev0${digest.slice(0, 9).toUpperCase()}`;
}

/** Past the limit events are lost, and the app is told once a minute. */
function withinLimit(room: Room, { app, teamId, appId }: Install): boolean {
  const now = room.state.clock();
  const key = `${app.clientId} ${teamId}`;
  const known = room.counts.get(key);
  const count = known !== undefined && now - known.from < HOUR_MS ? known : { from: now, count: 0, told: 0 };
  room.counts.set(key, count);
  count.count += 1;
  if (count.count <= room.perHour) return true;
  const minute = Math.floor(now / MINUTE_MS);
  if (count.told === minute) return false;
  count.told = minute;
  const body = { token: 'not-to-be-used', type: 'app_rate_limited', team_id: teamId, minute_rate_limited: minute * 60 };
  send(room, app, {
    id: `limited-${minute}`,
    road: 'EVENT /app_rate_limited',
    body: { ...body, api_app_id: appId },
  });
  return false;
}

function tellRevoked(room: Room, { install, oauth, bot, uninstalled }: Revocation): void {
  if (!room.urls.has(install.app.clientId)) return;
  const at = room.state.ground.world.now();
  const authorizations = [authorizationOf(install, install.bot.id)];
  const tell = (type: string, more: object) =>
    announce(room, {
      install,
      event: { type, channel: null, scope: null, body: { type, ...more, event_ts: tsAfter(null, at) } },
      authorizations,
      at,
    });
  if (oauth.length + bot.length > 0) tell('tokens_revoked', { tokens: { oauth, bot } });
  if (uninstalled) tell('app_uninstalled', {});
}

function send(room: Room, app: RegisteredApp, mail: { id: string; road: string; body: object }): void {
  const { faults } = room.state.ground;
  const url = room.urls.get(app.clientId);
  if (url === undefined) return;
  const skew = faults.take('slack', ['clock_skew'], mail.road);
  // Unless said how old, it comes from the future.
  const skewMs = skew === null ? 0 : skew.delayMs === undefined ? SKEW_MS : -skew.delayMs;
  const parcel = parcelOf(room, app, { ...mail, url, skewMs });
  if (room.held === null && faults.take('slack', ['reorder_events'], mail.road) !== null) return hold(room, parcel);
  room.courier.send(parcel);
  if (faults.take('slack', ['duplicate_events'], mail.road) !== null) room.courier.send(parcel);
  release(room);
}

function hold(room: Room, parcel: Parcel): void {
  const timer = setTimeout(() => release(room), HELD_MS);
  timer.unref();
  room.held = { parcel, timer };
}

function release(room: Room): void {
  const { held } = room;
  if (held === null) return;
  clearTimeout(held.timer);
  room.held = null;
  room.courier.send(held.parcel);
}

function parcelOf(
  { state }: Room,
  app: RegisteredApp,
  mail: { id: string; url: string; body: object; skewMs: number },
): Parcel {
  const body = Buffer.from(JSON.stringify(mail.body));
  const headers = ({ number, reason }: Attempt) => ({
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    ...signatureHeaders(app, body, state.clock() + mail.skewMs),
    ...(reason === null ? {} : { 'x-slack-retry-num': String(number - 1), 'x-slack-retry-reason': reason }),
  });
  return { id: mail.id, url: mail.url, body, headers };
}
