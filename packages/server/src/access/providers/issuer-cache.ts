// What an issuer publishes about itself (metadata, keys), kept for a while. Asked at most once per cooldown however many
// want it, whether the last time went well or not; while the issuer is down what is held serves for a bounded time, and
// after that nothing does.
import type { Clock } from '../../platform/clock.ts';
import { problem } from '../../platform/problem.ts';

export interface IssuerCache<Value> {
  /** What is held, asked for anew once it is no longer fresh. @throws ProblemError `idp_unreachable` */
  get(): Promise<Value>;
  /**
   * The newest there is, for a caller to whom the held one does not suffice; asks unless that was done just now.
   *
   * @throws ProblemError `idp_unreachable` also when the last attempt failed: what is held may then lack the answer
   */
  renew(): Promise<Value>;
}

/** In milliseconds. */
export interface IssuerCacheTimes {
  readonly fresh: number;
  readonly stale: number;
  readonly cooldown: number;
}

export const KEY_TIMES: IssuerCacheTimes = { fresh: 10 * 60_000, stale: 24 * 3_600_000, cooldown: 30_000 };
export const METADATA_TIMES: IssuerCacheTimes = { ...KEY_TIMES, fresh: 3_600_000 };

export interface IssuerCacheDeps<Value> {
  readonly load: () => Promise<Value>;
  readonly times: IssuerCacheTimes;
  readonly clock: Clock;
  /** Told of every failed attempt; the age is that of what is held, in milliseconds, or null when nothing is. */
  readonly onFailure: (error: unknown, age: number | null) => void;
}

export function createIssuerCache<Value>({
  load,
  times,
  clock,
  onFailure,
}: IssuerCacheDeps<Value>): IssuerCache<Value> {
  let held: { readonly value: Value; readonly at: number } | null = null;
  let attempted: { readonly at: number; readonly failed: boolean } | null = null;
  let running: Promise<void> | null = null;

  const now = (): number => clock.now().getTime();
  // An age below zero is a clock set back: nothing is known about the time that went by.
  const isWithin = (at: number, span: number): boolean => now() >= at && now() - at < span;

  const attempt = async (): Promise<void> => {
    const at = now();
    try {
      held = { value: await load(), at };
      attempted = { at, failed: false };
    } catch (error) {
      attempted = { at, failed: true };
      onFailure(error, held === null ? null : at - held.at);
    }
  };
  const attemptOnce = async (): Promise<void> => {
    if (running === null && attempted !== null && isWithin(attempted.at, times.cooldown)) return;
    running ??= attempt().finally(() => {
      running = null;
    });
    await running;
  };
  const usable = (): Value => {
    if (held === null || !isWithin(held.at, times.stale)) throw unreachable();
    return held.value;
  };

  return {
    get: async () => {
      if (held === null || !isWithin(held.at, times.fresh)) await attemptOnce();
      return usable();
    },
    renew: async () => {
      await attemptOnce();
      if (attempted?.failed === true) throw unreachable();
      return usable();
    },
  };
}

/** The problem of a provider that gave no usable answer; whatever it did say stays here. */
export function unreachable(cause?: unknown): Error {
  return problem('idp_unreachable', 'The identity provider gave no usable answer. Try again shortly.', { cause });
}
