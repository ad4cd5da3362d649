// Questions about the groups of the workspace, and changing them.
import type { Group, GroupMember } from '@sentinel/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, send } from '../app/api.ts';
import { useSignedIn } from '../app/session.ts';

const GROUPS = ['groups'] as const;

/** Where the groups of the workspace stand. */
function useGroupsPath(): string {
  return `/workspaces/${useSignedIn().workspace.id}/groups`;
}

export function useGroups() {
  const path = useGroupsPath();
  return useQuery({ queryKey: [...GROUPS, 'list'], queryFn: ({ signal }) => get<Group[]>(path, signal) });
}

export function useGroupMembers(groupId: string) {
  const path = useGroupsPath();
  return useQuery({
    queryKey: [...GROUPS, 'members', groupId],
    queryFn: ({ signal }) => get<GroupMember[]>(`${path}/${groupId}/members`, signal),
  });
}

function useGroupsAgain() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: GROUPS });
}

export interface GroupFields {
  readonly name: string;
  readonly description: string;
}

/** Creates a group, or changes the one of an id. */
export function useSaveGroup(groupId: string | null) {
  const path = useGroupsPath();
  return useMutation({
    mutationFn: (fields: GroupFields) =>
      groupId === null ? send<Group>('POST', path, fields) : send<Group>('PATCH', `${path}/${groupId}`, fields),
    onSuccess: useGroupsAgain(),
  });
}

export function useDeleteGroup() {
  const path = useGroupsPath();
  return useMutation({
    mutationFn: (groupId: string) => send<unknown>('DELETE', `${path}/${groupId}`),
    onSuccess: useGroupsAgain(),
  });
}

/** Puts a member into a group, or takes one out. */
export function useBelonging(groupId: string) {
  const path = useGroupsPath();
  return useMutation({
    mutationFn: ({ personId, belongs }: { readonly personId: string; readonly belongs: boolean }) =>
      send<unknown>(belongs ? 'POST' : 'DELETE', `${path}/${groupId}/members/${personId}`),
    onSettled: useGroupsAgain(),
  });
}
