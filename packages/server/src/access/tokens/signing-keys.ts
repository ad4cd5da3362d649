// The life of the signing keys as people and jobs see it: which there are, the next one, all new ones.
import type { Database } from '../../platform/db/database.ts';
import type { Standing } from '../standing/standing.ts';
import { rotateSigningKey, withdrawSigningKeys } from './key-rotation.ts';
import { listKeys } from './signing-key.store.ts';
import { type KeySealing, signingKeyAt } from './signing-key.ts';

/** A key is followed by the next one after ninety days. */
export const KEY_LIFETIME_MS = 90 * 24 * 60 * 60 * 1000;

export interface SigningKeyFacts {
  readonly kid: string;
  readonly activeFrom: Date;
  /** Null while no other follows. */
  readonly verifyUntil: Date | null;
  readonly state: 'next' | 'signs' | 'verifies';
}

export interface SigningKeys {
  list(now: Date): Promise<readonly SigningKeyFacts[]>;
  /** Publishes the next key; it signs some minutes later. Nobody notices. */
  rotate(now: Date): Promise<void>;
  /** Replaces all keys at once, because one became known. Everybody is signed out. */
  withdraw(now: Date): Promise<void>;
  /** Rotates when the key that signs is old. */
  rotateWhenDue(now: Date): Promise<void>;
}

export function signingKeys(deps: {
  readonly db: Pick<Database, 'control'>;
  readonly keys: KeySealing;
  readonly standing: Pick<Standing, 'catchUp'>;
}): SigningKeys {
  const list = async (now: Date): Promise<readonly SigningKeyFacts[]> => {
    const keys = await deps.db.control((tx) => listKeys(tx, now));
    const current = signingKeyAt(keys, now);
    return keys.map((key) => ({
      kid: key.kid,
      activeFrom: key.activeFrom,
      verifyUntil: key.verifyUntil,
      state: key === current ? 'signs' : key.activeFrom > now ? 'next' : 'verifies',
    }));
  };
  const rotate = async (now: Date): Promise<void> => {
    await rotateSigningKey(deps, now);
    await deps.standing.catchUp();
  };
  return {
    list,
    rotate,
    async withdraw(now) {
      await withdrawSigningKeys(deps, now);
      await deps.standing.catchUp();
    },
    async rotateWhenDue(now) {
      const signs = (await list(now)).find((key) => key.state === 'signs');
      const due = signs !== undefined && now.getTime() - signs.activeFrom.getTime() >= KEY_LIFETIME_MS;
      if (due && signs.verifyUntil === null) await rotate(now);
    },
  };
}
