// Audit: who did what, when, and does the chain hold? Rows open beside the list with their hashes.
import { DownloadSimple } from '@phosphor-icons/react/dist/csr/DownloadSimple';
import { ShieldCheck } from '@phosphor-icons/react/dist/csr/ShieldCheck';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { auditPhrases as say } from '../phrases/en/audit.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { RANGE_WORDS } from '../phrases/en/outcomes.ts';
import { Button, ButtonAnchor } from '../ui/button.tsx';
import { AddFilter, FilterBar, FilterChip } from '../ui/chips.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { LoadMore } from '../ui/load-more.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { useShortcuts } from '../ui/shortcuts.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { AuditPanel } from './audit-panel.tsx';
import { AUDIT_RANGES, type AuditSearch, readAuditSearch } from './audit-search.ts';
import { AuditTable } from './audit-table.tsx';
import { exportHref, useAudit, useVerify } from './audit.queries.ts';
import { ChainNotice } from './chain-notice.tsx';

const route = getRouteApi('/frame/audit');

export function AuditPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [now] = useState(() => new Date());
  const audit = useAudit(search, now);
  const verify = useVerify();
  const rows = audit.data?.pages.flatMap((page) => page.items) ?? [];
  const total = audit.data?.pages[0]?.total ?? 0;
  const at = rows.findIndex((row) => row.id === search.row);
  const open = (row: string | undefined) =>
    void navigate({
      search: ({ row: _, ...rest }) => (row === undefined ? rest : { ...rest, row }),
      resetScroll: false,
    });
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
  return (
    <Page
      title={framePhrases.pages.audit}
      freshness={<Freshness at={audit.dataUpdatedAt} failing={audit.isRefetchError} />}
      actions={
        <>
          <ButtonAnchor href={exportHref(search, now)} download="audit.ndjson" aria-label={say.export}>
            <DownloadSimple size={16} aria-hidden /> <span className="max-phone:sr-only">{say.export}</span>
          </ButtonAnchor>
          <Button look="solid" disabled={verify.isPending} onClick={() => verify.mutate()} aria-label={say.verify}>
            <ShieldCheck size={16} aria-hidden /> <span className="max-phone:sr-only">{say.verify}</span>
          </Button>
        </>
      }
      panel={
        search.row !== undefined && (
          <AuditPanel
            row={rows[at] ?? null}
            id={search.row}
            onClose={() => open(undefined)}
            onNext={onNext}
            onPrevious={onPrevious}
          />
        )
      }
    >
      <ChainNotice verify={verify} />
      <AuditFilters search={search} total={total} />
      {audit.isError && rows.length === 0 ? (
        <div className="px-6">
          <ProblemView error={audit.error} action="audit:read" onRetry={() => void audit.refetch()} />
        </div>
      ) : audit.data === undefined ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <EmptyState
          state={{ kind: 'no-results', sentence: say.noResults, onClear: () => void navigate({ search: {} }) }}
        />
      ) : (
        <>
          <AuditTable rows={rows} selected={search.row} />
          <LoadMore shown={rows.length} total={total} query={audit} />
        </>
      )}
    </Page>
  );
}

function AuditFilters({ search, total }: { readonly search: AuditSearch; readonly total: number }) {
  const navigate = route.useNavigate();
  const set = (change: Record<string, unknown>) =>
    void navigate({ search: (before) => readAuditSearch({ ...before, ...change }), resetScroll: false });
  return (
    <FilterBar count={say.rows(total)}>
      {search.range !== undefined && (
        <FilterChip
          field={say.fields.time}
          value={RANGE_WORDS[search.range]}
          onRemove={() => set({ range: undefined })}
        />
      )}
      {search.event !== undefined && (
        <FilterChip field={say.fields.event} value={search.event} onRemove={() => set({ event: undefined })} />
      )}
      <AddFilter
        groups={[
          {
            label: say.fields.time,
            choices: AUDIT_RANGES.map((range) => ({ value: `range=${range}`, label: RANGE_WORDS[range] })),
          },
          {
            label: say.fields.event,
            choices: Object.entries(say.events).map(([event, words]) => ({ value: `event=${event}`, label: words })),
          },
        ]}
        onAdd={(choice) => {
          const [field = '', value = ''] = choice.split('=');
          set({ [field]: value });
        }}
      />
    </FilterBar>
  );
}
