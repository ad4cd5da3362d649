// The audit log's questions to the server.
import type { AuditPage, AuditVerification } from '@sentinel/contract';
import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, send, withQuery } from '../app/api.ts';
import { type AuditSearch, auditSince } from './audit-search.ts';

const auditFilter = (search: AuditSearch, now: Date) => ({ event: search.event, since: auditSince(search.range, now) });

export function useAudit(search: AuditSearch, now: Date) {
  const filter = auditFilter(search, now);
  return useInfiniteQuery({
    queryKey: ['audit', 'rows', filter],
    queryFn: ({ pageParam, signal }) =>
      get<AuditPage>(withQuery('/v1/audit', { ...filter, limit: 50, cursor: pageParam }), signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
}

/** Where exactly the filtered rows can be downloaded. */
export const exportHref = (search: AuditSearch, now: Date): string =>
  withQuery('/v1/audit/export', auditFilter(search, now));

export function useVerify() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => send<AuditVerification>('POST', '/v1/audit/verify'),
    onSuccess: () => client.invalidateQueries({ queryKey: ['audit'] }),
  });
}
