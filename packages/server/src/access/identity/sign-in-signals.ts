// What looks odd about sign-ins: a device the person never used, one address that fails again and again. Signals are written
// down for administrators and change nothing: whoever may come in comes in, also when a signal cannot be written.
import { errorFields, type Logger } from '../../platform/log.ts';
import type { ControlTx, Database } from '../../platform/db/database.ts';
import { recordActivity } from '../../platform/audit/activity.ts';
import { rateKey } from '../../platform/http/rate-limit.ts';
import type { PersonId } from '../../platform/ids.ts';
import { labelOf } from './session-label.ts';
import { listLoginDevices } from './sign-in-signals.store.ts';

/** Families only, never versions, which change by themselves. */
export interface Device {
  readonly browser: string;
  readonly os: string;
}

export interface SignInSignals {
  /** Somebody has just signed in, and that is written down already. */
  signedIn(personId: PersonId, device: Device, now: Date): Promise<void>;
  /**
   * A sign-in from this address failed.
   *
   * @param provider its name, where it is known
   */
  failed(address: string, now: Date, provider?: string): Promise<void>;
}

/** How many failures are written down: an address that goes on is told of again, each time it is ten times worse. */
const BUCKETS: readonly number[] = [10, 100, 1000];
const WITHIN_MS = 600_000;
const PROVIDER = /^[a-z][a-z0-9-]{0,31}$/;
/** Addresses watched at a time; the one that failed first is forgotten first. */
const WATCHED = 10_000;

export function deviceOf(userAgent: string | null): Device {
  if (userAgent === null || !userAgent.startsWith('Mozilla/')) return { browser: 'other', os: 'unknown' };
  const [browser = 'other', os = 'unknown'] = (labelOf(userAgent) ?? '').split(' on ');
  return { browser, os };
}

export function createSignInSignals({ db, log }: { db: Pick<Database, 'control'>; log: Logger }): SignInSignals {
  const suspect = failureCounter();

  async function unharmed(signal: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn('sign_in.signal_lost', { kind: signal, ...errorFields(error) });
    }
  }

  return {
    signedIn: (personId, device, now) =>
      unharmed('login_new_device', () => db.control((tx) => noteNewDevice(tx, personId, device, now))),
    failed: (address, now, provider = 'unknown') =>
      unharmed('credential_stuffing_suspected', async () => {
        const suspicion = suspect(address, provider, now.getTime());
        if (suspicion !== null) await db.control((tx) => noteFailures(tx, suspicion, now));
      }),
  };
}

interface Suspicion {
  /** One of the buckets. */
  readonly failures: number;
  /** `several` when they were not all at one. */
  readonly provider: string;
}

/** Counts failures by address; a suspicion for the one that fills a bucket. */
function failureCounter(): (address: string, provider: string, nowMs: number) => Suspicion | null {
  const failures = new Map<string, { count: number; provider: string; readonly sinceMs: number }>();
  return (address, named, nowMs) => {
    // A name can be whatever a request holds.
    const provider = PROVIDER.test(named) ? named : 'other';
    const key = rateKey(null, address);
    const known = failures.get(key);
    if (known !== undefined && nowMs - known.sinceMs < WITHIN_MS) {
      known.count += 1;
      if (known.provider !== provider) known.provider = 'several';
      return BUCKETS.includes(known.count) ? { failures: known.count, provider: known.provider } : null;
    }
    failures.delete(key);
    failures.set(key, { count: 1, provider, sinceMs: nowMs });
    const [oldest = ''] = failures.keys();
    if (failures.size > WATCHED) failures.delete(oldest);
    return null;
  };
}

async function noteNewDevice(tx: ControlTx, personId: PersonId, { browser, os }: Device, now: Date): Promise<void> {
  const seen = await listLoginDevices(tx, personId);
  const same = seen.filter((each) => each.browser === browser && each.os === os);
  // The sign-in itself is among them, and with a person's first one everything is new.
  if (seen.length < 2 || same.length > 1) return;
  const about = { actorId: personId, targetType: 'user', targetId: personId, workspaceId: null } as const;
  await recordActivity(tx, { ...about, action: 'login_new_device', detail: { browser, os } }, now);
}

async function noteFailures(tx: ControlTx, suspicion: Suspicion, now: Date): Promise<void> {
  const about = { actorId: null, targetType: 'system', targetId: 'sign-in', workspaceId: null } as const;
  const detail = { ...suspicion, withinSeconds: WITHIN_MS / 1000 };
  await recordActivity(tx, { ...about, action: 'credential_stuffing_suspected', detail }, now);
}
