// The four measured values of Home, each a link to the rows it counts.
import type { Home } from '@sentinel/contract';
import { Link } from '@tanstack/react-router';
import { homePhrases as say } from '../phrases/en/home.ts';
import { RANGE_SHORT } from '../phrases/en/outcomes.ts';
import { formatNumber, formatShare } from '../phrases/format.ts';
import { tokensOf } from '../gate/ledger-search.ts';
import { barsOf, countedSpan, familyCounts } from '../gate/outcome-bars.ts';
import { Sparkline } from '../ui/sparkline.tsx';
import { Tile, TileStrip } from '../ui/tiles.tsx';
import type { HomeRange } from './home-search.ts';

export function HomeTiles({ home, range }: { readonly home: Home; readonly range: HomeRange }) {
  const totals = familyCounts(home.series.totals);
  const bars = barsOf(home.series, () => '');
  const line = (family: keyof typeof totals) => bars.map(({ counts }) => counts[family]);
  const span = countedSpan(home.series);
  const ledgerLink = (family: keyof typeof totals, value: number) => (
    <Link
      to="/ledger"
      search={{ ...span, outcome: tokensOf(family) }}
      className="rounded-key hover:underline hover:decoration-1 hover:underline-offset-4"
    >
      {formatNumber(value)}
    </Link>
  );
  return (
    <TileStrip>
      <Tile
        caption={say.kept(RANGE_SHORT[range])}
        value={ledgerLink('passed', home.kept)}
        note={say.ofSeen(home.seen)}
        spark={<Sparkline values={line('passed')} look="yes" />}
      />
      <Tile
        caption={say.dropped(RANGE_SHORT[range])}
        value={ledgerLink('dropped', totals.dropped)}
        note={say.droppedShare(formatShare(totals.dropped, home.seen))}
        spark={<Sparkline values={line('dropped')} look="no" />}
      />
      <Tile
        caption={say.failedClosed(RANGE_SHORT[range])}
        value={ledgerLink('failed_closed', home.failedClosed)}
        note={say.failedClosedNote}
        spark={<Sparkline values={line('failed_closed')} look={home.failedClosed > 0 ? 'broken' : 'ink'} />}
      />
      <Tile
        caption={say.contacts}
        value={
          <Link to="/book" className="rounded-key hover:underline hover:decoration-1 hover:underline-offset-4">
            {formatNumber(home.contacts)}
          </Link>
        }
        note={say.contactsNote}
      />
    </TileStrip>
  );
}
