// Slack's limits: so many calls per minute, method, workspace and app, counted by the machine's clock. `restricted` is what
// apps outside the Marketplace get: one call per minute for history and replies, fifteen objects each.
export type LimitMode = 'off' | 'tiers' | 'restricted';

export interface Limits {
  mode: LimitMode;
  /** When the calls of the last minute came, by method, workspace and app. */
  readonly calls: Map<string, readonly number[]>;
}

export const RESTRICTED_OBJECTS = 15;
const RESTRICTED = new Set(['conversations.history', 'conversations.replies']);
const PER_MINUTE = { 1: 1, 2: 20, 3: 50, 4: 100 } as const;
export type Tier = keyof typeof PER_MINUTE;
const MINUTE_MS = 60_000;

export interface CountedCall {
  readonly method: string;
  readonly teamId: string;
  readonly clientId: string;
  /** Null is not limited. */
  readonly tier: Tier | null;
}

/**
 * Counts a call.
 *
 * @param now milliseconds of the machine's clock
 * @returns for how many seconds it has to wait; 0 when it may be made
 */
export function takeCall(limits: Limits, { method, teamId, clientId, tier }: CountedCall, now: number): number {
  if (limits.mode === 'off' || tier === null) return 0;
  const allowed = limits.mode === 'restricted' && RESTRICTED.has(method) ? 1 : PER_MINUTE[tier];
  const key = JSON.stringify([method, teamId, clientId]);
  const recent = (limits.calls.get(key) ?? []).filter((at) => at > now - MINUTE_MS);
  const [oldest] = recent;
  if (recent.length >= allowed && oldest !== undefined)
    return Math.max(1, Math.ceil((oldest + MINUTE_MS - now) / 1000));
  limits.calls.set(key, [...recent, now]);
  return 0;
}

export function isRestricted({ mode }: Limits, method: string): boolean {
  return mode === 'restricted' && RESTRICTED.has(method);
}
