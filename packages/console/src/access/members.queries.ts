// Questions about the members of the workspace, and changing who is one.
import type { Invitation, Member, SignInLink } from '@sentinel/contract';
import type { WorkspaceRole } from '@sentinel/contract/actions';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, send, withQuery } from '../app/api.ts';
import { ProblemError } from '../app/problem-error.ts';
import { useSignedIn } from '../app/session.ts';

const MEMBERS = ['members'] as const;

/** @param search part of a name or an address; empty for all */
export function useMembers(search: string) {
  const { workspace } = useSignedIn();
  return useQuery({
    queryKey: [...MEMBERS, 'list', search],
    queryFn: ({ signal }) => get<Member[]>(withQuery(`/workspaces/${workspace.id}/members`, { q: search }), signal),
    placeholderData: keepPreviousData,
  });
}

/** @param may whether one may see them at all */
export const useInvitations = (may: boolean) =>
  useQuery({
    queryKey: [...MEMBERS, 'invitations'],
    queryFn: async ({ signal }) => (await get<{ items: Invitation[] }>('/v1/invitations', signal)).items,
    enabled: may,
  });

function useMembersAgain() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: MEMBERS });
}

interface Order {
  readonly email: string;
  readonly role: WorkspaceRole;
}

/** Makes a known person a member; an address that nobody has signed in with is invited. Answers the member, or null. */
export function useInvite() {
  const { workspace } = useSignedIn();
  return useMutation({
    mutationFn: async (order: Order): Promise<Member | null> => {
      try {
        return await send<Member>('POST', `/workspaces/${workspace.id}/members/invite`, order);
      } catch (error) {
        if (!(error instanceof ProblemError && error.code === 'bad_request')) throw error;
      }
      await send<Invitation>('POST', '/v1/invitations', order);
      return null;
    },
    onSuccess: useMembersAgain(),
  });
}

export const useWithdraw = () =>
  useMutation({
    mutationFn: (id: string) => send<unknown>('DELETE', `/v1/invitations/${id}`),
    onSettled: useMembersAgain(),
  });

export function useChangeRole() {
  const { workspace } = useSignedIn();
  return useMutation({
    mutationFn: ({ id, role }: { readonly id: string; readonly role: WorkspaceRole }) =>
      send<unknown>('PATCH', `/workspaces/${workspace.id}/members/${id}`, { role }),
    onSettled: useMembersAgain(),
  });
}

/** Makes a one-time link that signs in as a member. */
export const useSignInLink = () =>
  useMutation({ mutationFn: (email: string) => send<SignInLink>('POST', '/v1/sign-in-links', { email }) });

export function useRemoveMember() {
  const { workspace } = useSignedIn();
  return useMutation({
    mutationFn: (id: string) => send<unknown>('DELETE', `/workspaces/${workspace.id}/members/${id}`),
    onSuccess: useMembersAgain(),
  });
}
