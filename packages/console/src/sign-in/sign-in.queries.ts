// Signing in: which providers there are, and exchanging what one sent us back with for a session.
import type { AuthorizationServer, Providers, WorkspaceOption } from '@sentinel/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, send } from '../app/api.ts';
import { SESSION_KEY } from '../app/query-client.ts';
import type { CameBack } from './provider-sign-in.ts';

export const useProviders = () =>
  useQuery({
    queryKey: ['providers'],
    queryFn: ({ signal }) => get<Providers>('/auth/providers', signal),
    staleTime: 60_000,
  });

/** The one origin that sign-ins come back to. */
export const useIssuer = () =>
  useQuery({
    queryKey: ['issuer'],
    queryFn: async ({ signal }) =>
      (await get<AuthorizationServer>('/.well-known/oauth-authorization-server', signal)).issuer,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The workspaces one may enter; asking does not use the code up. */
export const useChoices = () =>
  useMutation({
    mutationFn: ({ code, verifier }: CameBack) =>
      send<WorkspaceOption[]>('POST', '/auth/workspaces', { code, code_verifier: verifier }),
  });

/** Enters a workspace. */
export function useEnter() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ code, verifier, workspaceId }: CameBack & { readonly workspaceId: string }) =>
      send<unknown>('POST', '/v1/session/code', { code, code_verifier: verifier, workspace_id: workspaceId }),
    onSuccess: () => client.resetQueries({ queryKey: SESSION_KEY }),
  });
}
