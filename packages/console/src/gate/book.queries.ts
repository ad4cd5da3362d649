// The contact book's questions to the server: summary, contacts, import, and keeping a contact from opening the gate.
import type { BookImportReport, BookPage, BookSummary } from '@sentinel/contract';
import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, send, upload, withQuery } from '../app/api.ts';

export const useBookSummary = () =>
  useQuery({ queryKey: ['book', 'summary'], queryFn: ({ signal }) => get<BookSummary>('/v1/book', signal) });

export function useContacts(search: string) {
  return useInfiniteQuery({
    queryKey: ['book', 'contacts', search],
    queryFn: ({ pageParam, signal }) =>
      get<BookPage>(withQuery('/v1/book/contacts', { search, limit: 50, cursor: pageParam }), signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export interface ImportAttempt {
  readonly file: File;
  readonly dryRun: boolean;
}

const isVcard = (file: File): boolean => /vcard/i.test(file.type) || /\.(vcf|vcard)$/i.test(file.name);

/** Reads a file of contacts; with `dryRun` nothing changes and the report says what would. */
export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ file, dryRun }: ImportAttempt) =>
      upload<BookImportReport>(
        withQuery('/v1/book/import', { dryRun: String(dryRun) }),
        file,
        isVcard(file) ? 'text/vcard' : 'text/csv',
      ),
    onSuccess: async (_, { dryRun }) => {
      if (dryRun) return;
      await Promise.all([
        client.invalidateQueries({ queryKey: ['book'] }),
        client.invalidateQueries({ queryKey: ['home'] }),
      ]);
    },
  });
}

/** Excludes a contact from opening the gate, or includes it again. */
export function useExclusion() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, excluded }: { readonly id: string; readonly excluded: boolean }) =>
      send<unknown>(excluded ? 'PUT' : 'DELETE', `/v1/book/contacts/${id}/exclusion`),
    onSettled: () => client.invalidateQueries({ queryKey: ['book'] }),
  });
}
