// Stops asking a provider that has failed several times in a row, and lets exactly one request find out whether it is
// back. It is ours and not cockatiel's (4.0.0), whose breaker reads the wall clock, lets requests wait for the probe
// without an end, and takes a probe that its caller gave up for a success.
import type { Clock } from '../clock.ts';
import type { LaneKind, LaneStanding } from './lane.ts';

/** What a request has shown of its provider: that it answers, that it does not, or nothing. */
export type Evidence = 'answered' | 'failed' | 'none';

export interface Pass {
  /** To be called once, whatever came of the request. What comes late, from before the last change, counts no more. */
  settle(evidence: Evidence): void;
}

export interface Breaker {
  /** Lets a request through, or answers null. After an open time the first is the probe, and nobody else until it settles. */
  enter(): Pass | null;
  /** Tells whether a request would be let through now; while a probe is out it would not. */
  mayEnter(): boolean;
  state(): Pick<LaneStanding, 'breaker' | 'openUntil'>;
}

export interface BreakerDeps {
  readonly settings: LaneKind['breaker'];
  readonly clock: Clock;
  readonly onOpen: () => void;
  readonly onClose: () => void;
}

export function createBreaker({ settings, clock, onOpen, onClose }: BreakerDeps): Breaker {
  let inARow = 0;
  let openUntil: number | null = null;
  let isProbing = false;
  /** Grows with every opening and closing. */
  let era = 0;

  const now = (): number => clock.now().getTime();
  const isOpen = (): boolean => {
    if (openUntil === null) return false;
    // A clock set back must not lengthen the wait.
    openUntil = Math.min(openUntil, now() + settings.openMs);
    return now() < openUntil;
  };
  const mayEnter = (): boolean => !isOpen() && !isProbing;
  const open = (): void => {
    openUntil = now() + settings.openMs;
    era += 1;
    onOpen();
  };
  const settleProbe = (evidence: Evidence): void => {
    isProbing = false;
    if (evidence === 'failed') return open();
    // A probe that showed nothing leaves the question to the next request.
    if (evidence === 'none') return;
    openUntil = null;
    inARow = 0;
    era += 1;
    onClose();
  };
  const settleOther = (evidence: Evidence, entered: number): void => {
    if (entered !== era || evidence === 'none') return;
    inARow = evidence === 'failed' ? inARow + 1 : 0;
    if (inARow >= settings.failures) open();
  };

  return {
    mayEnter,
    enter: () => {
      if (!mayEnter()) return null;
      const isProbe = openUntil !== null;
      isProbing = isProbe;
      const entered = era;
      return { settle: (evidence) => (isProbe ? settleProbe(evidence) : settleOther(evidence, entered)) };
    },
    state: () => {
      if (openUntil === null) return { breaker: 'closed', openUntil: null };
      return isOpen() ? { breaker: 'open', openUntil: new Date(openUntil) } : { breaker: 'half_open', openUntil: null };
    },
  };
}
