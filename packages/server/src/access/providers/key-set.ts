// The public keys of one issuer, bound to that issuer: a token naming it is verified with these keys and no others, and
// what a token's header says about keys (`jku`, `x5u`, `jwk`) is never looked at (RFC 8725 §3.10).
import { type CryptoKey, importJWK } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { createIssuerCache, KEY_TIMES } from './issuer-cache.ts';
import { type IssuerFetch, logFailure } from './issuer-fetch.ts';

export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256';

export interface KeySet {
  /**
   * The keys a token may be signed with: those with its key id, or every fitting one when it names none. A key id that
   * is not known makes us ask the issuer again, at most once per 30 seconds.
   *
   * @throws ProblemError `idp_unreachable` when the issuer cannot be asked and nothing held may be used any more
   */
  keysFor(header: { readonly alg: SigningAlgorithm; readonly kid: string | null }): Promise<readonly CryptoKey[]>;
}

export interface KeySetDeps {
  /** The provider's name, for the log. */
  readonly source: string;
  /** Where the issuer's metadata says its keys are. */
  readonly location: () => Promise<URL>;
  readonly fetch: IssuerFetch;
  readonly algorithms: readonly SigningAlgorithm[];
  readonly clock: Clock;
  readonly log: Logger;
}

export function createKeySet(deps: KeySetDeps): KeySet {
  const cache = createIssuerCache({
    times: KEY_TIMES,
    clock: deps.clock,
    load: async () => readKeys(await deps.fetch.json(await deps.location()), deps.algorithms),
    onFailure: (error, age) => logFailure(deps, { event: 'identity.keys_unavailable', error, age }),
  });
  return {
    keysFor: async ({ alg, kid }) => {
      const fits = (key: IssuerKey): boolean => key.alg === alg && (kid === null || key.kid === kid);
      const held = (await cache.get()).filter(fits);
      const keys = held.length === 0 ? (await cache.renew()).filter(fits) : held;
      return keys.map(({ key }) => key);
    },
  };
}

interface IssuerKey {
  readonly kid: string | null;
  readonly alg: SigningAlgorithm;
  readonly key: CryptoKey;
}

const MAX_KEYS = 100;
const LEAST_RSA_BITS = 2048;
/** A longer one would make every verification slow. */
const MOST_RSA_BITS = 8192;

const JwkSet = z.object({ keys: z.array(z.unknown()).max(MAX_KEYS) });
const use = {
  kid: z.string().max(512).optional(),
  use: z.literal('sig').optional(),
  alg: z.string().optional(),
  key_ops: z
    .array(z.string())
    .refine((operations) => operations.includes('verify'))
    .optional(),
};
const text = z.base64url().min(1);
/** Only public members are read: a private one that an issuer published by mistake goes no further. */
const Jwk = z.discriminatedUnion('kty', [
  z.object({ ...use, kty: z.literal('RSA'), n: text.refine(isGoodModulus), e: text }),
  z.object({ ...use, kty: z.literal('EC'), crv: z.literal('P-256'), x: text, y: text }),
]);

const KTY = { RS256: 'RSA', PS256: 'RSA', ES256: 'EC' } as const satisfies Record<SigningAlgorithm, string>;

/** Keys that do not fit (other kinds, weak ones, broken ones) are left out; a set that is none is refused whole. */
async function readKeys(document: unknown, algorithms: readonly SigningAlgorithm[]): Promise<readonly IssuerKey[]> {
  const candidates = JwkSet.parse(document).keys.flatMap((each) => {
    const jwk = Jwk.safeParse(each);
    return jwk.success ? [jwk.data] : [];
  });
  const read = candidates.flatMap((jwk) =>
    algorithms
      .filter((alg) => KTY[alg] === jwk.kty && (jwk.alg ?? alg) === alg)
      .map((alg) => importKey(jwk, alg).catch(() => null)),
  );
  return (await Promise.all(read)).filter((key) => key !== null);
}

async function importKey(jwk: z.output<typeof Jwk>, alg: SigningAlgorithm): Promise<IssuerKey | null> {
  const key =
    jwk.kty === 'RSA'
      ? await importJWK({ kty: 'RSA', n: jwk.n, e: jwk.e }, alg)
      : await importJWK({ kty: 'EC', crv: jwk.crv, x: jwk.x, y: jwk.y }, alg);
  return key instanceof Uint8Array ? null : { kid: jwk.kid ?? null, alg, key };
}

function isGoodModulus(n: string): boolean {
  const bits = Buffer.from(n, 'base64url').toString('hex').replace(/^0+/, '').length * 4;
  return bits >= LEAST_RSA_BITS && bits <= MOST_RSA_BITS;
}
