// The kinds of tokens we hand out, and what each says. A token is good for one thing only: its audience and its `type`
// name the kind, and whoever takes one names the kinds it takes (RFC 8725 §3.11 and §3.12).
import type { WorkspaceRole } from '@sentinel/contract';
import type {
  ClientAppId,
  FamilyId,
  GroupId,
  OrganisationId,
  PersonId,
  TokenId,
  WorkspaceId,
} from '../../platform/ids.ts';

export type TokenKind = 'access' | 'refresh' | 'admin' | 'authz' | 'm2m';

export const TOKEN_AUDIENCES = {
  access: 'sentinel:access',
  refresh: 'sentinel:refresh',
  admin: 'sentinel:admin',
  authz: 'sentinel:authz',
  m2m: 'sentinel:m2m',
} as const satisfies Record<TokenKind, string>;

export const TOKEN_TYPES = {
  access: 'access',
  refresh: 'refresh',
  admin: 'admin_access',
  authz: 'authz',
  m2m: 'm2m',
} as const satisfies Record<TokenKind, string>;

/** Seconds. The one of `m2m` tokens is their realm's. */
export const TOKEN_LIFETIMES = { access: 15 * 60, refresh: 7 * 24 * 3600, admin: 60 * 60, authz: 5 * 60 } as const;

/** The organisation claims, where the person belongs to one. */
interface OrganisationClaims {
  readonly oid?: OrganisationId;
  readonly oslug?: string;
  readonly opub?: boolean;
}

/** The client app that signed the person in (RFC 9068 §2.2); absent for our own console and command line. */
interface ClientClaim {
  readonly client_id?: ClientAppId;
}

/** What each kind says beside `iss`, `aud`, `type`, `jti`, `iat` and `exp`. */
export interface TokenClaims {
  readonly access: ClientClaim &
    OrganisationClaims & {
      readonly sub: PersonId;
      readonly email: string;
      readonly name: string;
      readonly wid: WorkspaceId;
      readonly wslug: string;
      readonly wrole: WorkspaceRole;
      readonly groups: readonly GroupId[];
      /** The family it ends with. */
      readonly fid: FamilyId;
    };
  readonly refresh: ClientClaim & { readonly sub: PersonId; readonly fid: FamilyId };
  readonly admin: { readonly sub: PersonId; readonly email: string; readonly name: string; readonly admin: true };
  readonly authz: OrganisationClaims & {
    readonly sub: PersonId;
    readonly wid: WorkspaceId;
    readonly wslug: string;
    readonly wrole: WorkspaceRole;
    readonly actions: readonly string[];
    /** Subject and issuer of the identity provider's token it goes with. */
    readonly idp_sub: string;
    readonly idp_iss: string;
    /** The service, or realm, it may be presented to. */
    readonly svc: string;
  };
  readonly m2m: {
    readonly svc: string;
    readonly actions: readonly ['*'];
    readonly caller: string;
    readonly aud_target: null;
  };
}

export type Verified<Kind extends TokenKind> = {
  [Each in Kind]: {
    readonly kind: Each;
    readonly jti: TokenId;
    readonly issuedAt: Date;
    readonly expiresAt: Date;
  } & TokenClaims[Each];
}[Kind];

export interface MintedToken {
  readonly token: string;
  readonly jti: TokenId;
  readonly expiresAt: Date;
}

export interface Tokens {
  /**
   * Signs a token with the current key.
   *
   * @param how the number of seconds it lasts; `jti` and `issuedAt` only where the same token must be made again
   */
  mint<Kind extends TokenKind>(
    kind: Kind,
    claims: TokenClaims[Kind],
    how: { readonly seconds: number; readonly jti?: TokenId; readonly issuedAt?: Date },
  ): Promise<MintedToken>;
  /**
   * Verifies signature, issuer, audience, type, times and shape: one of the named kinds or nothing. Whether person,
   * membership and family still stand is asked by the caller.
   *
   * @returns null for whatever is not such a token
   */
  verify<Kind extends TokenKind>(kinds: readonly Kind[], token: string): Promise<Verified<Kind> | null>;
  /** The public keys, the current one first (RFC 7517). */
  keySet(): Promise<{ readonly keys: readonly PublicKeyJwk[] }>;
}

export interface PublicKeyJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly use: 'sig';
  readonly alg: 'RS256';
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly key_ops: readonly ['verify'];
}
