// Which records went into which. Known from the world at the first question, kept up from then on.
import type { Happening, RecordState, World } from '../world/world.ts';
import type { RecordType } from './record-types.ts';

const CHUNK = 10_000;

export interface Merges {
  /** The records that went into this one directly, oldest merge first. */
  absorbed(type: RecordType, n: number): readonly number[];
  /** The record that stands for this one today: itself, unless it was merged. */
  survivor(type: RecordType, n: number): number;
  hear(happening: Happening): void;
}

type Book = Map<number, readonly number[]>;

export function openMerges(world: World): Merges {
  let books: { readonly contacts: Book; readonly deals: Book } | null = null;
  const known = () => (books ??= { contacts: scan(world.contacts), deals: scan(world.deals) });
  return {
    absorbed: (type, n) => (type === 'companies' ? [] : (known()[type].get(n) ?? [])),
    survivor: (type, n) => (type === 'companies' ? n : survivorIn(world[type], n)),
    hear: (happening) => {
      if (happening.kind !== 'merged' || books === null) return;
      const book = happening.what === 'contact' ? books.contacts : books.deals;
      const before = (book.get(happening.n) ?? []).filter((n) => !happening.losers.includes(n));
      book.set(happening.n, [...before, ...happening.losers]);
    },
  };
}

interface Mergeable {
  readonly n: number;
  readonly mergedInto: number | null;
}

interface Lister {
  list(query: { from: number; limit: number; states: readonly RecordState[] }): readonly Mergeable[];
}

function scan(shelf: Lister): Book {
  const book: Book = new Map();
  let from = 0;
  for (;;) {
    const page = shelf.list({ from, limit: CHUNK, states: ['merged'] });
    for (const { n, mergedInto } of page)
      if (mergedInto !== null) book.set(mergedInto, [...(book.get(mergedInto) ?? []), n]);
    const last = page.at(-1);
    if (last === undefined || page.length < CHUNK) return book;
    from = last.n + 1;
  }
}

function survivorIn(shelf: { get(n: number): Mergeable | null }, n: number): number {
  let at = n;
  // Merging never makes a circle; the bound only keeps a broken world from hanging the process.
  for (let steps = 0; steps < 1000; steps += 1) {
    const next = shelf.get(at)?.mergedInto ?? null;
    if (next === null) return at;
    at = next;
  }
  return at;
}
