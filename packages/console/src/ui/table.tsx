// Tables: real ones, with a caption for those who hear them, rows grouped by hairlines, no zebra.
import type { ReactNode } from 'react';

/** Columns that leave when the table's box gets narrow: at 720 px, or only at 640. */
export type Leaves = 'first' | 'last';
const LEAVES: Record<Leaves, string> = { first: '@max-[720px]:hidden', last: '@max-[640px]:hidden' };
const leaving = (when: Leaves | undefined): string => (when === undefined ? '' : LEAVES[when]);

export interface Column {
  readonly key: string;
  readonly title: string;
  /** Fixed width in pixels; the one column without takes the rest. */
  readonly width?: number;
  readonly align?: 'left' | 'right';
  /** When it is left out; its cells say the same. */
  readonly leaves?: Leaves;
}

interface TableProps {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Column titles that are only heard: where every cell explains itself. */
  readonly quietHead?: boolean;
  /** Narrowest width before the table scrolls inside its own box. */
  readonly minWidth?: number;
  readonly children: ReactNode;
}

export function Table({ caption, columns, quietHead = false, minWidth = 560, children }: TableProps) {
  return (
    <div className="@container max-rail:overflow-x-auto">
      <table
        className={`type-body w-full table-fixed border-collapse ${quietHead ? 'border-t border-line rail:[&_td:first-child]:pl-8' : ''}`}
        style={{ minWidth }}
      >
        <caption className="sr-only">{caption}</caption>
        <colgroup>
          {columns.map(({ key, width, leaves }) => (
            <col key={key} className={leaving(leaves)} style={width === undefined ? undefined : { width }} />
          ))}
        </colgroup>
        <thead className={quietHead ? 'sr-only' : ''}>
          <tr>
            {columns.map(({ key, title, align, leaves }) => (
              <th
                key={key}
                scope="col"
                className={`type-caption h-8 border-b border-line bg-surface px-2 font-medium whitespace-nowrap text-ink-3 first:pl-6 last:pr-6 ${align === 'right' ? 'text-right' : 'text-left'} ${leaving(leaves)} rail:sticky rail:top-[calc(var(--banner)+52px)] rail:z-10`}
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

interface RowProps {
  readonly selected?: boolean;
  readonly children: ReactNode;
}

/** A row; a link inside may stretch over it with `row-link`. */
export function Row({ selected = false, children }: RowProps) {
  return (
    <tr
      aria-current={selected ? 'true' : undefined}
      className={`group relative h-[var(--row)] border-b border-line pointer-coarse:h-11 ${selected ? 'bg-selected shadow-[inset_2px_0_0_var(--ink)]' : 'hover:bg-hover'}`}
    >
      {children}
    </tr>
  );
}

interface CellProps {
  readonly align?: 'left' | 'right';
  readonly quiet?: boolean;
  /** As its column says. */
  readonly leaves?: Leaves;
  readonly title?: string;
  readonly children: ReactNode;
}

export function Cell({ align = 'left', quiet = false, leaves, title, children }: CellProps) {
  return (
    <td
      title={title}
      className={`type-number truncate px-2 first:pl-6 last:pr-6 ${align === 'right' ? 'text-right' : 'text-left'} ${quiet ? 'text-ink-2' : ''} ${leaving(leaves)}`}
    >
      {children}
    </td>
  );
}

/** A row that names the day (or whatever groups) of the rows below it. It spans few columns, as others may leave. */
export function GroupRow({ children }: { readonly children: ReactNode }) {
  return (
    <tr className="border-b border-line">
      <th scope="rowgroup" colSpan={2} className="type-label px-6 py-1.5 text-left font-medium text-ink-3">
        {children}
      </th>
    </tr>
  );
}
