// Words of the members, the groups and where people are signed in.
import type { SessionKind, SessionOrigin } from '@sentinel/contract';
import type { WorkspaceRole } from '@sentinel/contract/actions';
import { count } from '../format.ts';

const ROLE_NOTES: Readonly<Record<WorkspaceRole, string>> = {
  viewer: 'Sees everything but the audit log, and changes nothing.',
  editor: 'Also imports contacts and messages, and asks the gate.',
  admin: 'Also publishes policies, reads the audit log and manages members.',
  owner: 'Everything, owners included.',
};

export const memberPhrases = {
  caption: 'Members of the workspace',
  columns: { name: 'Name', email: 'Address', role: 'Role', joined: 'Joined' },
  summary: (members: number, invited: number) =>
    invited === 0
      ? `${count(members, 'member', 'members')}.`
      : `${count(members, 'member', 'members')}, ${count(invited, 'invitation', 'invitations')} open.`,
  found: (total: number) => count(total, 'member', 'members'),
  search: 'Find by name or address',
  noResults: (text: string) => `No member matches “${text}”.`,
  you: 'you',
  open: (name: string) => `Open ${name}`,
  panel: 'Member',
  notHere: 'This person is not a member here, or not among those found.',
  facts: { email: 'Address', joined: 'Member since' },
  role: 'Role',
  roleNote: (role: WorkspaceRole) => ROLE_NOTES[role],
  roleChanged: (name: string, role: WorkspaceRole) => `${name} is now ${role}.`,
  ownersOnly: 'Only an owner changes owners.',
  adminsOnly: 'Roles are changed by an admin or an owner.',
  invite: 'Invite',
  inviting: {
    title: 'Invite somebody',
    why: 'Whoever signs in with this address, proven by an identity provider, becomes a member.',
    noProvider: 'No identity provider is set up here, so nobody can come in this way yet.',
    email: 'Address',
    role: 'Role',
    missing: 'Write the address in full, such as anna@acme.example.',
    go: 'Invite',
    added: (name: string) => `${name} is a member now.`,
    invited: 'The invitation waits for their first sign-in.',
    exists: 'This address is a member or invited already.',
  },
  invitations: {
    title: 'Who is invited and has not come yet?',
    caption: 'Open invitations',
    columns: { email: 'Address', role: 'Role', created: 'Invited', expires: 'Ends', act: 'Change' },
    withdraw: 'Withdraw',
    withdrawNamed: (email: string) => `Withdraw the invitation of ${email}`,
    withdrawn: 'The invitation is withdrawn.',
  },
  link: {
    act: 'Make a sign-in link',
    title: (name: string) => `A link that signs in as ${name}`,
    why: 'It works once, for thirty minutes. Whoever has it acts in their name, and the audit log says that you made it.',
    ends: (at: string) => `It ends ${at}.`,
    copy: 'Copy the link',
    close: 'Done',
  },
  remove: 'Remove from the workspace',
  removing: {
    title: (name: string, workspace: string) => `Remove ${name} from ${workspace}`,
    losses: [
      'They are signed out of this workspace at once, everywhere.',
      'They leave all its groups, and lose what was shared with them.',
      'What they did stays in the audit log.',
    ],
    go: 'Remove',
    done: (name: string) => `${name} is not a member any more.`,
  },
} as const;

export const groupPhrases = {
  caption: 'Groups of the workspace',
  columns: { name: 'Name', description: 'What it is for', created: 'Created' },
  summary: (total: number) => (total === 0 ? 'No groups yet.' : `${count(total, 'group', 'groups')}.`),
  create: 'New group',
  first: {
    title: 'No groups yet',
    why: 'A group shares things with several members at once; whoever joins later has them too.',
    steps: [
      { name: 'Name a group', finding: 'such as Finance' },
      { name: 'Add members', finding: 'they keep their own roles' },
      { name: 'Share with it', finding: 'one line in place of many' },
    ],
  },
  panel: 'Group',
  notHere: 'There is no such group here.',
  open: (name: string) => `Open ${name}`,
  form: {
    create: 'Create a group',
    edit: 'Change the group',
    name: 'Name',
    description: 'What it is for',
    missing: 'Give the group a name.',
    taken: 'There is a group of this name already.',
    save: 'Save',
    go: 'Create',
  },
  edit: 'Change',
  remove: 'Delete the group',
  removing: {
    title: (name: string, members: number) => `Delete ${name}: ${count(members, 'member leaves', 'members leave')} it`,
    losses: ['What was shared with the group is shared with nobody through it any more.', 'Its members stay members.'],
    go: 'Delete',
    done: (name: string) => `${name} is deleted.`,
  },
  members: 'Who belongs?',
  nobody: 'Nobody belongs yet.',
  add: 'Add a member',
  choose: 'Choose a member',
  everybody: 'Everybody belongs already.',
  takeOut: 'Take out',
  takeOutNamed: (name: string) => `Take out ${name}`,
  added: (name: string) => `${name} belongs now.`,
  takenOut: (name: string) => `${name} does not belong any more.`,
} as const;

const KINDS: Readonly<Record<SessionKind, string>> = {
  browser: 'A browser',
  app: 'An application',
  program: 'A program',
};
const ORIGINS: Readonly<Record<SessionOrigin, string>> = {
  setup: 'began with the setup',
  operator: 'by a link of the operator',
  link: 'by a link of a member',
  provider: 'through an identity provider',
};

export const sessionPhrases = {
  caption: 'Where you are signed in',
  memberCaption: (name: string) => `Where ${name} is signed in`,
  columns: { place: 'Where', workspace: 'Workspace', how: 'How', began: 'Since', used: 'Last used', act: 'Change' },
  summary: (total: number) => `You are signed in at ${count(total, 'place', 'places')}.`,
  kind: (kind: SessionKind) => KINDS[kind],
  via: (via: SessionOrigin) => ORIGINS[via],
  byProgram: 'by a code you approved',
  byApp: 'to the application',
  here: 'this one',
  end: 'Sign out',
  endNamed: (place: string) => `Sign out of ${place}`,
  ended: (place: string) => `Signed out of ${place}.`,
  endOthers: 'Sign out everywhere else',
  endedOthers: (total: number) => `Signed out at ${count(total, 'place', 'places')}.`,
  member: 'Where are they signed in here?',
  nowhere: 'Nowhere at the moment.',
  endMember: 'Sign out everywhere here',
  program: 'Sign a program in',
} as const;
