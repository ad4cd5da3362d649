// Verifies ID tokens (OIDC Core §3.1.3.7, RFC 8725): signed by a key of the issuer we configured, for an audience we
// configured, now. Everything a library would let pass when absent is required here. What is refused is the caller's
// mistake (`idp_token_refused`), never a fault, however odd the token.
import { createHash, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { problem, ProblemError } from '../../platform/problem.ts';
import { type JwsParts, MAX_TOKEN_LENGTH, readJws } from './id-token-shape.ts';
import type { KeySet, SigningAlgorithm } from './key-set.ts';

export interface IdTokenRules {
  /** Exact spellings; more than one only where an issuer is known to use several. */
  readonly issuers: readonly string[];
  readonly algorithms: readonly SigningAlgorithm[];
  readonly keys: KeySet;
}

export interface IdTokenExpectation {
  /** One of them must be in `aud`, and whatever else is there is taken only from an `azp` among them. Never empty. */
  readonly audiences: readonly string[];
  readonly nonce: string | null;
  /** In a code flow: the token was made for this very client, and for the access token that came with it. */
  readonly flow: { readonly clientId: string; readonly accessToken: string } | null;
  readonly now: Date;
}

/** Seconds a clock may differ. */
const SKEW = 60;
/** Seconds. A token older than this was kept by somebody, whatever its `exp` says. */
const MAX_AGE = 24 * 3600;

const time = z.number().positive().max(253_402_300_799);
const subject = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}]+$/u);

const Claims = z.object({
  iss: z.string(),
  sub: subject,
  aud: z.union([z.string(), z.array(z.string()).min(1).max(50)]),
  exp: time,
  iat: time,
  nbf: time.optional(),
  nonce: z.string().optional(),
  azp: z.string().optional(),
  at_hash: z.string().optional(),
  email: z.string().nullish(),
  email_verified: z.unknown().optional(),
  name: z.string().nullish(),
  picture: z.string().nullish(),
  preferred_username: z.string().nullish(),
  upn: z.string().nullish(),
  tid: z.string().optional(),
  xms_edov: z.unknown().optional(),
  /** Logout tokens have it (OIDC Back-Channel Logout §2.4), ID tokens never. */
  events: z.undefined().optional(),
  /** Some issuers say there which of their tokens it is. */
  typ: z.literal(['ID', 'JWT']).optional(),
});
export type IdTokenClaims = z.output<typeof Claims>;

/**
 * @throws ProblemError `idp_token_refused`, or `idp_unreachable` when the issuer's keys cannot be had
 */
export async function verifyIdToken(
  token: string,
  rules: IdTokenRules,
  expected: IdTokenExpectation,
): Promise<IdTokenClaims> {
  const parts = readJws(token);
  if (parts === null) throw refused(`The token is not a signed JWT of at most ${MAX_TOKEN_LENGTH} characters.`);
  const alg = rules.algorithms.find((each) => each === parts.alg);
  if (alg === undefined) throw refused('The token is not signed in a way that is accepted from this issuer.');
  await verifySignature(token, { alg, kid: parts.kid }, rules, expected);
  const claims = readClaims(parts);
  checkParties(claims, expected);
  if (expected.nonce !== null && (claims.nonce === undefined || !isSame(claims.nonce, expected.nonce)))
    throw refused('The nonce of the token is not the expected one.');
  if (expected.flow !== null) checkAccessTokenHash(claims, expected.flow.accessToken);
  return claims;
}

/** What about a person's address is amiss, as a place of the problem: none is named, or nobody vouches for it. */
export type EmailFlaw = '/email' | '/email_verified';

/** A problem whose sentence helps the developer of an application and repeats nothing of the token. */
export function refused(detail: string, more: { readonly cause?: unknown; readonly flaw?: EmailFlaw } = {}): Error {
  const places = more.flaw === undefined ? [] : [{ pointer: more.flaw, detail }];
  return problem('idp_token_refused', detail, { places, cause: more.cause });
}

async function verifySignature(
  token: string,
  header: { readonly alg: SigningAlgorithm; readonly kid: string | null },
  rules: IdTokenRules,
  expected: IdTokenExpectation,
): Promise<void> {
  for (const key of await rules.keys.keysFor(header)) {
    try {
      await jwtVerify(token, key, {
        algorithms: [header.alg],
        issuer: [...rules.issuers],
        audience: [...expected.audiences],
        requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat'],
        clockTolerance: SKEW,
        maxTokenAge: MAX_AGE,
        currentDate: expected.now,
      });
      return;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw explain(error);
    }
  }
  throw refused('The token is not signed by its issuer.');
}

function explain(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return refused('The token has expired.', { cause: error });
  if (error instanceof errors.JWTClaimValidationFailed) {
    const claim = EXPLAINED.has(error.claim) ? error.claim : 'a required claim';
    return refused(`What the token says as ${claim} is not accepted.`, { cause: error });
  }
  return error instanceof errors.JOSEError ? refused('The token is not a valid ID token.', { cause: error }) : error;
}

const EXPLAINED: ReadonlySet<string> = new Set(['iss', 'aud', 'sub', 'exp', 'iat', 'nbf']);

function readClaims({ claims }: JwsParts): IdTokenClaims {
  const parsed = Claims.safeParse(claims);
  if (!parsed.success) throw refused('The claims of the token are not those of an ID token.', { cause: parsed.error });
  return parsed.data;
}

/** OIDC Core §3.1.3.7, 3 to 5: no audience beside ours unless we know whom the token was issued to. */
function checkParties({ aud, azp }: IdTokenClaims, { audiences, flow }: IdTokenExpectation): void {
  const own = new Set(audiences);
  const foreign = [aud].flat().some((each) => !own.has(each));
  if (foreign && (azp === undefined || !own.has(azp)))
    throw refused('The token is meant for others too, and was not issued to this application.');
  if (flow !== null && azp !== undefined && azp !== flow.clientId)
    throw refused('The token was issued to another application.');
}

/** OIDC Core §3.1.3.8. All our algorithms hash with SHA-256. */
function checkAccessTokenHash({ at_hash: claimed }: IdTokenClaims, accessToken: string): void {
  if (claimed === undefined) return;
  const half = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url');
  if (!isSame(claimed, half)) throw refused('The token belongs to another access token.');
}

/** Compares without telling by its duration how much was right. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/**
 * In our own sign-in nobody presented a token, so one that is refused is an answer of the provider that is not believed:
 * `idp_refused`, with the same places.
 */
export async function asSignIn<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'idp_token_refused') throw error;
    throw problem('idp_refused', error.message, { places: error.places, cause: error });
  }
}
