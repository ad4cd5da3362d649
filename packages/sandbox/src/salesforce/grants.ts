// Who allowed which app what: codes, token families and sessions. A refresh token that was already exchanged, shown again,
// ends its whole family: the current refresh token and every access token.
import { randomBytes } from 'node:crypto';

export interface Code {
  readonly clientId: string;
  /** Number of the user. */
  readonly user: number;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  /** S256; null for none. */
  readonly challenge: string | null;
}

/** One authorisation and all that came of it. */
export interface Grant {
  readonly clientId: string;
  readonly user: number;
  readonly scopes: readonly string[];
  readonly openedAt: number;
}

interface Family extends Grant {
  /** Every refresh token it ever had; the spent ones only to know them again. */
  readonly refreshTokens: Set<string>;
  readonly sessions: Set<string>;
  current: string | null;
  usedAt: number;
}

interface Session {
  readonly family: Family;
  usedAt: number;
}

export interface Tokens {
  readonly grant: Grant;
  readonly accessToken: string;
  /** Null when the grant has none, or keeps the one it has. */
  readonly refreshToken: string | null;
}

export interface GrantRules {
  /** The world's time, in milliseconds since 1970. */
  readonly now: () => number;
  /** The org's id with 15 characters, which access tokens begin with. */
  readonly orgId: string;
  readonly sessionTimeoutMs: () => number;
  readonly refreshIdleMs: () => number;
}

export interface Grants {
  issueCode(code: Code): string;
  /** Once only; null for a code that is unknown, spent or expired. */
  takeCode(code: string): Code | null;
  /** The sixth grant of one user to one app ends the oldest. */
  open(grant: Omit<Grant, 'openedAt'>): Tokens;
  /** Null when the token is unknown, idle for too long, another app's, or spent (which ends its family). */
  refresh(refreshToken: string, clientId: string, rotates: boolean): Tokens | null;
  /** Whose refresh token it is, without using it; null when it is not the current one. */
  peek(refreshToken: string): Grant | null;
  /** Whose session it is; using it keeps it alive. Null when it is over. */
  use(accessToken: string): Grant | null;
  /** What a token is, without using it. */
  inspect(token: string): { readonly grant: Grant; readonly until: number; readonly kind: string } | null;
  /** An access token ends alone, a refresh token with its family; answers whether there was one. */
  revoke(token: string): boolean;
  /** Ends all families, or one user's. */
  revokeAll(user?: number): void;
  /** Ends all sessions, as a logout everywhere does; refresh tokens stay. */
  endSessions(): void;
  live(): readonly Grant[];
}

const CODE_MS = 15 * 60 * 1000;
const MAX_GRANTS = 5;

interface State extends GrantRules {
  readonly codes: Map<string, Code & { readonly until: number }>;
  readonly families: Set<Family>;
  readonly refreshTokens: Map<string, Family>;
  readonly sessions: Map<string, Session>;
}

export function openGrants(rules: GrantRules): Grants {
  const state: State = {
    ...rules,
    codes: new Map(),
    families: new Set(),
    refreshTokens: new Map(),
    sessions: new Map(),
  };
  return {
    issueCode: (code) => issueCode(state, code),
    takeCode: (code) => takeCode(state, code),
    open: (grant) => openFamily(state, grant),
    refresh: (token, clientId, rotates) => refresh(state, token, clientId, rotates),
    peek: (token) => {
      const family = state.refreshTokens.get(token);
      return family?.current === token ? family : null;
    },
    use: (token) => useSession(state, token),
    inspect: (token) => inspect(state, token),
    revoke: (token) => revoke(state, token),
    revokeAll: (user) => {
      for (const family of state.families) if (user === undefined || family.user === user) end(state, family);
    },
    endSessions: () => {
      state.sessions.clear();
      for (const { sessions } of state.families) sessions.clear();
    },
    live: () => [...state.families],
  };
}

function issueCode({ codes, now }: State, code: Code): string {
  for (const [each, { until }] of codes) if (until <= now()) codes.delete(each);
  const text = `aPrx${randomBytes(42).toString('base64url')}`;
  codes.set(text, { ...code, until: now() + CODE_MS });
  return text;
}

function takeCode({ codes, now }: State, text: string): Code | null {
  const code = codes.get(text);
  codes.delete(text);
  return code !== undefined && now() < code.until ? code : null;
}

function openFamily(state: State, grant: Omit<Grant, 'openedAt'>): Tokens {
  const { clientId, user } = grant;
  const siblings = [...state.families].filter((each) => each.clientId === clientId && each.user === user);
  for (const oldest of siblings.slice(0, Math.max(0, siblings.length - MAX_GRANTS + 1))) end(state, oldest);
  const at = state.now();
  const tokens = { refreshTokens: new Set<string>(), sessions: new Set<string>(), current: null };
  const family: Family = { ...grant, ...tokens, openedAt: at, usedAt: at };
  state.families.add(family);
  const refreshToken = grant.scopes.includes('refresh_token') ? newRefreshToken(state, family) : null;
  return { grant: family, accessToken: newSession(state, family), refreshToken };
}

function refresh(state: State, token: string, clientId: string, rotates: boolean): Tokens | null {
  const family = state.refreshTokens.get(token);
  if (family === undefined || family.clientId !== clientId) return null;
  const isIdle = state.now() - family.usedAt > state.refreshIdleMs();
  if (family.current !== token || isIdle) {
    end(state, family);
    return null;
  }
  family.usedAt = state.now();
  const refreshToken = rotates ? newRefreshToken(state, family) : null;
  return { grant: family, accessToken: newSession(state, family), refreshToken };
}

function newRefreshToken({ refreshTokens }: State, family: Family): string {
  const token = `5Aep861${randomBytes(60).toString('base64url')}`;
  family.current = token;
  family.refreshTokens.add(token);
  refreshTokens.set(token, family);
  return token;
}

function newSession({ sessions, orgId, now }: State, family: Family): string {
  const token = `${orgId}!AQ${randomBytes(70).toString('base64url').replaceAll('-', '.')}`;
  sessions.set(token, { family, usedAt: now() });
  family.sessions.add(token);
  return token;
}

function useSession(state: State, token: string): Grant | null {
  const session = liveSession(state, token);
  if (session === null) return null;
  session.usedAt = state.now();
  return session.family;
}

function liveSession({ sessions, now, sessionTimeoutMs }: State, token: string): Session | null {
  const session = sessions.get(token);
  if (session === undefined) return null;
  if (now() - session.usedAt < sessionTimeoutMs()) return session;
  sessions.delete(token);
  session.family.sessions.delete(token);
  return null;
}

function inspect(state: State, token: string) {
  const session = liveSession(state, token);
  if (session !== null)
    return { grant: session.family, until: session.usedAt + state.sessionTimeoutMs(), kind: 'access_token' };
  const family = state.refreshTokens.get(token);
  if (family?.current !== token) return null;
  return { grant: family, until: family.usedAt + state.refreshIdleMs(), kind: 'refresh_token' };
}

function revoke(state: State, token: string): boolean {
  const session = liveSession(state, token);
  if (session !== null) {
    state.sessions.delete(token);
    session.family.sessions.delete(token);
    return true;
  }
  const family = state.refreshTokens.get(token);
  if (family !== undefined) end(state, family);
  return family !== undefined;
}

function end({ families, sessions, refreshTokens }: State, family: Family): void {
  families.delete(family);
  for (const token of family.sessions) sessions.delete(token);
  for (const token of family.refreshTokens) refreshTokens.delete(token);
}
