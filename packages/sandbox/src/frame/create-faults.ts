// The switchboard's memory: which faults stand, how many requests each lets pass, and how often each has happened.
import { type ActiveFault, FAULT_KINDS, type FaultKind, type FaultOrder, type Faults } from './faults.ts';
import { PROVIDER_NAMES } from './stand-in.ts';

const STATUSES: readonly unknown[] = [429, 500, 502, 503];
const MAX_DELAY_MS = 600_000;
const MAX_MATCH_LENGTH = 200;

interface Standing {
  readonly id: number;
  readonly order: FaultOrder;
  /** How many matching requests still pass. */
  passing: number;
  taken: number;
}

/**
 * An empty switchboard.
 *
 * `match` of an order is found anywhere in `METHOD /path`; with a `*` it must fit the whole, and `*` stands for anything.
 */
export function createFaults(): Faults {
  let standing: readonly Standing[] = [];
  let lastId = 0;
  return {
    set: (order) => {
      assertOrder(order);
      lastId += 1;
      const fault = { id: lastId, order: { ...order }, passing: order.after ?? 0, taken: 0 };
      standing = [...standing, fault];
      return seen(fault);
    },
    clear: (which = {}) => {
      standing = standing.filter(
        ({ id, order }) =>
          (which.id !== undefined && which.id !== id) ||
          (which.provider !== undefined && which.provider !== order.provider),
      );
    },
    list: () => standing.map(seen),
    take: (provider, kinds, road) => {
      for (const fault of standing) {
        if (!concerns(fault, provider, kinds) || !matches(fault.order.match, road)) continue;
        if (fault.passing > 0) {
          fault.passing -= 1;
          continue;
        }
        fault.taken += 1;
        return seen(fault);
      }
      return null;
    },
  };
}

function seen({ id, order, taken }: Standing): ActiveFault {
  return { ...order, id, taken };
}

function concerns({ order, taken }: Standing, provider: string, kinds: readonly FaultKind[]): boolean {
  return order.provider === provider && kinds.includes(order.kind) && taken < (order.times ?? Number.POSITIVE_INFINITY);
}

function matches(match: string | undefined, road: string): boolean {
  if (match === undefined || match === '') return true;
  if (!match.includes('*')) return road.includes(match);
  const parts = match.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(road);
}

function assertOrder(order: FaultOrder): void {
  const wrong = wrongIn(order);
  if (wrong !== null) throw new Error(`not a fault: ${wrong}`);
}

function wrongIn({ provider, kind, match, times, after, status, retryAfterSeconds, delayMs }: FaultOrder) {
  if (!PROVIDER_NAMES.includes(provider)) return 'the provider is unknown';
  if (!FAULT_KINDS.includes(kind)) return 'the kind is unknown';
  if (match !== undefined && match.length > MAX_MATCH_LENGTH) return `match is longer than ${MAX_MATCH_LENGTH}`;
  if (!isCount(times, 1)) return 'times is a whole number from 1';
  if (!isCount(after, 0)) return 'after is a whole number from 0';
  if (status !== undefined && !STATUSES.includes(status)) return `status is one of ${STATUSES.join(', ')}`;
  if (!isCount(retryAfterSeconds, 0)) return 'retryAfterSeconds is a whole number from 0';
  if (!isCount(delayMs, 0) || (delayMs ?? 0) > MAX_DELAY_MS) return `delayMs is a whole number up to ${MAX_DELAY_MS}`;
  return null;
}

function isCount(value: number | undefined, least: number): boolean {
  return value === undefined || (Number.isSafeInteger(value) && value >= least);
}
