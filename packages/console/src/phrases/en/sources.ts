// Words of the accounts at providers: what they are called, how they stand, and what a choice does.
import type { AttentionReason, ConnectionProvider, ConnectionState, Disconnected, Trouble } from '@sentinel/contract';
import { count } from '../format.ts';

export type SourceStanding = ConnectionState | 'waiting';

const STANDINGS: Readonly<Record<SourceStanding, string>> = {
  connected: 'connected',
  waiting: 'waiting',
  paused: 'paused',
  needs_attention: 'needs attention',
};

const REFUSALS: Readonly<Record<string, string>> = {
  denied: 'Nothing was connected: the provider was told not to.',
  scopes_missing:
    'Nothing was connected: not everything that is needed was granted. Connect again and leave every box ticked.',
  not_allowed: 'Nothing was connected: whoever started this may no longer connect accounts.',
  provider_unreachable: 'Nothing was connected: the provider did not answer. Try again shortly.',
  client_refused: 'Nothing was connected: the provider refuses the client id or secret of this installation.',
  connection_refused:
    'Nothing was connected: the provider did not take what your browser brought back, or gave no lasting access to an account. Connect again.',
};

const AFTERWARDS: Readonly<Record<Disconnected['revocation'], (other: string) => string>> = {
  revoked: () => '.',
  already_dead: () => '; the provider had ended its access before.',
  unconfirmed: () => ' here, but the provider did not confirm it. Withdraw access there too.',
  shared: (other) => `. ${other} of the same account stays connected, so the provider’s grant stays.`,
};

export const sourcePhrases = {
  question: 'Are we connected?',
  connect: 'Connect an account',
  providers: {
    hubspot: 'HubSpot',
    salesforce: 'Salesforce',
    gmail: 'Gmail',
    calendar: 'Google Calendar',
    slack: 'Slack',
  } satisfies Record<ConnectionProvider, string>,
  gives: {
    hubspot: 'Contacts and deals: who opens the gate.',
    salesforce: 'Contacts and opportunities: who opens the gate.',
    gmail: 'Mail of one mailbox, through the gate.',
    calendar: 'Meetings of one calendar, through the gate.',
    slack: 'Posts of the channels the app is a member of, through the gate.',
  } satisfies Record<ConnectionProvider, string>,
  standing: (standing: SourceStanding) => STANDINGS[standing],
  well: 'The credentials are sealed and in order.',
  paused: 'Nothing is asked of the provider until you resume.',
  reconnect: 'Connect again',
  check: 'Check',
  checked: (name: string, wrong: string | null) => (wrong === null ? `${name} answered.` : `${name}: ${wrong}`),
  pause: 'Pause',
  resume: 'Resume',
  disconnect: 'Disconnect',
  named: (act: string, provider: string, account: string) => `${act}: ${provider}, ${account}`,
  safe: 'Nothing is lost, and nothing was let in unseen.',
  facts: { checked: 'Last answer', token: 'Token', refreshed: 'Renewed', requests: 'Requests' },
  never: 'never',
  token: {
    unending: 'does not run out',
    untold: 'end not told',
    until: (time: string) => `until ${time}`,
    over: 'renewed when asked',
    unusable: 'not usable',
  },
  tokenHelp: {
    untold: 'The provider does not say when it ends. It is renewed in good time, and whenever it is refused.',
    over: 'It ran out while nothing was asked. The next request renews it first.',
  },
  requests: { closed: 'flowing', half_open: 'trying once', open: 'held back' },
  openUntil: (time: string) => `held back until ${time}`,
  queue: (running: number, waiting: number) => `${running} running, ${waiting} waiting`,
  scopes: 'What was granted',
  by: (name: string, day: string) => `connected by ${name}, ${day}`,
  since: (day: string) => `connected ${day}`,
  firstUse: {
    title: 'No account is connected yet',
    why: 'Connect the CRM first: its contacts are what opens the gate. Then connect mail, calendar or chat.',
    steps: [
      { name: 'Choose a provider', finding: 'and see what will be asked for' },
      { name: 'Say yes at the provider', finding: 'in your own browser; Sentinel only reads' },
      { name: 'Sealed', finding: 'its tokens never leave the vault in clear' },
    ],
  },
  dialog: {
    title: 'Connect an account',
    choose: 'Provider',
    asks: 'What is asked for, and why',
    go: (provider: string) => `Continue to ${provider}`,
    notConfigured: (provider: string) => `${provider} is not set up in this installation`,
    settings: 'Set these, then start Sentinel again:',
  },
  disconnecting: {
    title: (provider: string) => `Disconnect ${provider}?`,
    givenBack: 'The tokens are given back to the provider, unless another connection lives on them, and removed here.',
    shared: (other: string) =>
      `Its tokens are removed here. ${other} of the same account stays connected, so the provider’s grant stays.`,
    readNoMore: 'Nothing more is read. Connecting again needs a new yes at the provider.',
    data: 'What it brought',
    keep: { title: 'Keep it', note: 'Kept messages and contacts stay, with the reasons they were kept.' },
    purge: { title: 'Remove it', note: 'Messages and contacts of this account are deleted for good.' },
    go: 'Disconnect',
  },
  disconnected: (provider: string, revocation: Disconnected['revocation'], other: string | null) =>
    `${provider} is disconnected${AFTERWARDS[revocation](other ?? 'Another connection')}`,
  purged: (messages: number, contacts: number) =>
    `${count(messages, 'message', 'messages')} and ${count(contacts, 'contact', 'contacts')} removed.`,
  connected: (provider: string, account: string) => `${provider} is connected: ${account}.`,
  refused: (reason: string) => REFUSALS[reason] ?? 'Nothing was connected. Try again.',
  dismiss: 'Dismiss',
} as const;

/** The token shown beside what needs somebody. */
export const reasonToken = (reason: AttentionReason | Trouble): string => `connection_${reason}`;
