// The same numbers as the bars, for eyes that prefer words: the legend with its totals, and the table.
import type { OutcomeFamily } from '@sentinel/contract/outcomes';
import type { ReactNode } from 'react';
import { FAMILY_WORDS } from '../phrases/en/outcomes.ts';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { formatNumber } from '../phrases/format.ts';
import { type FamilyCounts, STACK_ORDER } from './bar-layout.ts';
import { OutcomeGlyph } from './glyph.tsx';

/** Wraps a legend entry in the link to its rows. */
export type FamilyLink = (family: OutcomeFamily, content: ReactNode) => ReactNode;

export interface Bar {
  readonly key: string;
  /** Short label under the axis, such as 16:00; empty where none is wanted. */
  readonly label: string;
  /** The span in words, such as "16:00 to 17:00". */
  readonly span: string;
  readonly counts: FamilyCounts;
  readonly href: string;
}

export function Legend({
  counts,
  familyLink,
}: {
  readonly counts: FamilyCounts;
  readonly familyLink: FamilyLink | undefined;
}) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1">
      {STACK_ORDER.map((family) => {
        const entry = (
          <span className="inline-flex items-center gap-1.5">
            <OutcomeGlyph family={family} size={12} />
            {FAMILY_WORDS[family]}{' '}
            <span className="type-strong type-number text-ink">{formatNumber(counts[family])}</span>
          </span>
        );
        return (
          <li key={family} className="text-ink-2">
            {familyLink === undefined ? entry : familyLink(family, entry)}
          </li>
        );
      })}
    </ul>
  );
}

interface BarTableProps {
  readonly question: string;
  readonly bars: readonly Bar[];
  readonly onOpen: (href: string) => void;
}

export function BarTable({ question, bars, onOpen }: BarTableProps) {
  return (
    <div className="max-h-[320px] overflow-auto" tabIndex={0} role="group" aria-label={question}>
      <table className="type-caption type-number w-full">
        <caption className="sr-only">{question}</caption>
        <thead>
          <tr className="text-ink-3">
            <th scope="col" className="py-1 text-left font-medium">
              {say.when}
            </th>
            {STACK_ORDER.map((family) => (
              <th key={family} scope="col" className="py-1 pl-3 text-right font-medium">
                {FAMILY_WORDS[family]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.key} className="border-t border-line">
              <th scope="row" className="py-1 text-left font-normal">
                <a
                  href={bar.href}
                  className="underline decoration-line-strong underline-offset-2"
                  onClick={(event) => {
                    event.preventDefault();
                    onOpen(bar.href);
                  }}
                >
                  {bar.span}
                </a>
              </th>
              {STACK_ORDER.map((family) => (
                <td key={family} className="py-1 pl-3 text-right">
                  {formatNumber(bar.counts[family])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
