// What ties a sign-in to the browser it was started in. The browser keeps a secret, the address carries a state; nonce and
// PKCE verifier of our own leg are made of the two, so that neither they nor anything to make them of is stored.
import { createHmac } from 'node:crypto';
import type { LoginSecrets } from '../providers/identity-provider.ts';
import { mintToken, type RandomBytes, tokenHash } from './secret-token.ts';

/** How long a person may take at the provider. */
export const LOGIN_LIFETIME_MS = 600_000;

export interface AttemptKey {
  readonly stateHash: Uint8Array;
  readonly browserHash: Uint8Array;
}

export interface StartedAttempt {
  readonly key: AttemptKey;
  readonly secrets: LoginSecrets;
  /** For the cookie. */
  readonly browserSecret: string;
}

/** The cookie's name. Bound to this very host where browsers allow it, so that no neighbour can plant one. */
export function loginCookieName(issuer: string): string {
  return issuer.startsWith('https:') ? '__Host-sentinel_login' : 'sentinel_login';
}

/**
 * Starts an attempt.
 *
 * @param presented the secret the browser holds already: sign-ins in two of its tabs share it, or one would end the other
 */
export function startAttempt(randomBytes: RandomBytes, presented: string | null): StartedAttempt {
  const state = mintToken(randomBytes);
  const held = presented === null ? null : tokenHash(presented);
  const browser = presented !== null && held !== null ? { token: presented, hash: held } : mintToken(randomBytes);
  return {
    key: { stateHash: state.hash, browserHash: browser.hash },
    secrets: secretsOf(browser.token, state.token),
    browserSecret: browser.token,
  };
}

/** What a person came back with; null when one of the two cannot be ours. */
export function returnedAttempt(
  state: string | undefined,
  presented: string | null,
): { readonly key: AttemptKey; readonly secrets: LoginSecrets } | null {
  if (state === undefined || presented === null) return null;
  const stateHash = tokenHash(state);
  const browserHash = tokenHash(presented);
  if (stateHash === null || browserHash === null) return null;
  return { key: { stateHash, browserHash }, secrets: secretsOf(presented, state) };
}

function secretsOf(browserSecret: string, state: string): LoginSecrets {
  const derive = (purpose: string) =>
    createHmac('sha256', browserSecret).update(`${purpose} ${state}`).digest('base64url');
  return { state, nonce: derive('nonce'), verifier: derive('verifier') };
}
