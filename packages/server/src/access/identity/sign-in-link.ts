// One-time links: how the first owner, and anybody without an identity provider, signs in. The secret stands in the
// URL's fragment, which browsers never send, so it is in no log; the console posts it once.
export const LINK_LIFETIME_MS = 30 * 60 * 1000;

export type LinkKind = 'setup' | 'sign_in';

export interface OneTimeLink {
  readonly kind: LinkKind;
  readonly url: string;
  readonly expiresAt: Date;
}

/** Where links point to, and who may use them. */
export interface LinkPolicy {
  readonly base: URL;
  /** Whether a link may be used from another machine: only where the operator gave a public address. */
  readonly remote: boolean;
}

const PATHS: Readonly<Record<LinkKind, string>> = { setup: '/console/setup', sign_in: '/console/sign-in' };

export function linkUrl(kind: LinkKind, token: string, base: URL): string {
  const url = new URL(PATHS[kind], base);
  url.hash = token;
  return url.href;
}
