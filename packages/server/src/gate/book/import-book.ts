// Imports an address-book file: a stream of any length in constant memory, one transaction per batch.
// Importing adds and updates, it never removes; importing the same file again changes nothing.
import type { BookImportReport } from '@sentinel/contract';
import type { AuditEntry } from '../../platform/audit/audit.ts';
import type { Database, WorkspaceTx } from '../../platform/db/database.ts';
import { type ContactId, newId, type WorkspaceId } from '../../platform/ids.ts';
import { bumpRevision, findKnown, getRevision, insertAddresses, lockBook, upsertContacts } from './book.store.ts';
import { openBookFile } from './book-file.ts';
import { type BookFormat, type BookRow, externalIdOf } from './contact.ts';
import { ImportTally } from './import-tally.ts';
import { type Merge, mergeRows } from './merge-rows.ts';

export interface BookImportOptions {
  readonly format: BookFormat | 'auto';
  /** Reads and compares only. A person whose rows lie in different batches is counted as new in each. */
  readonly dryRun: boolean;
  /** Where the contacts are said to come from; ids of records are unique within it. Defaults to the format. */
  readonly source?: string;
  /** Recorded in the last transaction, with counts only. */
  readonly entry: AuditEntry;
}

const BATCH_ROWS = 1000;
const BATCH_ADDRESSES = 5000;

/**
 * Imports a file into the book of a workspace.
 *
 * @param input the bytes of a CSV or vCard file
 * @throws problem `file_invalid` when the file is not an address book; then nothing was written. When the stream breaks
 *   off, the batches before stay: send the file again, it goes on where it differs
 */
export async function importBook(
  db: Database,
  workspaceId: WorkspaceId,
  input: AsyncIterable<Uint8Array>,
  options: BookImportOptions,
): Promise<BookImportReport> {
  const file = await openBookFile(input, options.format);
  const source = options.source ?? file.format;
  const tally = new ImportTally();
  const write = async (rows: readonly BookRow[], isLast: boolean) => {
    const { merge, revision } = await db.workspace(workspaceId, async (tx) => {
      const done = options.dryRun ? await compareBatch(tx, rows, source) : await writeBatch(tx, rows, source);
      const detail = {
        ...tally.after(done.merge, done.revision),
        format: file.format,
        layout: file.layout,
        dryRun: options.dryRun,
      };
      if (isLast) await options.entry.record(tx, { detail });
      return done;
    });
    tally.take(merge, revision);
  };
  let batch = new Batch();
  for await (const item of file.items) {
    if (item.kind === 'row' && batch.isFull) {
      await write(batch.rows, false);
      batch = new Batch();
    }
    tally.see(item);
    if (item.kind === 'row') batch.add(item);
  }
  await write(batch.rows, true);
  return tally.report(file, options.dryRun);
}

class Batch {
  readonly rows: BookRow[] = [];
  #addresses = 0;

  get isFull(): boolean {
    return this.rows.length >= BATCH_ROWS || this.#addresses >= BATCH_ADDRESSES;
  }

  add(row: BookRow): void {
    this.rows.push(row);
    this.#addresses += row.addresses.length;
  }
}

async function compareBatch(
  tx: WorkspaceTx,
  rows: readonly BookRow[],
  source: string,
): Promise<{ merge: Merge; revision: number }> {
  return { merge: await mergeBatch(tx, rows, source), revision: await getRevision(tx) };
}

async function writeBatch(
  tx: WorkspaceTx,
  rows: readonly BookRow[],
  source: string,
): Promise<{ merge: Merge; revision: number }> {
  const revision = await lockBook(tx);
  const merge = await mergeBatch(tx, rows, source);
  if (merge.contacts.length === 0 && merge.addresses.length === 0) return { merge, revision };
  await upsertContacts(tx, merge.contacts);
  await insertAddresses(tx, merge.addresses);
  return { merge, revision: await bumpRevision(tx) };
}

async function mergeBatch(tx: WorkspaceTx, rows: readonly BookRow[], source: string): Promise<Merge> {
  const addresses = rows.flatMap((row) => row.addresses.map(({ address }) => address));
  const known = await findKnown(tx, source, addresses, rows.map(externalIdOf));
  return mergeRows(rows, known, source, () => newId<ContactId>());
}
