// What the gate decided over time; each bar opens its rows in the ledger.
import type { Home } from '@sentinel/contract';
import { Link, useRouter } from '@tanstack/react-router';
import { useOpenHref } from '../app/open-href.ts';
import { tokensOf } from '../gate/ledger-search.ts';
import { barsOf, countedSpan, familyCounts } from '../gate/outcome-bars.ts';
import { homePhrases as say } from '../phrases/en/home.ts';
import { RANGE_SHORT } from '../phrases/en/outcomes.ts';
import { zoneName } from '../phrases/format.ts';
import { StackedBars } from '../ui/stacked-bars.tsx';
import type { HomeRange } from './home-search.ts';

export function HomeChart({ home, range }: { readonly home: Home; readonly range: HomeRange }) {
  const router = useRouter();
  const openHref = useOpenHref();
  return (
    <StackedBars
      question={say.question[home.series.bucket]}
      unit={say.unit(RANGE_SHORT[range], zoneName())}
      bars={barsOf(
        home.series,
        (since, until) => router.buildLocation({ to: '/ledger', search: { since, until } }).href,
      )}
      totals={familyCounts(home.series.totals)}
      height={210}
      onOpen={openHref}
      familyLink={(family, content) => (
        <Link
          to="/ledger"
          search={{ ...countedSpan(home.series), outcome: tokensOf(family) }}
          className="rounded-key py-0.5 hover:text-ink"
        >
          {content}
        </Link>
      )}
    />
  );
}
