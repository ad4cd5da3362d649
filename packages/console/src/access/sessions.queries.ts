// Questions about where somebody is signed in, and ending it.
import type { SessionsEnded, SignedInPlaces } from '@sentinel/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, send } from '../app/api.ts';

const SESSIONS = ['places'] as const;

export const useOwnPlaces = () =>
  useQuery({
    queryKey: [...SESSIONS, 'own'],
    queryFn: ({ signal }) => get<SignedInPlaces>('/v1/sessions', signal),
  });

export const useMemberPlaces = (personId: string) =>
  useQuery({
    queryKey: [...SESSIONS, 'member', personId],
    queryFn: ({ signal }) => get<SignedInPlaces>(`/v1/members/${personId}/sessions`, signal),
  });

function usePlacesAgain() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: SESSIONS });
}

export const useEndPlace = () =>
  useMutation({
    mutationFn: (id: string) => send<unknown>('DELETE', `/v1/sessions/${id}`),
    onSettled: usePlacesAgain(),
  });

export const useEndOthers = () =>
  useMutation({ mutationFn: () => send<SessionsEnded>('DELETE', '/v1/sessions'), onSettled: usePlacesAgain() });

export const useEndMember = () =>
  useMutation({
    mutationFn: (personId: string) => send<SessionsEnded>('DELETE', `/v1/members/${personId}/sessions`),
    onSettled: usePlacesAgain(),
  });
