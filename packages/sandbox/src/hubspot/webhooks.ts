// From happenings in the world to webhooks: for every application with an address, from every account that installed it and
// gave it the scope for that kind of record.
import type { Happening } from '../world/world.ts';
import type { RegisteredApp } from '../frame/stand-in.ts';
import { type Hub, takeFault } from './hub.ts';
import { RECORD_TYPES, type RecordType } from './record-types.ts';
import { appIdOf } from './token.ts';
import { eventBody, type EventDraft, eventsOf } from './webhook-events.ts';
import type { Mischief, WebhookEvent } from './webhook-delivery.ts';
import { WebhookSender } from './webhook-sender.ts';

const FIRST_EVENT = 531_833_541;
const FIRST_SUBSCRIPTION = 3_923_621;
const DEFAULT_SKEW_MS = 10 * 60 * 1000;

export interface Webhooks {
  /** Whether anybody listens at all. */
  readonly isOn: boolean;
  hear(happening: Happening): void;
  settled(): Promise<void>;
  close(): void;
}

interface Line {
  readonly app: RegisteredApp;
  readonly appId: number;
  readonly sender: WebhookSender;
}

export function openWebhooks(hub: Hub): Webhooks {
  const lines = hub.apps.flatMap((app): readonly Line[] => {
    if (app.eventUrl === undefined) return [];
    const target = { url: app.eventUrl, secret: app.clientSecret };
    const sender = new WebhookSender(target, hub.machine, (events) => mischiefFor(hub, events));
    return [{ app, appId: appIdOf(hub.apps, app.clientId), sender }];
  });
  const subscriptions = new Map<string, number>();
  let eventId = FIRST_EVENT;
  const frame = (line: Line, portalId: number, draft: EventDraft): WebhookEvent => {
    const key = `${line.appId} ${draft.type} ${draft.what} ${draft.propertyName ?? ''}`;
    const subscriptionId = subscriptions.get(key) ?? FIRST_SUBSCRIPTION + subscriptions.size;
    subscriptions.set(key, subscriptionId);
    eventId += 1;
    const { objectEvents: isObjectEvent } = hub.settings;
    return eventBody(draft, { eventId, subscriptionId, portalId, appId: line.appId, isObjectEvent });
  };
  return {
    isOn: lines.length > 0,
    hear: (happening) => {
      if (lines.length === 0) return;
      const drafts = eventsOf(hub, happening);
      for (const line of lines)
        for (const [portalId, types] of installs(hub, line.app))
          line.sender.send(drafts.filter(({ type }) => types.has(type)).map((draft) => frame(line, portalId, draft)));
    },
    settled: async () => {
      await Promise.all(lines.map(({ sender }) => sender.settled()));
    },
    close: () => {
      for (const { sender } of lines) sender.close();
    },
  };
}

const ALL_TYPES: readonly RecordType[] = ['contacts', 'deals', 'companies'];

/** Which kinds of record an application may hear of, for each account that has it. */
function installs({ grants, accounts }: Hub, app: RegisteredApp): ReadonlyMap<number, ReadonlySet<RecordType>> {
  const found = new Map<number, Set<RecordType>>();
  for (const { hubId, scopes } of grants.standing(app.clientId)) {
    if (accounts.find(hubId) === null) continue;
    const types = ALL_TYPES.filter((type) => scopes.includes(RECORD_TYPES[type].scope));
    found.set(hubId, new Set([...(found.get(hubId) ?? []), ...types]));
  }
  return found;
}

/** Faults are matched against `EVENT contact.creation,deal.propertyChange`. */
function mischiefFor(hub: Hub, events: readonly WebhookEvent[]): Mischief {
  const types = new Set(events.map((event) => String(event['subscriptionType'])));
  const road = `EVENT ${[...types].join(',')}`;
  const skew = takeFault(hub, 'clock_skew', road);
  return {
    isDoubled: takeFault(hub, 'duplicate_events', road) !== null,
    isReversed: takeFault(hub, 'reorder_events', road) !== null,
    skewMs: skew === null ? 0 : (skew.delayMs ?? DEFAULT_SKEW_MS),
  };
}
