// Who is signed in, what they may do, and how they sign in and out.
import type { Session, SetupRequest, SetupState } from '@sentinel/contract';
import { ACTIONS, type Action, type WorkspaceRole } from '@sentinel/contract/actions';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { get, send } from './api.ts';
import { SESSION_KEY } from './query-client.ts';

const sessionQuery = {
  queryKey: SESSION_KEY,
  queryFn: ({ signal }: { signal: AbortSignal }) => get<Session>('/v1/session', signal),
  staleTime: 60_000,
};

/** The session, as it is asked for; a 401 stands in `error`. */
export const useSession = () => useQuery(sessionQuery);

/** Filled by the guard, which lets nothing through without a session. */
export const SessionContext = createContext<Session | null>(null);

/** The session, anywhere below the guard. */
export function useSignedIn(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('used outside the session guard');
  return session;
}

/** Whether the signed-in person may do it. The server decides again on every request. */
export const useMay = (action: Action): boolean => useSignedIn().actions.includes(action);

/** The weakest role that includes an action. */
export const roleFor = (action: Action): WorkspaceRole => ACTIONS[action].from;

export const useSetupState = () =>
  useQuery({ queryKey: ['setup'], queryFn: ({ signal }) => get<SetupState>('/v1/setup', signal), staleTime: 60_000 });

/**
 * Creates the workspace and its owner, and signs the owner in.
 *
 * @param onCreated told before anything is shown anew, so that the page can move on first
 */
export function useSetup(onCreated: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: SetupRequest) => send<unknown>('POST', '/v1/setup', request),
    onSuccess: async () => {
      await client.resetQueries({ queryKey: SESSION_KEY });
      onCreated();
      await client.invalidateQueries({ queryKey: ['setup'] });
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
    onSuccess: async () => {
      await client.resetQueries({ queryKey: SESSION_KEY });
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION_KEY[0] });
    },
  });
}
