// The gate's questions to the server: ledger, outcomes over time, and asking about a message.
import type { AskAnswer, AskRequest, LedgerEntry, LedgerPage, OutcomeSeries } from '@sentinel/contract';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, send, upload, withQuery } from '../app/api.ts';
import { type LedgerSearch, spanOf } from './ledger-search.ts';

const ledgerFilter = (search: LedgerSearch, now: Date) => {
  const { since, until } = spanOf(search, now);
  return { outcome: search.outcome, source: search.source, since: since ?? undefined, until: until ?? undefined };
};

/** Rows newest first, page after page. */
export function useLedger(search: LedgerSearch, now: Date) {
  const filter = ledgerFilter(search, now);
  return useInfiniteQuery({
    queryKey: ['ledger', 'rows', filter],
    queryFn: ({ pageParam, signal }) =>
      get<LedgerPage>(withQuery('/v1/gate/ledger', { ...filter, limit: 50, cursor: pageParam }), signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
}

/** How many rows fit the filters now, asked every quarter of a minute; what is read is never moved by it. */
export function useLedgerTotal(search: LedgerSearch, now: Date) {
  const filter = ledgerFilter(search, now);
  return useQuery({
    queryKey: ['ledger', 'total', filter],
    queryFn: async ({ signal }) =>
      (await get<LedgerPage>(withQuery('/v1/gate/ledger', { ...filter, limit: 1 }), signal)).total,
    refetchInterval: 15_000,
  });
}

/** Whether the ledger holds anything at all; asked only when a filtered view is empty. */
export function useLedgerIsEmpty(enabled: boolean) {
  return useQuery({
    queryKey: ['ledger', 'any'],
    enabled,
    queryFn: async ({ signal }) => (await get<LedgerPage>('/v1/gate/ledger?limit=1', signal)).total === 0,
  });
}

export function useLedgerEntry(id: string) {
  return useQuery({
    queryKey: ['ledger', 'entry', id],
    queryFn: ({ signal }) => get<LedgerEntry>(`/v1/gate/ledger/${id}`, signal),
    staleTime: 60_000,
  });
}

const HOUR_MS = 3_600_000;
/** As far back as one request may count by day. */
const LONGEST_MS = 1990 * 24 * HOUR_MS;

/** Outcomes per hour for two days and less, per day above. */
export function useOutcomes(search: LedgerSearch, now: Date) {
  const span = spanOf(search, now);
  const until = span.until === null ? now : new Date(span.until);
  const earliest = Math.floor((until.getTime() - LONGEST_MS) / HOUR_MS) * HOUR_MS;
  const begin = Math.max(earliest, span.since === null ? earliest : new Date(span.since).getTime());
  const since = new Date(begin).toISOString();
  const hours = (until.getTime() - begin) / HOUR_MS;
  const query = { since, until: span.until ?? undefined, bucket: hours <= 48 ? 'hour' : 'day' };
  return useQuery({
    queryKey: ['ledger', 'outcomes', query],
    queryFn: ({ signal }) => get<OutcomeSeries>(withQuery('/v1/gate/outcomes', query), signal),
    placeholderData: keepPreviousData,
  });
}

/** What was asked is forgotten; that it was asked shows on Home and in the audit log. */
function useAsking<Question>(ask: (question: Question) => Promise<AskAnswer[]>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ask,
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: ['home'] }),
        client.invalidateQueries({ queryKey: ['audit'] }),
      ]);
    },
  });
}

export const useAsk = () =>
  useAsking(async (request: AskRequest) => [await send<AskAnswer>('POST', '/v1/gate/ask', request)]);

const isCalendar = (file: File): boolean => file.type === 'text/calendar' || /\.ics$/i.test(file.name);

export const useAskFile = () =>
  useAsking(async (file: File) => {
    const type = isCalendar(file) ? 'text/calendar' : 'message/rfc822';
    return (await upload<{ answers: AskAnswer[] }>('/v1/gate/ask/file', file, type)).answers;
  });
