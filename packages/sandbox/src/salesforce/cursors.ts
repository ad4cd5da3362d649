// Query locators: what is left of a query after its first page. They live two days, longer than the session that made them.
import { recordId } from './record-id.ts';
import type { BoundQuery } from './soql/bound-query.ts';
import type { Found } from './soql/run-query.ts';

export interface Cursor {
  /** The user whose query it is, by number. */
  readonly user: number;
  readonly query: BoundQuery;
  readonly found: Found;
  readonly deleted: boolean;
}

export interface Cursors {
  /** Keeps a query; answers its locator. */
  open(cursor: Cursor): string;
  /** Null for what never was, is dead, or is another user's. */
  find(locator: string, user: number): Cursor | null;
}

const LIFE_MS = 48 * 3600 * 1000;
/** The oldest go first, so that a forgetful client does not fill the memory. */
const MAX_OPEN = 1000;
const PREFIX = '0r8';

/** @param now the world's time, in milliseconds since 1970 */
export function openCursors(now: () => number): Cursors {
  const open = new Map<string, Cursor & { readonly until: number }>();
  let count = 0;
  return {
    open: (cursor) => {
      count += 1;
      const locator = recordId(PREFIX, count);
      open.set(locator, { ...cursor, until: now() + LIFE_MS });
      for (const [each, { until }] of open) if (until <= now() || open.size > MAX_OPEN) open.delete(each);
      return locator;
    },
    find: (locator, user) => {
      const cursor = open.get(locator);
      return cursor !== undefined && cursor.user === user && now() < cursor.until ? cursor : null;
    },
  };
}
