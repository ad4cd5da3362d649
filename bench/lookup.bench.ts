// What the one look-up of a page costs as the contact book grows: 500 addresses, half of them contacts, drawn anew for
// each batch, against 1k, 100k and 1M contacts. Growth is given relative to log n: at 1 it keeps the promise, less is
// better. Each batch is asked twice: "fresh" pays for pages of the book that nobody has read yet, "again" does not.
import type { Address } from '../packages/server/src/gate/admission/address.ts';
import { findContacts } from '../packages/server/src/gate/book/book.store.ts';
import { seeded } from '../packages/sandbox/src/random.ts';
import { workspaceNames } from '../packages/server/src/platform/db/names.ts';
import { newId, type WorkspaceId } from '../packages/server/src/platform/ids.ts';
import { type Engine, eachEngine } from './engines.ts';
import { type Finding, isQuick, median, sayFigures, wallTime } from './figures.ts';

const SIZES = isQuick ? [1_000, 10_000, 50_000] : [1_000, 100_000, 1_000_000];
const ROUNDS = isQuick ? 2 : 5;
const BATCHES = isQuick ? 5 : 15;
const ADDRESSES = 500;

interface Book {
  readonly contacts: number;
  readonly workspaceId: WorkspaceId;
}

/** Milliseconds of one look-up. */
interface Cost {
  readonly fresh: number;
  readonly again: number;
}

for await (const engine of eachEngine()) {
  const books: Book[] = [];
  for (const contacts of SIZES) books.push({ contacts, workspaceId: await fillBook(engine, contacts) });
  await engine.settle();
  sayFigures(findings(engine, books, await measure(engine, books)));
}

function findings(engine: Engine, books: readonly Book[], rounds: readonly (readonly Cost[])[]): Finding[] {
  const smallest = books[0]?.contacts ?? 1;
  return books.flatMap(({ contacts }, index) =>
    (['again', 'fresh'] as const).flatMap((kind): Finding[] => {
      const what = { engine: engine.name, rounds: rounds.map((costs) => costs[index]?.[kind] ?? Number.NaN) };
      const cost: Finding = {
        ...what,
        name: `lookup of ${ADDRESSES}, ${kind}: ${shortOf(contacts)} contacts`,
        unit: 'ms',
      };
      if (index === 0) return [cost];
      const allowed = Math.log(contacts) / Math.log(smallest);
      const growth: Finding = {
        ...what,
        name: `lookup of ${ADDRESSES}, ${kind}: growth to ${shortOf(contacts)} over log n`,
        unit: '×',
        rounds: what.rounds.map(
          (milliseconds, round) => milliseconds / (rounds[round]?.[0]?.[kind] ?? Number.NaN) / allowed,
        ),
        // What is fresh depends on the disk and on what the system keeps in memory: it is shown and not judged.
        ...(kind === 'again' ? { better: 'lower', target: 1 } : {}),
      };
      return [cost, growth];
    }),
  );
}

function shortOf(contacts: number): string {
  return contacts >= 1_000_000 ? `${contacts / 1_000_000}M` : `${contacts / 1000}k`;
}

/** The sizes take turns batch by batch. Answers the median cost of each, per round. */
async function measure(engine: Engine, books: readonly Book[]): Promise<Cost[][]> {
  const random = seeded(500);
  const batch = (contacts: number): Address[] =>
    Array.from({ length: ADDRESSES }, (_, index) =>
      addressOf(index % 2 === 0 ? random.below(contacts) : contacts + random.below(contacts)),
    );
  const rounds: Cost[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const costs = books.map((): Cost[] => []);
    for (let at = 0; at < BATCHES; at += 1) {
      for (const [index, { contacts, workspaceId }] of books.entries())
        costs[index]?.push(await lookUp(engine, workspaceId, batch(contacts)));
    }
    if (round > 0)
      rounds.push(
        costs.map((each) => ({
          fresh: median(each.map((cost) => cost.fresh)),
          again: median(each.map((cost) => cost.again)),
        })),
      );
  }
  return rounds;
}

async function lookUp({ db }: Engine, workspaceId: WorkspaceId, addresses: readonly Address[]): Promise<Cost> {
  return await db.workspace(workspaceId, async (tx) => {
    // A connection reads the schema's catalogue first, which is not what is measured.
    await findContacts(tx, []);
    const ask = async (): Promise<void> => {
      const found = (await findContacts(tx, addresses)).matches.size;
      if (found < ADDRESSES / 4 || found > ADDRESSES / 2)
        throw new Error(`${found} of ${ADDRESSES} addresses were found; half of them are contacts`);
    };
    return { fresh: await wallTime(ask), again: await wallTime(ask) };
  });
}

function addressOf(number: number): Address {
  return `person.${(number * 7_919).toString(36)}.${number}@customer${number % 997}.example` as Address;
}

/**
 * Straight into the tables, past the import, which is not what is measured. Foreign keys hold by construction; indexes that
 * a look-up never uses are left out, because keeping them takes most of the time.
 */
async function fillBook({ db, query }: Engine, contacts: number): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>();
  await db.provision(id);
  const { schema } = workspaceNames(id);
  await query(
    `drop index ${schema}.contact_by_sort_key, ${schema}.contact_address_by_folded, ${schema}.contact_address_by_contact`,
  );
  await query(`alter table ${schema}.contact drop constraint contact_source_external_id_key`);
  await query("set session_replication_role = 'replica'");
  for (let from = 0; from < contacts; from += 50_000) {
    const addresses = Array.from({ length: Math.min(50_000, contacts - from) }, (_, index) => addressOf(from + index));
    await query(
      `with made as (select id, address from unnest($1::text[], $2::uuid[]) as made (address, id)),
        people as (insert into ${schema}.contact (id, source, external_id, name) select id, 'file', address, 'Person ' || left(address, 20) from made)
      insert into ${schema}.contact_address (address, folded, contact_id) select address, address, id from made`,
      [addresses, addresses.map(() => newId())],
    );
  }
  await query("set session_replication_role = 'origin'");
  return id;
}
