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
    <div className="flex justify-between gap-3 border-line py-4 max-wide:[&:nth-child(n+3)]:border-t max-phone:[&:nth-child(n+2)]:border-t phone:not-first:border-l phone:not-first:pl-5 phone:max-wide:odd:border-l-0 phone:max-wide:odd:pl-0 phone:pr-5">
      <div className="min-w-0">
        <p className="type-caption type-strong text-ink-2">{caption}</p>
        <p className="type-tile">{value}</p>
        <p className="type-caption type-number text-ink-2">{note}</p>
      </div>
      {spark !== undefined && <span className="self-end">{spark}</span>}
    </div>
  );
}
