// Signing in through an identity provider, the browser's half (RFC 7636, RFC 9700 §2.1.1): verifier and state stay in this
// tab's session storage, and the way back is checked against them.

const KEY = 'sentinel.sign-in';

interface Begun {
  readonly verifier: string;
  readonly state: string;
  /** Where to go on afterwards: a path of the console. */
  readonly returnTo: string;
}

/** What the address of the callback page brought. */
export interface CameBack {
  readonly code: string;
  readonly verifier: string;
  readonly returnTo: string;
}

/** Where sign-ins of the console come back to. */
const callbackUri = (): string => `${location.origin}/console/callback`;

/** Leaves for the provider. The page that is open now is the one to come back to. */
export async function beginSignIn(provider: string): Promise<void> {
  const verifier = randomText(32);
  const state = randomText(16);
  const begun: Begun = { verifier, state, returnTo: returnPath(location.pathname + location.search) };
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  const query = new URLSearchParams({
    redirect_uri: callbackUri(),
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
    state,
  });
  location.assign(`/auth/login/${encodeURIComponent(provider)}?${query}`);
}

/** Pages about signing in are nowhere to come back to. */
export function returnPath(path: string): string {
  const isElsewhere = /^\/console(\/(?!sign-in|callback|setup)[^/\\]|\/?(\?|$))/.test(path);
  return isElsewhere ? path : '/console';
}

/** The S256 challenge of a verifier. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

/**
 * Takes what the callback page was opened with, once: it leaves the address and the storage.
 *
 * @returns null when this tab did not start it
 */
export function takeCameBack(search: string, storage: Pick<Storage, 'getItem' | 'removeItem'>): CameBack | null {
  const query = new URLSearchParams(search);
  const begun = readBegun(storage.getItem(KEY));
  storage.removeItem(KEY);
  const code = query.get('code');
  if (begun === null || code === null || query.get('state') !== begun.state) return null;
  return { code, verifier: begun.verifier, returnTo: returnPath(begun.returnTo) };
}

function readBegun(text: string | null): Begun | null {
  try {
    const begun: unknown = JSON.parse(text ?? 'null');
    if (typeof begun !== 'object' || begun === null) return null;
    const { verifier, state, returnTo }: Partial<Record<keyof Begun, unknown>> = begun;
    return typeof verifier === 'string' && typeof state === 'string' && typeof returnTo === 'string'
      ? { verifier, state, returnTo }
      : null;
  } catch {
    return null;
  }
}

function randomText(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
