// What one's role in the workspace lets one do, where the server asks for a role and not for an action.
import { WORKSPACE_ROLES, type WorkspaceRole } from '@sentinel/contract/actions';
import { useSignedIn } from './session.ts';

/** Whether the signed-in person has at least a role. The server decides again on every request. */
export function useHasRole(role: WorkspaceRole): boolean {
  return WORKSPACE_ROLES.indexOf(useSignedIn().role) >= WORKSPACE_ROLES.indexOf(role);
}
