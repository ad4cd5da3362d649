// Everything one stand-in for HubSpot holds, and the switches that a test or a person turns on it.
import type { ActiveFault, FaultKind } from '../frame/faults.ts';
import type { Ground } from '../frame/stand-in.ts';
import { type Accounts, openAccounts } from './accounts.ts';
import { type Grants, openGrants } from './grants.ts';
import { createLimiter, type Limiter } from './limits.ts';
import { type Links, openLinks } from './links.ts';
import { type Merges, openMerges } from './merges.ts';
import { openRecordBooks, type RecordBooks } from './record-book.ts';
import { openRecordIds, type RecordIds } from './record-ids.ts';

export interface HubSpotSettings {
  /** Whether 110 requests in ten seconds and five searches in a second are all an account gets. On at the start. */
  limits: boolean;
  /** Whether those refusals say `Retry-After`, which is nowhere documented. Off at the start. */
  retryAfterOnLimit: boolean;
  /** How long search does not see a change, in the world's time; 0 at the start. */
  searchLagMs: number;
  /** Whether record ids lie beyond 2^53, where reading them as JavaScript numbers loses digits. Off at the start. */
  wideIds: boolean;
  /** Whether webhooks say `object.creation` with an `objectTypeId`, as newer subscriptions do. Off at the start. */
  objectEvents: boolean;
}

/** What the stand-in has from the machine; tests bring their own. */
export interface Machine {
  /** Milliseconds since 1970. Signs webhooks: their receivers look at real clocks. */
  readonly now: () => number;
  /** Milliseconds that never go back, for rate limits. */
  readonly monotonicNow: () => number;
  /** From 0 to 1, for the spacing of retries. */
  readonly random: () => number;
  readonly fetch: typeof globalThis.fetch;
  /** How long a webhook's answer may take; five seconds at HubSpot. */
  readonly answerWithinMs: number;
  /** First wait before a webhook is sent again; each further one is twice as long, up to a minute. */
  readonly retryMs: number;
}

export const REAL_MACHINE: Machine = {
  now: () => Date.now(),
  monotonicNow: () => performance.now(),
  random: () => Math.random(),
  fetch: (...request) => globalThis.fetch(...request),
  answerWithinMs: 5000,
  retryMs: 1000,
};

export interface Hub extends Ground {
  readonly settings: HubSpotSettings;
  readonly machine: Machine;
  readonly accounts: Accounts;
  readonly grants: Grants;
  readonly limiter: Limiter;
  readonly merges: Merges;
  readonly ids: RecordIds;
  readonly links: Links;
  readonly books: RecordBooks;
}

export function openHub(ground: Ground, machine: Machine): Hub {
  const { world } = ground;
  const settings: HubSpotSettings = {
    limits: true,
    retryAfterOnLimit: false,
    searchLagMs: 0,
    wideIds: false,
    objectEvents: false,
  };
  const merges = openMerges(world);
  const ids = openRecordIds(merges, () => settings.wideIds);
  const links = openLinks(world, merges);
  const countLinks = (from: 'contacts' | 'deals', n: number) =>
    links.linked(from, n, from === 'contacts' ? 'deals' : 'contacts').length;
  return {
    ...ground,
    settings,
    machine,
    merges,
    ids,
    links,
    accounts: openAccounts(world),
    grants: openGrants(() => world.now()),
    limiter: createLimiter(),
    books: openRecordBooks({ world, ids, countLinks }),
  };
}

/** The first fault of this kind for a road, counted as taken; null when there is none. */
export function takeFault({ faults }: Pick<Hub, 'faults'>, kind: FaultKind, road: string): ActiveFault | null {
  return faults.take('hubspot', [kind], road);
}
