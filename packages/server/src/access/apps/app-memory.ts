// Applications as every request needs them, remembered whole. What is answered is at most as old as the standing allows:
// each question makes sure of that first, and a change, made here or by another process, makes the next one read again.
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { ControlTx, Database } from '../../platform/db/database.ts';
import type { ServiceAppId } from '../../platform/ids.ts';
import { errorFields, type Logger, silentLogger } from '../../platform/log.ts';
import type { Standing } from '../standing/standing.ts';
import type { Apps, ClientApp, ServiceApp } from './apps.ts';
import { listClientApps } from './client-app.store.ts';
import { listServiceApps, touchServiceApp } from './service-app.store.ts';
import { serviceKeyHash } from './service-key.ts';
import { listLiveServiceKeys } from './service-key.store.ts';

/** When an app used its key is noted at most so often. */
const TOUCH_MS = 60_000;

/** What an unknown key is compared with, so that it takes the same way as a known one. */
const NO_KEY = { hash: new Uint8Array(32), app: null, expiresAt: null } as const;

interface KnownKey {
  readonly hash: Uint8Array;
  readonly app: ServiceApp | null;
  readonly expiresAt: Date | null;
}

/** The active applications. */
interface Snapshot {
  /** By the hash in base64. */
  readonly keys: ReadonlyMap<string, KnownKey>;
  readonly byOrigin: ReadonlyMap<string, ServiceApp>;
  /** Oldest first. */
  readonly clients: readonly ClientApp[];
  readonly origins: ReadonlySet<string>;
}

export interface AppMemoryDeps {
  readonly db: Pick<Database, 'control'>;
  readonly clock: Clock;
  readonly standing: Pick<Standing, 'onChange' | 'refresh'>;
  /** Told when the time of a use could not be noted, which nobody waits for. */
  readonly log?: Logger;
}

export function createApps(deps: AppMemoryDeps): Apps {
  const current = remembered(deps);
  const noteUse = noteUses(deps);
  return {
    async byKey(key) {
      const { keys } = await current();
      const now = deps.clock.now();
      const app = appOfKey(keys, key, now);
      if (app !== null) noteUse(app.id, now);
      return app;
    },
    byOrigin: async (origin) => (await current()).byOrigin.get(origin) ?? null,
    async byRedirect(redirectUri, clientId) {
      const { clients } = await current();
      const wanted = clientId?.toLowerCase() ?? null;
      return (
        clients.find((each) => each.redirectUris.includes(redirectUri) && (wanted === null || each.id === wanted)) ??
        null
      );
    },
    clientApp: async (id) => (await current()).clients.find((each) => each.id === id) ?? null,
    isAllowedOrigin: async (origin) => (await current()).origins.has(origin),
  };
}

function appOfKey(keys: Snapshot['keys'], key: string, now: Date): ServiceApp | null {
  const hash = serviceKeyHash(key);
  if (hash === null) return null;
  const known: KnownKey = keys.get(Buffer.from(hash).toString('base64')) ?? NO_KEY;
  const same = timingSafeEqual(known.hash, hash);
  return same && (known.expiresAt === null || now < known.expiresAt) ? known.app : null;
}

/** The snapshot of this moment: read by the first who asks after a change, together with whoever asks meanwhile. */
function remembered({ db, clock, standing }: AppMemoryDeps): () => Promise<Snapshot> {
  let known: Snapshot | null = null;
  let reading: Promise<Snapshot> | null = null;
  standing.onChange('apps', () => {
    known = null;
    reading = null;
  });

  function read(): Promise<Snapshot> {
    const mine = db
      .control((tx) => readSnapshot(tx, clock.now()))
      .then(
        (snapshot) => {
          // A change that became known meanwhile may be missing in it.
          if (reading === mine) [known, reading] = [snapshot, null];
          return snapshot;
        },
        (error: unknown) => {
          if (reading === mine) reading = null;
          throw error;
        },
      );
    reading = mine;
    return mine;
  }

  return async () => {
    await standing.refresh();
    return known ?? (await (reading ?? read()));
  };
}

async function readSnapshot(tx: ControlTx, now: Date): Promise<Snapshot> {
  const clients = (await listClientApps(tx)).filter((each) => each.active).toReversed();
  const services = (await listServiceApps(tx, now)).filter((each) => each.active);
  const byId = new Map<ServiceAppId, ServiceApp>(services.map((each) => [each.id, each]));
  const keys = (await listLiveServiceKeys(tx, now)).map(({ hash, appId, expiresAt }): [string, KnownKey] => [
    Buffer.from(hash).toString('base64'),
    { hash, app: byId.get(appId) ?? null, expiresAt },
  ]);
  const byOrigin = new Map(services.flatMap((app) => app.allowedOrigins.map((origin) => [origin, app] as const)));
  const redirects = clients.flatMap((app) => app.redirectUris.map((uri) => new URL(uri).origin));
  return { keys: new Map(keys), byOrigin, clients, origins: new Set([...byOrigin.keys(), ...redirects]) };
}

/** Notes uses beside the requests; one that fails is left out, because the next minute notes another. */
function noteUses({ db, log = silentLogger }: AppMemoryDeps): (id: ServiceAppId, now: Date) => void {
  const notedMs = new Map<ServiceAppId, number>();
  return (id, now) => {
    const sinceMs = now.getTime() - (notedMs.get(id) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs >= 0 && sinceMs < TOUCH_MS) return;
    notedMs.set(id, now.getTime());
    db.control((tx) => touchServiceApp(tx, id, now)).catch((error: unknown) =>
      log.warn('apps.use_not_noted', errorFields(error)),
    );
  };
}
