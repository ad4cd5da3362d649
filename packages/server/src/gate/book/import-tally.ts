// Counts what an import did, for its report and its audit row: numbers, and the places of the first skips. No values.
import type { BookImportReport } from '@sentinel/contract';
import type { BookFile, BookRow, SkippedRow } from './contact.ts';
import type { Merge } from './merge-rows.ts';

export type ImportCounts = Readonly<
  Record<'rows' | 'added' | 'changed' | 'unchanged' | 'skipped' | 'revision', number>
>;

const MAX_LISTED_SKIPS = 100;

export class ImportTally {
  #counts: ImportCounts = { rows: 0, added: 0, changed: 0, unchanged: 0, skipped: 0, revision: 0 };
  #listed: SkippedRow[] = [];
  #lastRow = 0;

  /** Takes an item as it comes out of the file; a row and the skips of its cells count as one row. */
  see(item: BookRow | SkippedRow): void {
    const isNewRow = item.row !== this.#lastRow;
    this.#lastRow = item.row;
    this.#counts = {
      ...this.#counts,
      rows: this.#counts.rows + (isNewRow ? 1 : 0),
      skipped: this.#counts.skipped + (item.kind === 'skipped' ? 1 : 0),
    };
    if (item.kind === 'skipped') this.#list([item]);
  }

  /** The counts as they will be once a merge is committed. */
  after(merge: Merge, revision: number): ImportCounts {
    return {
      rows: this.#counts.rows,
      added: this.#counts.added + merge.added,
      changed: this.#counts.changed + merge.changed,
      unchanged: this.#counts.unchanged + merge.unchanged,
      skipped: this.#counts.skipped + merge.skipped.length,
      revision,
    };
  }

  /** Takes a merge that is committed. */
  take(merge: Merge, revision: number): void {
    this.#counts = this.after(merge, revision);
    this.#list(merge.skipped);
  }

  report(file: BookFile, dryRun: boolean): BookImportReport {
    const { skipped, ...counts } = this.#counts;
    const listed = this.#listed
      .sort((a, b) => a.row - b.row)
      .map(({ row, column, reason }) => ({ row, column, reason }));
    return {
      format: file.format,
      layout: file.layout,
      columns: { ...file.columns },
      ...counts,
      skipped: listed,
      skippedTotal: skipped,
      dryRun,
    };
  }

  #list(skips: readonly SkippedRow[]): void {
    this.#listed.push(...skips.slice(0, Math.max(0, MAX_LISTED_SKIPS - this.#listed.length)));
  }
}
