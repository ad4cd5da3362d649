// Push channels: an empty POST that says "something changed in this calendar", proved by nothing but the token in it.
import { randomUUID } from 'node:crypto';
import type { Faults } from '../../frame/faults.ts';
import { notFound, refuse } from '../google-answers.ts';
import type { Push, Pusher } from '../push.ts';
import { DAY_MS } from '../story-weeks.ts';

export interface ChannelOrder {
  readonly id: string;
  readonly type: string;
  readonly address: string;
  readonly token: string | null;
  readonly expiration: number | null;
}

export interface CalendarChannels {
  /** @throws GoogleRefusal 400 for an order that Google would not take */
  open(calendar: string, resourceUri: string, order: ChannelOrder): object;
  /** @throws GoogleRefusal 404 when there is no such channel */
  stop(id: string, resourceId: string): void;
  /** Calendars that somebody watches now. */
  watched(): readonly string[];
  tell(calendars: readonly string[]): void;
}

export interface ChannelDeps {
  readonly pusher: Pusher;
  readonly faults: Faults;
  readonly now: () => number;
}

interface Channel extends ChannelOrder {
  readonly calendar: string;
  readonly resourceId: string;
  readonly resourceUri: string;
  readonly until: number;
  sent: number;
  pending: boolean;
}

const USUAL_MS = 7 * DAY_MS;
const MOST_MS = 30 * DAY_MS;

export function createCalendarChannels(deps: ChannelDeps): CalendarChannels {
  const channels = new Map<string, Channel>();
  const live = () => [...channels.values()].filter(({ until }) => until > deps.now());
  return {
    open: (calendar, resourceUri, order) => {
      assertOrder(order, channels);
      const until = Math.min(order.expiration ?? deps.now() + USUAL_MS, deps.now() + MOST_MS);
      const resourceId = randomUUID().replaceAll('-', '').slice(0, 27);
      const channel = { ...order, calendar, resourceId, resourceUri, until, sent: 0, pending: false };
      channels.set(order.id, channel);
      tell(deps, channel, 'sync');
      const token = order.token === null ? {} : { token: order.token };
      return { kind: 'api#channel', id: order.id, resourceId, resourceUri, ...token, expiration: String(until) };
    },
    stop: (id, resourceId) => {
      if (channels.get(id)?.resourceId !== resourceId) throw notFound();
      channels.delete(id);
    },
    watched: () => live().map(({ calendar }) => calendar),
    tell: (calendars) => {
      for (const channel of live()) {
        if (channel.pending || !calendars.includes(channel.calendar)) continue;
        channel.pending = true;
        // What happens at once is told once.
        queueMicrotask(() => {
          channel.pending = false;
          if (channels.get(channel.id) === channel) tell(deps, channel, 'exists');
        });
      }
    },
  };
}

function assertOrder({ id, type, address, token }: ChannelOrder, channels: ReadonlyMap<string, Channel>): void {
  const no = (reason: string, message: string) => refuse({ code: 400, reason, message });
  if (!/^[\w\-+/=]{1,64}$/.test(id)) throw no('channelIdInvalid', 'Invalid channel id');
  if (channels.has(id)) throw no('channelIdNotUnique', `Channel id ${id} not unique`);
  if (type !== 'web_hook' && type !== 'webhook') throw no('channelUnknown', 'Invalid channel type');
  if ((token ?? '').length > 256) throw no('invalid', 'The token is too long');
  const url = URL.parse(address);
  const loopback = url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url?.protocol !== 'https:' && !loopback) throw no('push.webhookUrlNotHttps', `WebHook callback must be HTTPS`);
}

function tell({ pusher, faults }: ChannelDeps, channel: Channel, state: 'sync' | 'exists'): void {
  channel.sent += 1;
  const headers = {
    'x-goog-channel-id': channel.id,
    'x-goog-channel-expiration': new Date(channel.until).toUTCString(),
    'x-goog-resource-id': channel.resourceId,
    'x-goog-resource-uri': channel.resourceUri,
    'x-goog-resource-state': state,
    'x-goog-message-number': String(channel.sent),
    ...(channel.token !== null && { 'x-goog-channel-token': channel.token }),
    'user-agent': 'APIs-Google',
  };
  const push: Push = { url: channel.address, headers, body: null, again: (status) => status >= 500 };
  const twice = state === 'exists' && faults.take('google', ['duplicate_events'], 'POST /calendar/push') !== null;
  for (let copy = 0; copy < (twice ? 2 : 1); copy += 1) pusher.send(() => Promise.resolve(push));
}
