// What a test, or the switchboard, may change about the stand-in while it runs: policies and limits, not data.

export interface GoogleSwitches {
  /** The app is in Testing: refresh tokens die after seven days. */
  testing: boolean;
  /** Gmail's units per user and minute of real time; null counts nothing. 6,000 for projects from May 2026, 15,000 before. */
  mailUnitsPerMinute: number | null;
  /** How an exceeded Gmail limit is said: Google uses both. */
  mailLimitStatus: 403 | 429;
  /** Mailboxes where Gmail is switched off, by address. */
  readonly mailOff: Set<string>;
  /** The administrator of the domain blocks the API. */
  blockedByDomain: boolean;
  /** How often a push that was not taken is sent again, and how long the first wait is, doubling (milliseconds). */
  pushAttempts: number;
  pushWaitMs: number;
}

export interface GoogleOptions {
  /** Real time, for limits per minute and the pace of pushes (milliseconds). */
  readonly clock: () => number;
  /** How pushes leave. */
  readonly fetch: typeof fetch;
  /** Conversations begun in one mailbox on a working day. */
  readonly conversationsPerDay: number;
}

export function firstSwitches(): GoogleSwitches {
  return {
    testing: false,
    mailUnitsPerMinute: 6_000,
    mailLimitStatus: 403,
    mailOff: new Set(),
    blockedByDomain: false,
    pushAttempts: 5,
    pushWaitMs: 1_000,
  };
}
