// The query resources: first pages, and the pages behind a locator, which outlive the session that began them.
import { ApiRefusal } from './api-refusal.ts';
import type { Cursor } from './cursors.ts';
import type { Ask } from './ask.ts';
import { isUnseen } from './late-commits.ts';
import { bindQuery } from './soql/bind-query.ts';
import { parseSoql } from './soql/parse-soql.ts';
import { renderRecords, type WireRecord } from './soql/render-records.ts';
import { type QueryContext, runQuery } from './soql/run-query.ts';

interface QueryAnswer {
  readonly totalSize: number;
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly WireRecord[];
}

const MAX_PAGE = 2000;
const MIN_PAGE = 200;

/**
 * @param deleted whether the recycle bin counts: `queryAll`
 * @throws ApiRefusal MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE and others of the query's making
 */
export function answerQuery(ask: Ask, deleted: boolean): QueryAnswer {
  const soql = ask.exchange.url.searchParams.get('q');
  if (soql === null || soql.trim() === '')
    throw new ApiRefusal(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  const { schema } = ask.org;
  const query = bindQuery({ schema, soql }, parseSoql(soql));
  const found = runQuery(query, contextOf(ask, deleted));
  if (query.columns === null) return { totalSize: found.total, done: true, records: [] };
  const cursor: Cursor = { user: ask.grant.user, query, found, deleted };
  return answerPage(ask, cursor, { locator: null, from: 0 });
}

/**
 * @param text the locator and its place, such as `0r8…-2000`
 * @throws ApiRefusal INVALID_QUERY_LOCATOR
 */
export function answerNextPage(ask: Ask, text: string): QueryAnswer {
  const [, locator = '', from = ''] = /^(\w{18})-(\d{1,9})$/.exec(text) ?? [];
  const isDead = ask.org.ground.faults.take('salesforce', ['expired_cursor'], ask.road) !== null;
  const cursor = isDead ? null : ask.org.cursors.find(locator, ask.grant.user);
  if (cursor === null) throw deadLocator();
  return answerPage(ask, cursor, { locator, from: Number(from) });
}

function answerPage(ask: Ask, cursor: Cursor, place: { readonly locator: string | null; readonly from: number }) {
  const page = cursor.found.page(place.from, pageSize(ask));
  if (page === null) throw deadLocator();
  const rendering = { ...contextOf(ask, cursor.deleted), unseen: null, root: ask.root };
  const records = renderRecords(rendering, cursor.query.columns ?? [], page.rows);
  const totalSize = cursor.found.total;
  if (page.next === null) return { totalSize, done: true, records };
  const locator = place.locator ?? ask.org.cursors.open(cursor);
  return { totalSize, done: false, nextRecordsUrl: `${ask.root}/query/${locator}-${page.next}`, records };
}

function contextOf({ org, road }: Ask, deleted: boolean): QueryContext {
  const { ground, schema } = org;
  return { schema, now: ground.world.now().getTime(), deleted, unseen: isUnseen(ground, road) };
}

/** What the client asks for is a hint: 200 to 2000, and a page may come smaller. */
function pageSize({ org, exchange, road }: Ask): number {
  const header = exchange.request.headers['sforce-query-options'];
  const asked = Number(/batchSize\s*=\s*(\d{1,6})/i.exec(String(header ?? ''))?.[1] ?? MAX_PAGE);
  const size = Math.min(MAX_PAGE, Math.max(MIN_PAGE, asked));
  return org.ground.faults.take('salesforce', ['half_page'], road) === null ? size : Math.ceil(size / 2);
}

function deadLocator(): ApiRefusal {
  return new ApiRefusal(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
}
