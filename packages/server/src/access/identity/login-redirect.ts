// Where a sign-in may end, and how the answer is put into that address. Everything here is exact: an address is registered
// letter by letter or refused (RFC 9700 §2.1).
import type { LoginAttempt } from './login-attempt.store.ts';

/** Printable ASCII without what could end the address early, lead elsewhere or swallow the answer: `#`, `\`, `"`, `<`, `>`. */
const PLAIN = /^https?:\/\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d-\x7e]+$/;

/** Where sign-ins of our own console end. It is a client without a registration. */
export function consoleRedirectUri(issuer: string): string {
  return `${issuer}/console/callback`;
}

/** Whether a sign-in could end at an address at all, registered or not. */
export function isPlainRedirect(redirectUri: string): boolean {
  if (!PLAIN.test(redirectUri) || !URL.canParse(redirectUri)) return false;
  const { username, password } = new URL(redirectUri);
  return username === '' && password === '';
}

/** The address with the code in its query, and the state unchanged when there was one; `iss` names us (RFC 9207). */
export function withCode(
  { redirectUri, appState }: Pick<LoginAttempt, 'redirectUri' | 'appState'>,
  code: string,
  issuer: string,
): string {
  const answer = new URLSearchParams({ code, ...(appState === null ? {} : { state: appState }), iss: issuer });
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${answer.toString()}`;
}

/** The address with the provider's token in its fragment, which no server is sent. */
export function withIdpToken(
  { redirectUri, appState }: Pick<LoginAttempt, 'redirectUri' | 'appState'>,
  token: string,
): string {
  return `${redirectUri}#${new URLSearchParams({ id_token: token, nonce: appState ?? '' }).toString()}`;
}
