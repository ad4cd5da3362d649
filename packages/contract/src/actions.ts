// What a member may be allowed to do, as `area:verb`, and which workspace role includes it.

/** Workspace roles, weakest first: each includes all of those before it. */
export const WORKSPACE_ROLES = ['viewer', 'editor', 'admin', 'owner'] as const;
export type WorkspaceRole = (typeof WORKSPACE_ROLES)[number];

interface ActionEntry {
  /** The weakest workspace role that includes the action. */
  readonly from: WorkspaceRole;
  readonly meaning: string;
}

export const ACTIONS = {
  'session:read': { from: 'viewer', meaning: 'See who one is signed in as.' },
  'session:end': { from: 'viewer', meaning: 'Sign out, here and elsewhere.' },
  'session:approve': { from: 'viewer', meaning: 'Sign a program in as oneself, such as the command line.' },
  'session:manage': { from: 'admin', meaning: 'See where members are signed in, and sign them out.' },
  'operator:sign-in-link': { from: 'owner', meaning: 'Create a one-time sign-in link.' },
  'home:read': { from: 'viewer', meaning: 'See the overview of the workspace.' },
  'ledger:read': { from: 'viewer', meaning: 'Read outcomes and their explanations.' },
  'gate:ask': { from: 'editor', meaning: 'Ask the gate about addresses or a message without storing it.' },
  'gate:import': { from: 'editor', meaning: 'Send messages through the gate.' },
  'policy:read': { from: 'viewer', meaning: 'Read the gate policy and its versions.' },
  'policy:publish': { from: 'admin', meaning: 'Publish a new version of the gate policy.' },
  'book:read': { from: 'viewer', meaning: 'Read the contact book.' },
  'book:import': { from: 'editor', meaning: 'Add and change contacts.' },
  'book:exclude': { from: 'editor', meaning: 'Exclude a contact from opening the gate, or include it again.' },
  'sources:read': { from: 'viewer', meaning: 'See which accounts at providers are connected, and how they are.' },
  'sources:manage': { from: 'admin', meaning: 'Connect, pause and disconnect accounts at providers.' },
  'audit:read': { from: 'admin', meaning: 'Read, export and verify the audit log.' },
  'system:read': { from: 'admin', meaning: 'See the state of the installation.' },
} as const satisfies Record<string, ActionEntry>;

export type Action = keyof typeof ACTIONS;
export const ACTION_NAMES = Object.keys(ACTIONS) as readonly Action[];

/** The actions a workspace role includes. */
export function actionsOf(role: WorkspaceRole): Action[] {
  const rank = WORKSPACE_ROLES.indexOf(role);
  return ACTION_NAMES.filter((action) => WORKSPACE_ROLES.indexOf(ACTIONS[action].from) <= rank);
}
