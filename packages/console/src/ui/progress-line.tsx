// Progress in counts: how many of how many, never an invented percentage. Before the total is known it says so.
import type { ReactNode } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { formatNumber } from '../phrases/format.ts';

interface ProgressLineProps {
  readonly label: string;
  readonly done: number;
  /** Null while still counting. */
  readonly total: number | null;
  readonly children?: ReactNode;
}

export function ProgressLine({ label, done, total, children }: ProgressLineProps) {
  const known = total === null ? {} : { 'aria-valuenow': done, 'aria-valuemin': 0, 'aria-valuemax': total };
  return (
    <div className="flex flex-col gap-1.5">
      <p className="type-caption type-number text-ink-2">
        {total === null ? (
          say.counting
        ) : (
          <>
            <span className="type-strong text-ink">{formatNumber(done)}</span> {say.ofTotal(total)}
          </>
        )}
      </p>
      <div
        role="progressbar"
        aria-label={label}
        {...known}
        className="h-1.5 overflow-hidden rounded-[3px] bg-mute-tint"
      >
        {total !== null && total > 0 && (
          <div
            className="h-full rounded-[3px] bg-live-fill"
            style={{ width: `${Math.min(100, (done / total) * 100)}%` }}
          />
        )}
      </div>
      {children}
    </div>
  );
}
