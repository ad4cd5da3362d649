// The signing keys as a process remembers them: read once, and again when some process changed them. The first key is
// made when it is first needed; a fault while reading or opening one is thrown, never answered with fewer keys.
import type { CryptoKey } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/database.ts';
import type { Standing } from '../standing/standing.ts';
import { makeFirstKey } from './key-rotation.ts';
import { listKeys } from './signing-key.store.ts';
import {
  importPublicKey,
  type KeySealing,
  openPrivateKey,
  publishedKeysAt,
  type SigningKey,
  signingKeyAt,
  verifyingKeysAt,
} from './signing-key.ts';
import type { PublicKeyJwk } from './token.ts';

export interface KeyRingDeps {
  readonly db: Pick<Database, 'control'>;
  readonly clock: Clock;
  readonly keys: KeySealing;
  readonly standing: Pick<Standing, 'refresh' | 'onChange'>;
}

export interface KeyRing {
  /** The key to sign with now. @throws a fault when it cannot be opened */
  signing(): Promise<{ readonly kid: string; readonly key: CryptoKey }>;
  /** The key of that name, as long as its tokens may be presented; null for any other name. */
  verifying(kid: string): Promise<CryptoKey | null>;
  published(): Promise<readonly PublicKeyJwk[]>;
}

/** What was read, with the keys that were opened since. */
interface Remembered {
  readonly keys: readonly SigningKey[];
  readonly publicKeys: Map<string, Promise<CryptoKey>>;
  readonly privateKeys: Map<string, Promise<CryptoKey>>;
}

export function openKeyRing(deps: KeyRingDeps): KeyRing {
  const { clock, standing } = deps;
  let reading: Promise<Remembered> | null = null;
  let making: Promise<void> | null = null;
  standing.onChange('keys', () => {
    reading = null;
  });

  /** As fresh as what is remembered of anything else; what could not be read is read again by whoever asks next. */
  async function remembered(): Promise<Remembered> {
    await standing.refresh();
    if (reading !== null) return await reading;
    const started = readKeys(deps);
    reading = started;
    try {
      return await started;
    } catch (error) {
      if (reading === started) reading = null;
      throw error;
    }
  }

  /** What is remembered, and the key that signs. */
  async function ready(): Promise<{ ring: Remembered; current: SigningKey }> {
    const ring = await remembered();
    const current = signingKeyAt(ring.keys, clock.now());
    if (current !== null) return { ring, current };
    making ??= makeFirstKey(deps, clock.now()).finally(() => {
      making = null;
      reading = null;
    });
    await making;
    return await ready();
  }

  return {
    async signing() {
      const { ring, current } = await ready();
      const key = await once(ring.privateKeys, current.kid, () => openPrivateKey(current, deps.keys));
      return { kid: current.kid, key };
    },
    async verifying(kid) {
      const ring = await remembered();
      const found = verifyingKeysAt(ring.keys, clock.now()).find((key) => key.kid === kid);
      return found === undefined ? null : await once(ring.publicKeys, kid, () => importPublicKey(found.publicJwk));
    },
    async published() {
      const { ring } = await ready();
      return publishedKeysAt(ring.keys, clock.now());
    },
  };
}

async function readKeys({ db, clock }: KeyRingDeps): Promise<Remembered> {
  const keys = await db.control((tx) => listKeys(tx, clock.now()));
  return { keys, publicKeys: new Map(), privateKeys: new Map() };
}

function once<Value>(memory: Map<string, Promise<Value>>, key: string, make: () => Promise<Value>): Promise<Value> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  made.catch(() => memory.delete(key));
  return made;
}
