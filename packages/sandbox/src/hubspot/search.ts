// Searching records. The question every synchronisation asks ("what changed since?") is answered from the world's own order
// of changes, also in a world of a million; all others look at every record.
import type { Answer } from './answer.ts';
import { type Call, recordTypeIn } from './call.ts';
import { type Hub, takeFault } from './hub.ts';
import { recordBody } from './objects.ts';
import type { RecordBook, Row } from './record-book.ts';
import { RECORD_TYPES } from './record-types.ts';
import { compareBy, fits } from './search-filter.ts';
import { type Filter, readSearch, type SearchRequest } from './search-request.ts';

const CHUNK = 5000;
const DEFAULT_FAULT_LAG_MS = 60_000;
/** The widest times that a Date can hold. */
const BEGINNING = new Date(-8.64e15);
const END = new Date(8.64e15);
const LIVE = ['live'] as const;

/** `POST /crm/v3/objects/{type}/search`. Archived records are never found. */
export function searchObjects(call: Call): Answer {
  const { hub, exchange } = call;
  const type = recordTypeIn(call, 0);
  const book = hub.books[type];
  const request = readSearch(exchange, book.properties);
  const { total, rows } = find(book, request, seenUntil(hub, call.road));
  const size = takeFault(hub, 'half_page', call.road) === null ? rows.length : Math.ceil(rows.length / 2);
  const view = { properties: request.properties, history: [], associations: [] };
  const results = rows.slice(0, size).map((row) => recordBody(hub, type, row, view));
  const next = request.offset + results.length;
  const body = { total, results };
  return { status: 200, body: next < total ? { ...body, paging: { next: { after: String(next) } } } : body };
}

/**
 * Until when changes are in the index. A record that changed since is not found at all, because the world does not remember
 * what it was before; the real index would still find its older state.
 */
function seenUntil(hub: Hub, road: string): Date {
  const fault = takeFault(hub, 'search_lag', road);
  const lag = fault === null ? hub.settings.searchLagMs : (fault.delayMs ?? DEFAULT_FAULT_LAG_MS);
  return lag === 0 ? END : new Date(hub.world.now().getTime() - lag);
}

interface Found {
  readonly total: number;
  readonly rows: readonly Row[];
}

function find(book: RecordBook, request: SearchRequest, indexed: Date): Found {
  const { offset, limit, sort } = request;
  const span = spanOf(request, RECORD_TYPES[book.type].modified);
  const until = span.until < indexed ? span.until : indexed;
  const query = { since: span.since, until, by: 'updatedAt', states: LIVE } as const;
  const isInOrder = sort?.name === RECORD_TYPES[book.type].modified && !sort.isDescending;
  if (span.isWhole && isInOrder) {
    const rows = book.changed({ ...query, limit: offset + limit }).slice(offset);
    return { total: book.countChanged(query), rows };
  }
  const fitting: Row[] = [];
  for (const row of allChanged(book, query)) if (fits(row, request)) fitting.push(row);
  fitting.sort(sort === null ? (one, other) => one.n - other.n : compareBy(sort));
  return { total: fitting.length, rows: fitting.slice(offset, offset + limit) };
}

interface Span {
  readonly since: Date;
  /** Exclusive. */
  readonly until: Date;
  /** Whether the span says all that the search asks. */
  readonly isWhole: boolean;
}

/** The stretch of last changes that a search is confined to. */
function spanOf({ groups, text }: SearchRequest, modified: string): Span {
  const [filters = []] = groups;
  if (groups.length > 1) return { since: BEGINNING, until: END, isWhole: false };
  const own = filters.filter(({ name }) => name === modified);
  const bounds = own.map(boundsOf);
  return {
    since: new Date(Math.max(BEGINNING.getTime(), ...bounds.map(({ low }) => low))),
    until: new Date(Math.min(END.getTime(), ...bounds.map(({ high }) => high))),
    isWhole: text === '' && own.length === filters.length && bounds.every(({ isExact }) => isExact),
  };
}

function boundsOf({ operator, value, highValue }: Filter): { low: number; high: number; isExact: boolean } {
  const [at, end] = [Number(value), Number(highValue)];
  const open = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, isExact: true };
  switch (operator) {
    case 'GTE':
      return { ...open, low: at };
    case 'GT':
      return { ...open, low: at + 1 };
    case 'LTE':
      return { ...open, high: at + 1 };
    case 'LT':
      return { ...open, high: at };
    case 'EQ':
      return { ...open, low: at, high: at + 1 };
    case 'BETWEEN':
      return { ...open, low: at, high: end + 1 };
    default:
      return { ...open, isExact: operator === 'HAS_PROPERTY' };
  }
}

type ChangedQuery = Parameters<RecordBook['countChanged']>[0];

function* allChanged(book: RecordBook, query: ChangedQuery): Generator<Row> {
  let after: { readonly at: Date; readonly n: number } | null = null;
  for (;;) {
    const page: readonly Row[] = book.changed({ ...query, ...(after === null ? {} : { after }), limit: CHUNK });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < CHUNK) return;
    after = { at: last.updatedAt, n: last.n };
  }
}
