// What people allowed which application: codes, access tokens and refresh tokens, counted in the world's time. Tokens are
// long, because real ones are.
import { randomBytes, randomUUID } from 'node:crypto';

export const ACCESS_SECONDS = 1800;
const CODE_MS = 5 * 60 * 1000;
const KEPT_ACCESS_TOKENS = 20_000;

export interface Grant {
  readonly clientId: string;
  readonly hubId: number;
  readonly userId: number;
  readonly user: string;
  readonly scopes: readonly string[];
  /** The account's owner took it back, or the application gave it up. */
  isRevoked: boolean;
}

export interface Code {
  readonly grant: Grant;
  readonly redirectUri: string;
  /** S256 (RFC 7636); null when the application sent none. */
  readonly challenge: string | null;
}

export interface AccessToken {
  readonly grant: Grant;
  readonly until: Date;
}

export interface Grants {
  issueCode(code: Code): string;
  /** Single use: the second time, and after five minutes, there is none. */
  redeemCode(text: string): Code | null;
  issueAccess(grant: Grant): string;
  issueRefresh(grant: Grant): string;
  findAccess(token: string): AccessToken | null;
  /** Only of a grant that stands. */
  findRefresh(token: string): Grant | null;
  dropAccess(token: string): void;
  dropRefresh(token: string): void;
  revoke(concerns: (grant: Grant) => boolean): void;
  /** All grants that stand, of one application. */
  standing(clientId: string): readonly Grant[];
}

/** @param now the world's time */
export function openGrants(now: () => Date): Grants {
  const codes = new Map<string, Code & { readonly until: number }>();
  const access = new Map<string, AccessToken>();
  const refresh = new Map<string, Grant>();
  return {
    issueCode: (code) => {
      const text = `na1-${randomUUID()}`;
      codes.set(text, { ...code, until: now().getTime() + CODE_MS });
      return text;
    },
    redeemCode: (text) => {
      const code = codes.get(text);
      codes.delete(text);
      return code === undefined || code.until < now().getTime() ? null : code;
    },
    issueAccess: (grant) => {
      const token = `CJ${randomBytes(180).toString('base64url')}`;
      const [oldest] = access.keys();
      if (access.size >= KEPT_ACCESS_TOKENS && oldest !== undefined) access.delete(oldest);
      access.set(token, { grant, until: new Date(now().getTime() + ACCESS_SECONDS * 1000) });
      return token;
    },
    issueRefresh: (grant) => {
      const token = `na1-${randomBytes(120).toString('base64url')}`;
      refresh.set(token, grant);
      return token;
    },
    findAccess: (token) => {
      const found = access.get(token);
      return found === undefined || found.grant.isRevoked ? null : found;
    },
    findRefresh: (token) => {
      const grant = refresh.get(token);
      return grant === undefined || grant.isRevoked ? null : grant;
    },
    dropAccess: (token) => void access.delete(token),
    dropRefresh: (token) => void refresh.delete(token),
    revoke: (concerns) => {
      for (const grant of refresh.values()) if (concerns(grant)) grant.isRevoked = true;
      for (const { grant } of access.values()) if (concerns(grant)) grant.isRevoked = true;
      for (const [text, { grant }] of codes) if (concerns(grant)) codes.delete(text);
    },
    standing: (clientId) => {
      const all = new Set(refresh.values());
      return [...all].filter((grant) => grant.clientId === clientId && !grant.isRevoked);
    },
  };
}
