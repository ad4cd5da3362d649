// The ledger: what came in, what was kept, and why. The chart, the chips and the open entry all live in the address.
import type { LedgerRow } from '@sentinel/contract';
import { ArrowUp } from '@phosphor-icons/react/dist/csr/ArrowUp';
import { EnvelopeOpen } from '@phosphor-icons/react/dist/csr/EnvelopeOpen';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { framePhrases } from '../phrases/en/frame.ts';
import { ledgerPhrases as say } from '../phrases/en/ledger.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { LoadMore } from '../ui/load-more.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { useShortcuts } from '../ui/shortcuts.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { useLedger, useLedgerIsEmpty, useLedgerTotal } from './gate.queries.ts';
import { LedgerChart } from './ledger-chart.tsx';
import { LedgerFilters } from './ledger-filters.tsx';
import { LedgerPanel } from './ledger-panel.tsx';
import { LedgerTable } from './ledger-table.tsx';

const route = getRouteApi('/frame/ledger');

export function LedgerPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const [now] = useState(() => new Date());
  const ledger = useLedger(search, now);
  const total = useLedgerTotal(search, now);
  const rows = ledger.data?.pages.flatMap((page) => page.items) ?? [];
  const shownTotal = ledger.data?.pages[0]?.total ?? 0;
  const fresh = Math.max(0, (total.data ?? 0) - shownTotal);
  const open = (entry: string | undefined) =>
    void navigate({
      search: ({ entry: _, ...rest }) => (entry === undefined ? rest : { ...rest, entry }),
      resetScroll: false,
    });
  const neighbours = useRowKeys(rows, search.entry, open);
  return (
    <Page
      title={framePhrases.pages.ledger}
      freshness={<Freshness at={total.dataUpdatedAt} failing={total.isError} />}
      actions={
        <>
          {fresh > 0 && ledger.data !== undefined && (
            <Button onClick={() => void client.invalidateQueries({ queryKey: ['ledger'] })}>
              <ArrowUp size={14} aria-hidden /> {say.fresh(fresh)}
            </Button>
          )}
          <ButtonLink to="/ask" look="solid">
            <EnvelopeOpen size={16} aria-hidden /> <span className="max-phone:sr-only">{say.ask}</span>
          </ButtonLink>
        </>
      }
      panel={
        search.entry !== undefined && <LedgerPanel id={search.entry} onClose={() => open(undefined)} {...neighbours} />
      }
    >
      <LedgerChart search={search} now={now} />
      <LedgerFilters search={search} total={shownTotal} />
      {ledger.isError && rows.length === 0 ? (
        <div className="px-6">
          <ProblemView error={ledger.error} action="ledger:read" onRetry={() => void ledger.refetch()} />
        </div>
      ) : ledger.data === undefined ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <NoRows onClear={() => void navigate({ search: { range: 'all' } })} />
      ) : (
        <>
          <LedgerTable rows={rows} selected={search.entry} />
          <LoadMore shown={rows.length} total={shownTotal} query={ledger} />
        </>
      )}
    </Page>
  );
}

/** j and k walk the rows, ] and [ too while the panel is open, Esc closes it. */
function useRowKeys(rows: readonly LedgerRow[], entry: string | undefined, open: (entry: string | undefined) => void) {
  const at = rows.findIndex((row) => row.id === entry);
  const next = rows[at + 1];
  const previous = at > 0 ? rows[at - 1] : undefined;
  const onNext = next === undefined ? null : () => open(next.id);
  const onPrevious = previous === undefined ? null : () => open(previous.id);
  useShortcuts({
    j: () => onNext?.(),
    k: () => onPrevious?.(),
    ']': () => onNext?.(),
    '[': () => onPrevious?.(),
    Escape: () => open(undefined),
  });
  return { onNext, onPrevious };
}

function NoRows({ onClear }: { readonly onClear: () => void }) {
  const empty = useLedgerIsEmpty(true);
  if (empty.data === undefined) return null;
  if (!empty.data) return <EmptyState state={{ kind: 'no-results', sentence: say.noResults, onClear }} />;
  const { title, why, steps, action } = say.first;
  return (
    <EmptyState
      state={{
        kind: 'first-use',
        title,
        why,
        steps,
        action: <ButtonLink to="/ask">{action}</ButtonLink>,
      }}
    />
  );
}
