// Trades the code that a browser brought for credentials, and looks at them before they are kept: whose account it is, and
// whether everything that is needed was granted. What is not kept is given back at once.
import { OutboundFailed } from '../../../platform/outbound/guarded-fetch.ts';
import type { ConnectRefusal } from './connect.ts';
import type { Account, ExchangeOrder, Grant } from './providers/source-provider.ts';
import { missingScopes } from './scopes.ts';
import { askTokens, type TokenOutcome, type TokenRoad } from './token-endpoint.ts';

export type Obtained =
  | { readonly kind: 'obtained'; readonly grant: Grant; readonly account: Account; readonly scopes: readonly string[] }
  | { readonly kind: 'refused'; readonly code: ConnectRefusal; readonly missing: readonly string[] };

/** @param giveBack is called with what was granted and is not kept */
export async function obtain(
  road: TokenRoad,
  order: ExchangeOrder,
  giveBack: (grant: Grant) => Promise<unknown>,
): Promise<Obtained> {
  const outcome = await askTokens(road, road.provider.exchange(order));
  if (outcome.kind !== 'granted') return { kind: 'refused', code: whyNot(outcome), missing: [] };
  const { grant } = outcome;
  const looked = await lookAt(road, grant);
  if (looked.kind === 'refused') await giveBack(grant);
  return looked;
}

function whyNot(outcome: Exclude<TokenOutcome, { kind: 'granted' }>): ConnectRefusal {
  switch (outcome.kind) {
    case 'client_refused':
      return 'client_refused';
    case 'transient':
      return 'provider_unreachable';
    case 'revoked':
    case 'refused':
      return 'connection_refused';
  }
}

async function lookAt(road: TokenRoad, grant: Grant): Promise<Obtained> {
  const { provider } = road;
  // A provider that names no scopes gave what was asked for (RFC 6749 §5.1).
  const scopes = grant.scopes ?? provider.scopes.map(({ scope }) => scope);
  const missing = missingScopes(provider, scopes);
  if (missing.length > 0) return { kind: 'refused', code: 'scopes_missing', missing };
  if (provider.needsRefresh && grant.refresh === null)
    return { kind: 'refused', code: 'connection_refused', missing: ['refresh_token'] };
  const account = grant.account ?? (await identify(road, grant));
  if (account === 'unreachable') return { kind: 'refused', code: 'provider_unreachable', missing: [] };
  if (account === null) return { kind: 'refused', code: 'connection_refused', missing: ['account'] };
  return { kind: 'obtained', grant, account, scopes };
}

async function identify({ provider, lane }: TokenRoad, grant: Grant): Promise<Account | null | 'unreachable'> {
  if (provider.identify === null) return null;
  const { url, answer } = provider.identify;
  try {
    const told = await lane.ask({
      url,
      method: 'GET',
      headers: { accept: 'application/json', authorization: `Bearer ${grant.access}` },
      body: null,
      answer,
      dialect: provider.dialect,
      reach: provider.reach,
      retry: 'safe',
    });
    return told.kind === 'ok' ? told.value : null;
  } catch (error) {
    if (error instanceof OutboundFailed) return 'unreachable';
    throw error;
  }
}
