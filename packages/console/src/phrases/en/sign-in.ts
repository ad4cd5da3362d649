// Words of signing in: through an identity provider, by a link, and signing a program in.
import type { WorkspaceRole } from '@sentinel/contract/actions';

/** Names people know; any other provider is called as the operator named it. */
const PROVIDERS: Readonly<Record<string, string>> = { google: 'Google', github: 'GitHub', entra_id: 'Microsoft' };

export const signInPhrases = {
  title: 'Sign in',
  signedOut: 'You are signed out',
  why: 'Sentinel keeps no passwords. Your identity provider says who you are.',
  with: (provider: string) => `Continue with ${PROVIDERS[provider] ?? provider}`,
  leaving: 'Opening…',
  or: 'Or by a link',
  none: 'No identity provider is set up here yet, so you come in by a link that works once.',
  link: 'Print one in a terminal where Sentinel is installed, and open it in this browser:',
  noTerminal: 'Not your machine? An owner of the workspace can make a link for you, under Members.',
  otherAddress: (host: string) => `Signing in works at ${host} only.`,
  goThere: (host: string) => `Go to ${host}`,
  callback: {
    title: 'Signing in',
    working: 'Signing in…',
    choose: 'Which workspace?',
    chooseWhy: 'You can change it by signing in again.',
    enter: (name: string, role: WorkspaceRole) => `${name}, as ${role}`,
    nowhere: 'You are not a member of a workspace yet',
    nowhereDetail:
      'You are known now. Ask an admin of a workspace to add you, with the address that your identity provider has for you.',
    strange: 'This sign-in did not start here',
    strangeDetail:
      'It was started in another browser or tab, was used already, or took too long. Nothing happened; start again.',
    again: 'Sign in again',
  },
  device: {
    title: 'Sign a program in',
    enter: 'Type the code that the program shows',
    enterWhy: 'A program, such as the command line, asks to act as you.',
    code: 'Code',
    example: 'WXYZ-BCDF',
    next: 'Continue',
    short: 'The code has eight letters, such as WXYZ-BCDF.',
    wants: (name: string) => `“${name}” wants to sign in as you`,
    as: (person: string, role: WorkspaceRole, workspace: string) =>
      `It will act as ${person}, ${role} of ${workspace}, until you end it under Sessions or seven days have passed.`,
    same: 'Approve only if you started it yourself and it shows the same code.',
    approve: 'Approve',
    deny: 'Deny',
    another: 'Type another code',
    approved: 'Signed in',
    approvedDetail: 'The program goes on by itself. You can close this page.',
    denied: 'Refused',
    deniedDetail:
      'The program was not signed in. If you did not start it, somebody sent you its code: tell them nothing more.',
    sessions: 'See where you are signed in',
    unknown: 'No program waits with this code. It may be mistyped, decided already, or have run out.',
  },
} as const;
