// Pages of a list, and the cursors between them. A cursor belongs to one list and dies with time.
import { type Call, SlackRefusal } from './slack-state.ts';

const CURSOR_MS = 86_400_000;
const MOST = 999;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Empty at the end. */
  readonly cursor: string;
}

export interface Listing<Item> {
  /** What is listed, so that a cursor fits only there. */
  readonly list: string;
  /** Items on a page when nobody says how many. */
  readonly usual?: number;
  readonly most?: number;
  /** What a cursor remembers of the first item of the next page. */
  readonly keyOf: (item: Item) => string;
  /** Whether this is the item of a key, or the one to go on with when that is gone; equality unless said. */
  readonly reaches?: (item: Item, key: string) => boolean;
}

/**
 * One page of `all`, in its order.
 *
 * @throws SlackRefusal invalid_limit, invalid_cursor
 */
export function pageOf<Item>(call: Call, all: readonly Item[], listing: Listing<Item>): Page<Item> {
  const { list, usual = 100, most = MOST, keyOf } = listing;
  const cursor = call.args.get('cursor') ?? '';
  const from = cursor === '' ? 0 : positionOf(call, cursor, all, listing);
  const limit = shorten(call, limitOf(call.args.get('limit'), usual, most));
  const items = all.slice(from, from + limit);
  const next = all[from + limit];
  return { items, cursor: next === undefined ? '' : cursorAt(call, list, keyOf(next)) };
}

function limitOf(given: string | null, usual: number, most: number): number {
  if (given === null || given === '' || given === '0') return Math.min(usual, most);
  if (!/^\d{1,6}$/.test(given)) throw new SlackRefusal('invalid_limit');
  return Math.min(Number(given), most);
}

/** A page may hold less than was asked for, nothing even, while a cursor remains. */
function shorten({ state, exchange }: Call, limit: number): number {
  const road = `${exchange.method} ${exchange.url.pathname}`;
  return state.ground.faults.take('slack', ['half_page'], road) === null ? limit : Math.floor(limit / 2);
}

function cursorAt({ state }: Call, list: string, key: string): string {
  const parts = [list, key, String(state.ground.world.now().getTime())];
  return Buffer.from(parts.join('|')).toString('base64');
}

function positionOf<Item>(
  { state, exchange }: Call,
  cursor: string,
  all: readonly Item[],
  { list, keyOf, reaches = (item, key) => keyOf(item) === key }: Listing<Item>,
): number {
  const [of, key = '', at] = Buffer.from(cursor, 'base64').toString('utf8').split('|');
  const age = state.ground.world.now().getTime() - Number(at);
  const road = `${exchange.method} ${exchange.url.pathname}`;
  const dead = state.ground.faults.take('slack', ['expired_cursor'], road) !== null;
  const position = of === list ? all.findIndex((item) => reaches(item, key)) : -1;
  if (dead || !(age <= CURSOR_MS) || position < 0) throw new SlackRefusal('invalid_cursor');
  return position;
}
