// Tables: real ones, with a caption for those who hear them, rows grouped by hairlines, no zebra.
import type { ReactNode } from 'react';

/** When a column leaves as the table's box gets narrow. A table that scrolls in its own box keeps `early` ones there. */
export type Leaves = 'early' | 'first' | 'last' | 'phone';
const LEAVES: Record<Leaves, string> = {
  early: 'rail:@max-[960px]:hidden',
  first: '@max-[720px]:hidden',
  last: '@max-[640px]:hidden',
  phone: '@max-[440px]:hidden',
};
const leaving = (when: Leaves | undefined): string => (when === undefined ? '' : LEAVES[when]);

export interface Column {
  readonly key: string;
  readonly title: string;
  /** Class of its fixed width; the one column without takes the rest. */
  readonly width?: string;
  readonly align?: 'left' | 'right';
  /** When it is left out; its cells say the same. */
  readonly leaves?: Leaves;
}

/** Air at the right edge as a column of its own: which cell comes last depends on which columns have left. */
const EDGE = "after:table-cell after:content-['']";
const STICKY_EDGE =
  'after:border-b after:border-line after:bg-surface rail:after:sticky rail:after:top-[calc(var(--banner)+52px)] rail:after:z-10';

interface TableProps {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Column titles that are only heard: where every cell explains itself. */
  readonly quietHead?: boolean;
  /** Class of its narrowest width where it scrolls inside its own box, as it may below the `rail` breakpoint. */
  readonly minWidth?: string;
  readonly children: ReactNode;
}

export function Table({ caption, columns, quietHead = false, minWidth = '', children }: TableProps) {
  return (
    <div className="@container max-rail:overflow-x-auto">
      <table
        className={`type-body w-full table-fixed border-collapse ${minWidth} ${quietHead ? 'border-t border-line rail:[&_td:first-child]:pl-8' : ''}`}
      >
        <caption className="sr-only">{caption}</caption>
        <colgroup>
          {columns.map(({ key, width, leaves }) => (
            <col key={key} className={`${width ?? ''} ${leaving(leaves)}`} />
          ))}
          <col className="w-4 max-phone:w-2" />
        </colgroup>
        <thead className={quietHead ? 'sr-only' : ''}>
          <tr className={`${EDGE} ${STICKY_EDGE}`}>
            {columns.map(({ key, title, align, leaves }) => (
              <th
                key={key}
                scope="col"
                className={`type-caption h-8 border-b border-line bg-surface px-2 font-medium whitespace-nowrap text-ink-3 first:pl-6 max-phone:first:pl-4 ${align === 'right' ? 'text-right' : 'text-left'} ${leaving(leaves)} rail:sticky rail:top-[calc(var(--banner)+52px)] rail:z-10`}
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
      className={`group relative ${EDGE} h-[var(--row)] border-b border-line pointer-coarse:h-11 ${selected ? 'bg-selected shadow-[inset_2px_0_0_var(--ink)]' : 'hover:bg-hover'}`}
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
  /** Breaks into more lines where it would else be cut off. */
  readonly wraps?: boolean;
  readonly title?: string;
  readonly children: ReactNode;
}

export function Cell({ align = 'left', quiet = false, leaves, wraps = false, title, children }: CellProps) {
  return (
    <td
      title={title}
      className={`type-number px-2 first:pl-6 max-phone:first:pl-4 ${wraps ? 'py-1 break-words' : 'truncate'} ${align === 'right' ? 'text-right' : 'text-left'} ${quiet ? 'text-ink-2' : ''} ${leaving(leaves)}`}
    >
      {children}
    </td>
  );
}

/** A row that names the day (or whatever groups) of the rows below it. It spans few columns, as others may leave. */
export function GroupRow({ children }: { readonly children: ReactNode }) {
  return (
    <tr className="border-b border-line">
      <th
        scope="rowgroup"
        colSpan={2}
        className="type-label px-6 py-1.5 max-phone:px-4 text-left font-medium text-ink-3"
      >
        {children}
      </th>
    </tr>
  );
}
