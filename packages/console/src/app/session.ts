// Who is signed in, what they may do, and how they sign in and out.
import type { Session, SetupRequest, SetupState } from '@sentinel/contract';
import { ACTIONS, type Action, type WorkspaceRole } from '@sentinel/contract/actions';
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { get, send } from './api.ts';
import { SESSION_KEY } from './query-client.ts';

const sessionQuery = {
  queryKey: SESSION_KEY,
  queryFn: ({ signal }: { signal: AbortSignal }) => get<Session>('/v1/session', signal),
  staleTime: 60_000,
};

/** The session, as it is asked for; a 401 stands in `error`. */
export const useSession = () => useQuery(sessionQuery);

/** The session, where the guard above has made sure there is one. */
export const useSignedIn = (): Session => useSuspenseQuery(sessionQuery).data;

/** Whether the signed-in person may do it. The server decides again on every request. */
export const useMay = (action: Action): boolean => useSignedIn().actions.includes(action);

/** The weakest role that includes an action. */
export const roleFor = (action: Action): WorkspaceRole => ACTIONS[action].from;

export const useSetupState = () =>
  useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => get<SetupState>('/v1/setup', signal), staleTime: 60_000 });

/** Creates the workspace and its owner, and signs the owner in. */
export function useSetup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: SetupRequest) => send<unknown>('POST', '/v1/setup', request),
    onSuccess: async () => {
      client.setQueryData(['setup'], { needed: false });
      await client.invalidateQueries({ queryKey: SESSION_KEY });
      await client.fetchQuery(sessionQuery);
    },
  });
}

/** Signs in by a one-time link. */
export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (token: string) => send<unknown>('POST', '/v1/session', { token }),
    onSuccess: () => client.resetQueries({ queryKey: SESSION_KEY }),
  });
}

/** Signs out and forgets everything that was shown. */
export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => send<unknown>('DELETE', '/v1/session'),
    onSuccess: () => {
      client.clear();
      return client.resetQueries({ queryKey: SESSION_KEY });
    },
  });
}
