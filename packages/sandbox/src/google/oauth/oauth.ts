// What all of Google's OAuth stands on: the grants, the accounts, and the key it signs with.
import { createHash } from 'node:crypto';
import type { Ground } from '../../frame/stand-in.ts';
import { makeSigningKey, type SigningKey, signToken } from '../../identity/signed-token.ts';
import type { Owner } from '../../world/world.ts';
import type { GoogleSwitches } from '../google-switches.ts';
import { createGrants, type Grants } from './grants.ts';

export interface OAuth {
  readonly ground: Ground;
  readonly switches: GoogleSwitches;
  readonly grants: Grants;
  /** Accounts whose session an administrator's policy ended: refreshing answers `invalid_rapt` until they consent again. */
  readonly ended: Set<string>;
  readonly key: () => Promise<SigningKey>;
}

export function createOAuth(ground: Ground, switches: GoogleSwitches): OAuth {
  let key: Promise<SigningKey> | undefined;
  return {
    ground,
    switches,
    grants: createGrants(() => ground.world.now().getTime()),
    ended: new Set(),
    key: async () => await (key ??= makeSigningKey()),
  };
}

/** The number Google gives an account: 21 digits, the same for the same seed. */
export function accountId(ground: Ground, owner: Owner): string {
  const digest = createHash('sha256').update(`${ground.world.seed}:account:${owner.n}`).digest('hex');
  return `1${(BigInt(`0x${digest.slice(0, 32)}`) % 10n ** 20n).toString().padStart(20, '0')}`;
}

export function ownerOf(ground: Ground, account: string): Owner | null {
  return ground.world.owners.find(({ address }) => address === account.toLowerCase()) ?? null;
}

/**
 * A JWT by Google's hand (RS256, issuer `https://accounts.google.com`), valid for an hour of the world's time.
 *
 * @param skewSeconds how far its clock is off
 */
export async function signAsGoogle(
  { ground, key }: Pick<OAuth, 'ground' | 'key'>,
  claims: Readonly<Record<string, unknown>>,
  skewSeconds = 0,
): Promise<string> {
  const { kid, privateKey } = await key();
  const iat = Math.floor(ground.world.now().getTime() / 1000) + skewSeconds;
  const payload = { iss: 'https://accounts.google.com', iat, exp: iat + 3_600, ...claims };
  return signToken({ alg: 'RS256', kid, typ: 'JWT' }, payload, privateKey);
}
