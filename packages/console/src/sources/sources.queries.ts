// Questions about accounts at providers, and what one can do about them.
import type {
  Connection,
  ConnectionAuthorization,
  ConnectionList,
  ConnectionProvider,
  Disconnected,
} from '@sentinel/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, send } from '../app/api.ts';

const SOURCES = ['sources'] as const;
const ASK_EVERY_MS = 15_000;

export const useSources = () =>
  useQuery({
    queryKey: SOURCES,
    queryFn: ({ signal }) => get<ConnectionList>('/v1/connections', signal),
    refetchInterval: ASK_EVERY_MS,
  });

function useSourcesAgain() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: SOURCES });
}

/** Answers where the browser goes next. */
export const useAuthorize = () =>
  useMutation({
    mutationFn: (provider: ConnectionProvider) =>
      send<ConnectionAuthorization>('POST', '/v1/connections/authorize', { provider }),
  });

export const useConnectionAct = () =>
  useMutation({
    mutationFn: ({ id, act }: { readonly id: string; readonly act: 'check' | 'pause' | 'resume' }) =>
      send<Connection>('POST', `/v1/connections/${id}/${act}`),
    onSettled: useSourcesAgain(),
  });

export const useDisconnect = () =>
  useMutation({
    mutationFn: ({ id, data }: { readonly id: string; readonly data: 'keep' | 'purge' }) =>
      send<Disconnected>('DELETE', `/v1/connections/${id}?data=${data}`),
    onSettled: useSourcesAgain(),
  });
