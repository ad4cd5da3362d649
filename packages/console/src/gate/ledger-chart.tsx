// Outcomes over the ledger's span, each bar a link to its rows.
import { Link, useRouter } from '@tanstack/react-router';
import { useOpenHref } from '../app/open-href.ts';
import { ledgerPhrases as say } from '../phrases/en/ledger.ts';
import { RANGE_WORDS } from '../phrases/en/outcomes.ts';
import { zoneName } from '../phrases/format.ts';
import { StackedBars } from '../ui/stacked-bars.tsx';
import { useOutcomes } from './gate.queries.ts';
import { type LedgerSearch, tokensOf } from './ledger-search.ts';
import { spanWords } from './ledger-filters.tsx';
import { barsOf, familyCounts, fromFirstMessage } from './outcome-bars.ts';

export function LedgerChart({ search, now }: { readonly search: LedgerSearch; readonly now: Date }) {
  const outcomes = useOutcomes(search, now);
  const router = useRouter();
  const openHref = useOpenHref();
  if (outcomes.data === undefined) return <div className="h-[155px] border-b border-line" />;
  const { entry: _, range: __, ...filters } = search;
  const hrefOf = (since: string, until: string) =>
    router.buildLocation({ to: '/ledger', search: { ...filters, since, until } }).href;
  const bars = barsOf(outcomes.data, hrefOf);
  const range = search.since === undefined ? RANGE_WORDS[search.range ?? '24h'] : spanWords(search);
  return (
    <div className="border-b border-line px-6 pt-4 pb-2 max-phone:px-4">
      <StackedBars
        question={say.question}
        unit={say.unit[outcomes.data.bucket](range, zoneName())}
        bars={search.range === 'all' ? fromFirstMessage(bars) : bars}
        totals={familyCounts(outcomes.data.totals)}
        height={56}
        onOpen={openHref}
        familyLink={(family, content) => (
          <Link
            from="/ledger"
            to="/ledger"
            search={(before) => ({ ...before, outcome: tokensOf(family) })}
            className="rounded-key py-0.5 hover:text-ink"
          >
            {content}
          </Link>
        )}
      />
    </div>
  );
}
