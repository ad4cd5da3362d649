// What the address of the ledger says: filters, time and the open entry. The same object makes the query to the
// server, so that a view, its link and its rows cannot disagree.
import type { SourceKind } from '@sentinel/contract';
import {
  isOutcomeToken,
  OUTCOME_TOKENS,
  type OutcomeFamily,
  type OutcomeToken,
  OUTCOMES,
} from '@sentinel/contract/outcomes';
import { SOURCE_WORDS } from '../phrases/en/outcomes.ts';

export const LEDGER_RANGES = ['24h', '7d', '30d', 'all'] as const;
export type LedgerRange = (typeof LEDGER_RANGES)[number];

export interface LedgerSearch {
  /** Comma-separated outcome tokens. */
  readonly outcome?: string;
  readonly source?: SourceKind;
  /** Left out for the last day. */
  readonly range?: LedgerRange;
  /** A fixed span, as a bar of a chart links to; stronger than the range. */
  readonly since?: string;
  readonly until?: string;
  readonly entry?: string;
}

/** Reads the search part and drops what is not understood. */
export function readLedgerSearch(search: Record<string, unknown>): LedgerSearch {
  const outcomes = outcomesOf(typeof search['outcome'] === 'string' ? search['outcome'] : '');
  const source = Object.keys(SOURCE_WORDS).find((kind): kind is SourceKind => kind === search['source']);
  const range = LEDGER_RANGES.find((known) => known === search['range'] && known !== '24h');
  const { since, until } = readSpan(search);
  const entry = typeof search['entry'] === 'string' && UUID.test(search['entry']) ? search['entry'] : undefined;
  return {
    ...(outcomes.length > 0 ? { outcome: outcomes.join(',') } : {}),
    ...(source === undefined ? {} : { source }),
    ...(range === undefined ? {} : { range }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(entry === undefined ? {} : { entry }),
  };
}

/** The known tokens in a comma-separated list. */
export function outcomesOf(text: string): OutcomeToken[] {
  return text.split(',').filter(isOutcomeToken);
}

/** The tokens of a family, as a filter holds them. */
export function tokensOf(family: OutcomeFamily): string {
  return OUTCOME_TOKENS.filter((token) => OUTCOMES[token].family === family).join(',');
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A span that ends before it begins holds nothing and stands for none. */
function readSpan(search: Record<string, unknown>): { since: string | undefined; until: string | undefined } {
  const since = instant(search['since']);
  const until = instant(search['until']);
  const empty = since !== undefined && until !== undefined && since >= until;
  return empty ? { since: undefined, until: undefined } : { since, until };
}

/** An instant in its full form; undefined for anything else, and for years that nobody's mail comes from. */
function instant(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const at = new Date(value);
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() < 1970 || at.getUTCFullYear() > 9999) return undefined;
  return at.toISOString();
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How many whole buckets a range holds, the running one among them; the chart counts by the same buckets. */
const BUCKETS = {
  '24h': { length: HOUR_MS, before: 23 },
  '7d': { length: DAY_MS, before: 6 },
  '30d': { length: DAY_MS, before: 29 },
};

/**
 * The span that a search stands for: whole hours or whole UTC days, so that rows and bars count the same.
 *
 * @returns instants; null where it is open
 */
export function spanOf(search: LedgerSearch, now: Date): { since: string | null; until: string | null } {
  if (search.since !== undefined || search.until !== undefined) {
    return { since: search.since ?? null, until: search.until ?? null };
  }
  const range = search.range ?? '24h';
  if (range === 'all') return { since: null, until: null };
  const { length, before } = BUCKETS[range];
  return { since: new Date((Math.floor(now.getTime() / length) - before) * length).toISOString(), until: null };
}
