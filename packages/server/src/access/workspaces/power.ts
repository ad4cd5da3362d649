// How much somebody may do in a workspace.
import { WORKSPACE_ROLES, type WorkspaceRole } from '@sentinel/contract';

/** `platform`: an administrator of the installation, who may do what an owner may. */
export type Power = WorkspaceRole | 'platform';

/** Whether a power includes a role. */
export function atLeast(power: Power, role: WorkspaceRole): boolean {
  return power === 'platform' || WORKSPACE_ROLES.indexOf(power) >= WORKSPACE_ROLES.indexOf(role);
}
