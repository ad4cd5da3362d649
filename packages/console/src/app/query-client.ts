// How answers are kept: shown at once when known, asked again when stale. A lost session anywhere shows everywhere.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ProblemError } from './problem-error.ts';

export const SESSION_KEY = ['session'] as const;

export function createQueryClient(): QueryClient {
  const onError = (error: Error, query: { queryKey?: readonly unknown[] } | undefined) => {
    const lost = error instanceof ProblemError && error.status === 401;
    if (lost && query?.queryKey?.[0] !== SESSION_KEY[0]) void client.invalidateQueries({ queryKey: SESSION_KEY });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => onError(error, query) }),
    mutationCache: new MutationCache({ onError: (error) => onError(error, undefined) }),
    defaultOptions: {
      queries: { staleTime: 10_000, retry: (failures, error) => failures < 2 && isPassing(error) },
    },
  });
  return client;
}

/** Whether asking again could help: no answer at all, or one that says "not now". */
function isPassing(error: Error): boolean {
  return !(error instanceof ProblemError) || error.status === 0 || error.status === 503;
}
