// The one-time token of a setup or sign-in link. It stands in the fragment, which no server and no log sees; it is
// taken out of the address at once, so that it stays neither in the history nor on the screen, and kept in memory.
import { useSyncExternalStore } from 'react';

let token: string | null = null;
const listeners = new Set<() => void>();

/** Takes the token out of the address, if the page is one that a link opens. */
export function takeLinkToken(): void {
  const isLinkPage = /\/console\/(setup|sign-in)\/?$/.test(location.pathname);
  if (!isLinkPage || location.hash.length < 2) return;
  token = decodeFragment(location.hash.slice(1));
  history.replaceState(history.state, '', location.pathname + location.search);
  for (const listener of listeners) listener();
}

function decodeFragment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The token of the link that opened this page, or null. A link pasted later into the same tab counts too. */
export function useLinkToken(): string | null {
  return useSyncExternalStore(subscribe, () => token);
}

/** Forgets the token once it is used. */
export function forgetLinkToken(): void {
  token = null;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('hashchange', takeLinkToken);
  return () => {
    listeners.delete(listener);
    removeEventListener('hashchange', takeLinkToken);
  };
}
