// The providers one can connect, the states of a connection, and the sentences for what is wrong with it. No schemas, so that
// pages can read it without them.

/** Gmail and Calendar are two: whoever lets us read meetings has not let us read mail. */
export const CONNECTION_PROVIDERS = ['hubspot', 'salesforce', 'gmail', 'calendar', 'slack'] as const;
export type ConnectionProvider = (typeof CONNECTION_PROVIDERS)[number];

/** One consent of one account at Google holds both: taking it back ends both. */
export const ONE_GRANT: readonly ConnectionProvider[] = ['gmail', 'calendar'];

interface OfAccount {
  readonly id: string;
  readonly provider: ConnectionProvider;
  readonly account: { readonly id: string };
}

/** Another connection that lives on the same consent as this one, if there is any. */
export function sharingGrant<Each extends OfAccount>(
  { id, provider, account }: Each,
  all: readonly Each[],
): Each | null {
  if (!ONE_GRANT.includes(provider)) return null;
  const shares = (each: Each) => ONE_GRANT.includes(each.provider) && each.account.id === account.id && each.id !== id;
  return all.find(shares) ?? null;
}

/** Where an access token whose end is not told does not end. Elsewhere nobody knows when it does. */
export const UNENDING_TOKENS: readonly ConnectionProvider[] = ['slack'];

export const CONNECTION_STATES = ['connected', 'paused', 'needs_attention'] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** Why a connection needs attention; only connecting anew repairs it. */
export const ATTENTION_REASONS = {
  revoked: 'The provider says that access was withdrawn or has run out. Connect again.',
  refresh_lost:
    'A new token was asked for and the answer never arrived, so the old one no longer works. Connect again.',
  scopes_missing: 'The account no longer grants what is needed. Connect again and leave every box ticked.',
  secret_unreadable:
    'The stored credentials cannot be opened with the keys at hand. Bring the key back, or connect again.',
} as const satisfies Record<string, string>;
export type AttentionReason = keyof typeof ATTENTION_REASONS;

/** What keeps a connection from working for now; it mends without anybody connecting again. */
export const TROUBLES = {
  client_refused: "The provider refuses this installation's client id or secret. Check the settings; connections stay.",
  unreachable: 'The provider does not answer. It is asked again by itself.',
  limited: 'The provider asks for fewer requests. It is asked again when it allows.',
  key_missing:
    'A process of this installation lacks the key that opens the stored credentials. Give it the key; connections stay.',
} as const satisfies Record<string, string>;
export type Trouble = keyof typeof TROUBLES;
