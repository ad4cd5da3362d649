// What stands in a token of each kind, as it is read back: every member there and of its type, or it is no token of ours
// (RFC 8725 §3.8 to §3.12). Members that we do not know are dropped.
import { WORKSPACE_ROLES } from '@sentinel/contract';
import { z } from 'zod';
import {
  type FamilyId,
  type GroupId,
  type OrganisationId,
  parseId,
  type PersonId,
  type TokenId,
  type WorkspaceId,
  type ClientAppId,
} from '../../platform/ids.ts';
import { TOKEN_AUDIENCES, TOKEN_TYPES, type TokenKind, type Verified } from './token.ts';

/** The `typ` header: says the kind before anything else is read (RFC 8725 §3.11, RFC 9068 §2.1). */
export const TOKEN_HEADER_TYPES = {
  access: 'at+jwt',
  refresh: 'JWT',
  admin: 'JWT',
  authz: 'authz+jwt',
  m2m: 'JWT',
} as const satisfies Record<TokenKind, string>;

function id<Id extends string>() {
  return z.string().transform((text, context): Id => {
    const read = parseId<Id>(text);
    if (read !== null) return read;
    context.addIssue({ code: 'custom', message: 'not an id', input: text });
    return z.NEVER;
  });
}

const Text = z.string().max(4096);
const Organisation = {
  oid: id<OrganisationId>().exactOptional(),
  oslug: Text.exactOptional(),
  opub: z.boolean().exactOptional(),
};
const Client = { client_id: id<ClientAppId>().exactOptional() };
const Workspace = { wid: id<WorkspaceId>(), wslug: Text, wrole: z.enum(WORKSPACE_ROLES) };

/** What every token says beside its own claims. One audience, as text. */
const Registered = z.object({
  aud: z.string(),
  type: z.string(),
  jti: id<TokenId>(),
  iat: z.int().nonnegative(),
  exp: z.int().nonnegative(),
});

const CLAIMS = {
  access: z.object({
    sub: id<PersonId>(),
    email: Text,
    name: Text,
    ...Workspace,
    groups: z.array(id<GroupId>()),
    fid: id<FamilyId>(),
    ...Client,
    ...Organisation,
  }),
  refresh: z.object({ sub: id<PersonId>(), fid: id<FamilyId>(), ...Client }),
  admin: z.object({ sub: id<PersonId>(), email: Text, name: Text, admin: z.literal(true) }),
  authz: z.object({
    sub: id<PersonId>(),
    ...Workspace,
    actions: z.array(Text),
    idp_sub: Text,
    idp_iss: Text,
    svc: Text,
    ...Organisation,
  }),
  m2m: z.object({ svc: Text, actions: z.tuple([z.literal('*')]), caller: Text, aud_target: z.null() }),
} as const satisfies Record<TokenKind, z.ZodType>;

const KINDS: readonly TokenKind[] = ['access', 'refresh', 'admin', 'authz', 'm2m'];

/**
 * Reads the claims of a token whose signature and issuer were verified.
 *
 * @param headerType the `typ` header
 * @returns null unless audience, `type` and `typ` name the same kind and all its members are there
 */
export function readClaims(payload: unknown, headerType: unknown): Verified<TokenKind> | null {
  const registered = Registered.safeParse(payload);
  if (!registered.success) return null;
  const { aud, type, jti, iat, exp } = registered.data;
  const kind = KINDS.find((each) => TOKEN_AUDIENCES[each] === aud && TOKEN_TYPES[each] === type);
  if (kind === undefined || TOKEN_HEADER_TYPES[kind] !== headerType) return null;
  const times = { jti, issuedAt: new Date(iat * 1000), expiresAt: new Date(exp * 1000) };
  return claimsOf(kind, payload, times);
}

type Times = Pick<Verified<TokenKind>, 'jti' | 'issuedAt' | 'expiresAt'>;

/** Kind by kind, so that the kind and its claims belong together for the compiler too. */
function claimsOf(kind: TokenKind, payload: unknown, times: Times): Verified<TokenKind> | null {
  switch (kind) {
    case 'access':
      return withClaims(CLAIMS.access.safeParse(payload), (claims) => ({ kind, ...times, ...claims }));
    case 'refresh':
      return withClaims(CLAIMS.refresh.safeParse(payload), (claims) => ({ kind, ...times, ...claims }));
    case 'admin':
      return withClaims(CLAIMS.admin.safeParse(payload), (claims) => ({ kind, ...times, ...claims }));
    case 'authz':
      return withClaims(CLAIMS.authz.safeParse(payload), (claims) => ({ kind, ...times, ...claims }));
    case 'm2m':
      return withClaims(CLAIMS.m2m.safeParse(payload), (claims) => ({ kind, ...times, ...claims }));
  }
}

function withClaims<Claims>(
  read: { success: true; data: Claims } | { success: false },
  made: (claims: Claims) => Verified<TokenKind>,
): Verified<TokenKind> | null {
  return read.success ? made(read.data) : null;
}
