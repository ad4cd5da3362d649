// What people allowed which app, and every token that came of it. All its time is the world's.
import { randomBytes } from 'node:crypto';
import { isMail } from './scopes.ts';

const CODE_MS = 10 * 60_000;
/** Google says 3599 for an hour. */
export const ACCESS_SECONDS = 3_599;
const DAY_MS = 86_400_000;
export const TESTING_SECONDS = 7 * 86_400;
const UNUSED_MS = 182 * DAY_MS;
const MAX_LIVE = 100;

/** One app and one account. */
export interface Pair {
  readonly clientId: string;
  /** The account's address. */
  readonly account: string;
}

export interface Code extends Pair {
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly challenge: { readonly text: string; readonly method: 'S256' | 'plain' } | null;
  readonly offline: boolean;
  /** Whether exchanging it brings a refresh token. */
  readonly refreshes: boolean;
  readonly nonce: string | null;
  readonly until: number;
}

export interface Token extends Pair {
  readonly scopes: readonly string[];
  readonly offline: boolean;
  /** Milliseconds; null for a refresh token outside Testing. */
  readonly until: number | null;
}

export interface RefreshToken extends Token {
  usedAt: number;
}

interface Consent {
  readonly scopes: ReadonlySet<string>;
  readonly offline: boolean;
}

export interface Grants {
  consent(pair: Pair): Consent | null;
  allow(pair: Pair, scopes: readonly string[], offline: boolean): void;
  makeCode(code: Omit<Code, 'until'>): string;
  /** Hands a code out once, and null afterwards. */
  takeCode(code: string): Code | null;
  makeAccess(from: Pair & { readonly scopes: readonly string[]; readonly offline: boolean }): string;
  makeRefresh(from: Pair & { readonly scopes: readonly string[] }, testing: boolean): string;
  access(token: string): Token | null;
  /** Null when it is dead, whatever it died of. */
  refresh(token: string): RefreshToken | null;
  /** Everything the pair of this token has ends with it; false for a token that is dead already. */
  revoke(token: string): boolean;
  /** The person removes the app; all apps of all accounts unless said. */
  forget(account?: string): void;
  /** A new password ends what carries a Gmail scope, and nothing else. */
  changePassword(account: string): void;
}

interface State {
  readonly now: () => number;
  readonly codes: Map<string, Code>;
  readonly accesses: Map<string, Token>;
  readonly refreshes: Map<string, RefreshToken>;
  readonly consents: Map<string, Consent>;
}

const keyOf = ({ clientId, account }: Pair): string => `${clientId} ${account}`;
const secret = (prefix: string): string => prefix + randomBytes(32).toString('base64url');

export function createGrants(now: () => number): Grants {
  const state: State = { now, codes: new Map(), accesses: new Map(), refreshes: new Map(), consents: new Map() };
  return {
    consent: (pair) => state.consents.get(keyOf(pair)) ?? null,
    allow: (pair, scopes, offline) => {
      const before = state.consents.get(keyOf(pair));
      const all = new Set([...(before?.scopes ?? []), ...scopes]);
      state.consents.set(keyOf(pair), { scopes: all, offline: offline || (before?.offline ?? false) });
    },
    makeCode: (code) => keep(state.codes, secret('4/0A'), { ...code, until: now() + CODE_MS }),
    takeCode: (text) => {
      const code = state.codes.get(text);
      state.codes.delete(text);
      return code === undefined || code.until < now() ? null : code;
    },
    makeAccess: ({ clientId, account, scopes, offline }) => {
      const until = now() + ACCESS_SECONDS * 1000;
      return keep(state.accesses, secret('ya29.'), { clientId, account, scopes, offline, until });
    },
    makeRefresh: (from, testing) => makeRefresh(state, from, testing),
    access: (token) => live(state, state.accesses.get(token)),
    refresh: (token) => {
      const found = live(state, state.refreshes.get(token));
      return found === null || now() - found.usedAt > UNUSED_MS ? null : found;
    },
    revoke: (token) => revoke(state, token),
    forget: (account) => drop(state, (each) => account === undefined || each.account === account),
    changePassword: (account) => {
      for (const tokens of [state.accesses, state.refreshes])
        for (const [token, each] of tokens)
          if (each.account === account && each.scopes.some(isMail)) tokens.delete(token);
    },
  };
}

function keep<T>(map: Map<string, T>, key: string, value: T): string {
  map.set(key, value);
  return key;
}

function live<T extends Token>({ now }: State, token: T | undefined): T | null {
  return token === undefined || (token.until !== null && token.until <= now()) ? null : token;
}

function makeRefresh(state: State, from: Pair & { readonly scopes: readonly string[] }, testing: boolean): string {
  const { clientId, account, scopes } = from;
  const usedAt = state.now();
  const until = testing ? usedAt + TESTING_SECONDS * 1000 : null;
  const token = secret('1//0');
  state.refreshes.set(token, { clientId, account, scopes, offline: true, until, usedAt });
  const own = [...state.refreshes].filter(([, each]) => keyOf(each) === keyOf(from) && live(state, each) !== null);
  // Maps keep the order of arrival: the first are the oldest, and they die without a warning.
  for (const [oldest] of own.slice(0, Math.max(0, own.length - MAX_LIVE))) state.refreshes.delete(oldest);
  return token;
}

function revoke(state: State, token: string): boolean {
  const found = live(state, state.accesses.get(token)) ?? live(state, state.refreshes.get(token));
  if (found === null) return false;
  drop(state, (each) => keyOf(each) === keyOf(found));
  return true;
}

function drop(state: State, dies: (pair: Pair) => boolean): void {
  for (const map of [state.codes, state.accesses, state.refreshes])
    for (const [token, each] of map) if (dies(each)) map.delete(token);
  for (const key of state.consents.keys()) {
    const [clientId = '', account = ''] = key.split(' ');
    if (dies({ clientId, account })) state.consents.delete(key);
  }
}
