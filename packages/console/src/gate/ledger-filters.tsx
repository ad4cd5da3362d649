// The filter chips of the ledger: time, outcome, source.
import type { SourceKind } from '@sentinel/contract';
import { OUTCOME_TOKENS } from '@sentinel/contract/outcomes';
import { getRouteApi } from '@tanstack/react-router';
import { ledgerPhrases as say } from '../phrases/en/ledger.ts';
import { OUTCOME_WORDS, RANGE_WORDS, SOURCE_WORDS } from '../phrases/en/outcomes.ts';
import { formatShortDay, formatShortTime } from '../phrases/format.ts';
import { AddFilter, FilterBar, FilterChip } from '../ui/chips.tsx';
import { LEDGER_RANGES, type LedgerSearch, outcomesOf, readLedgerSearch } from './ledger-search.ts';

const route = getRouteApi('/frame/ledger');
const SOURCE_KINDS = Object.keys(SOURCE_WORDS).filter((kind): kind is SourceKind => kind !== 'ask');

export function LedgerFilters({ search, total }: { readonly search: LedgerSearch; readonly total: number }) {
  const navigate = route.useNavigate();
  const set = (change: Record<string, unknown>) =>
    void navigate({ search: (before) => readLedgerSearch({ ...before, ...change }), resetScroll: false });
  const outcomes = outcomesOf(search.outcome ?? '');
  return (
    <FilterBar count={say.rows(total)}>
      {search.since !== undefined || search.until !== undefined ? (
        <FilterChip
          field={say.fields.time}
          value={spanWords(search)}
          onRemove={() => set({ since: undefined, until: undefined })}
        />
      ) : (
        search.range !== 'all' && (
          <FilterChip
            field={say.fields.time}
            value={RANGE_WORDS[search.range ?? '24h']}
            onRemove={() => set({ range: 'all' })}
          />
        )
      )}
      {outcomes.length > 0 && (
        <FilterChip
          field={say.fields.outcome}
          value={outcomeWords(outcomes)}
          onRemove={() => set({ outcome: undefined })}
        />
      )}
      {search.source !== undefined && (
        <FilterChip
          field={say.fields.source}
          value={SOURCE_WORDS[search.source]}
          onRemove={() => set({ source: undefined })}
        />
      )}
      <AddFilter
        groups={[
          {
            label: say.fields.time,
            choices: LEDGER_RANGES.map((range) => ({ value: `range:${range}`, label: RANGE_WORDS[range] })),
          },
          {
            label: say.fields.outcome,
            choices: OUTCOME_TOKENS.map((token) => ({ value: `outcome:${token}`, label: OUTCOME_WORDS[token] })),
          },
          {
            label: say.fields.source,
            choices: SOURCE_KINDS.map((kind) => ({ value: `source:${kind}`, label: SOURCE_WORDS[kind] })),
          },
        ]}
        onAdd={(choice) => set(changeOf(choice, search))}
      />
    </FilterBar>
  );
}

/** What choosing a filter changes: outcomes add up, time and source replace. */
function changeOf(choice: string, search: LedgerSearch): Record<string, unknown> {
  const [field = '', value = ''] = choice.split(':');
  if (field === 'range') return { range: value, since: undefined, until: undefined };
  if (field === 'outcome') return { outcome: [...new Set([...outcomesOf(search.outcome ?? ''), value])].join(',') };
  return { [field]: value };
}

function outcomeWords(outcomes: readonly (keyof typeof OUTCOME_WORDS)[]): string {
  const [only] = outcomes;
  return only !== undefined && outcomes.length === 1 ? OUTCOME_WORDS[only] : say.anyOf(outcomes.length);
}

/** A fixed span in words. */
export function spanWords(search: LedgerSearch): string {
  const side = (instant: string | undefined) =>
    instant === undefined ? '…' : `${formatShortDay(instant)} ${formatShortTime(instant)}`;
  return `${side(search.since)} – ${side(search.until)}`;
}
