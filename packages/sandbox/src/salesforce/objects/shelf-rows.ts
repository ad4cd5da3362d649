// Rows of a shelf of the world, in pages as they are asked for: the recycle bin holds what was deleted or merged in the last
// fifteen days, and what was erased is nowhere.
import type { Contact, Deal, RecordState, Shelf } from '../../world/world.ts';
import { BIN_MS, BINNED, LIVE, type Span } from './sobject.ts';

type Item = Contact | Deal;

/** How many the shelf is asked for at once. */
const CHUNK = 1000;
const LAST_MS = 8_640_000_000_000_000;

export function isBinned(item: Item): boolean {
  return BINNED.includes(item.state);
}

/** Whether a record is still there, in the recycle bin at least. */
export function isKept(item: Item, now: Date): boolean {
  if (item.state === 'live') return true;
  return isBinned(item) && item.touchedAt.getTime() > now.getTime() - BIN_MS;
}

/** Walks a span, in its order, behind `after`. */
export function* shelfItems<Kind extends Item>(shelf: Shelf<Kind>, span: Span, now: () => Date): Generator<Kind> {
  const states = statesOf(span);
  let after = span.after;
  let page: readonly Kind[];
  do {
    page = span.order === 'id' ? byId(shelf, states, after) : byTime(shelf, { ...span, states, after });
    for (const item of page) if (isKept(item, now())) yield item;
    const last = page.at(-1);
    if (last !== undefined) after = { at: span.order === 'id' ? 0 : last[span.order].getTime(), n: last.n };
  } while (page.length === CHUNK);
}

/** Null where some are only found to be gone by walking. */
export function shelfCount<Kind extends Item>(shelf: Shelf<Kind>, span: Span, now: () => Date): number | null {
  if (span.order === 'updatedAt' && span.deleted) return null;
  const bounds = { since: dateOf(span.since), until: dateOf(span.until) };
  const by = span.order === 'updatedAt' ? 'updatedAt' : 'touchedAt';
  const live = shelf.countChanged({ ...bounds, by, states: LIVE });
  if (!span.deleted) return live;
  const since = dateOf(Math.max(span.since, now().getTime() - BIN_MS + 1));
  return live + (since < bounds.until ? shelf.countChanged({ ...bounds, since, by, states: BINNED }) : 0);
}

function statesOf(span: Span): readonly RecordState[] {
  return span.deleted ? [...LIVE, ...BINNED] : LIVE;
}

function byId<Kind extends Item>(shelf: Shelf<Kind>, states: readonly RecordState[], after: Span['after']) {
  return shelf.list({ from: after === undefined ? 0 : after.n + 1, limit: CHUNK, states });
}

interface TimeSpan extends Omit<Span, 'after'> {
  readonly states: readonly RecordState[];
  readonly after: Span['after'] | undefined;
}

function byTime<Kind extends Item>(shelf: Shelf<Kind>, span: TimeSpan): readonly Kind[] {
  const { since, until, states, after } = span;
  return shelf.changed({
    since: dateOf(since),
    until: dateOf(until),
    by: span.order === 'updatedAt' ? 'updatedAt' : 'touchedAt',
    states,
    ...(after === undefined ? {} : { after: { at: new Date(after.at), n: after.n } }),
    limit: CHUNK,
  });
}

function dateOf(ms: number): Date {
  return new Date(Math.min(Math.max(ms, -LAST_MS), LAST_MS));
}
