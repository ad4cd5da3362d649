// Measured values in one strip between two hairlines. Each value is a link to the rows it counts.
import type { ReactNode } from 'react';

export function TileStrip({ children }: { readonly children: ReactNode }) {
  return (
    <div className="grid grid-cols-4 border-y border-line max-wide:grid-cols-2 max-phone:grid-cols-1">{children}</div>
  );
}

interface TileProps {
  readonly caption: string;
  readonly value: ReactNode;
  readonly note: string;
  readonly spark?: ReactNode;
}

export function Tile({ caption, value, note, spark }: TileProps) {
  return (
    <div className="flex flex-col border-line py-4 max-wide:[&:nth-child(n+3)]:border-t max-phone:[&:nth-child(n+2)]:border-t phone:not-first:border-l phone:not-first:pl-5 phone:max-wide:odd:border-l-0 phone:max-wide:odd:pl-0 phone:pr-5">
      <p className="type-caption type-strong truncate text-ink-2">{caption}</p>
      <div className="flex items-end justify-between gap-2">
        <div className="whitespace-nowrap">
          <p className="type-tile">{value}</p>
          <p className="type-caption type-number text-ink-2">{note}</p>
        </div>
        {/* Where space is short the line loses its past, not its present. */}
        {spark !== undefined && <span className="flex min-w-0 justify-end overflow-hidden">{spark}</span>}
      </div>
    </div>
  );
}
