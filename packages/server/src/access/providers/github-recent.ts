// Answers remembered for a short while, a bounded number of them, so that one question asked by many is asked once. Failures
// are remembered only where they are an answer, and apart from the others: however many there are, they push no good one out.
import type { Clock } from '../../platform/clock.ts';

export interface RecentOptions {
  readonly clock: Clock;
  readonly lastsMs: number;
  /** So many good answers, and as many failures. */
  readonly most: number;
  /** Whether a failure would be the same if it were asked again now. */
  readonly isFinal: (error: unknown) => boolean;
}

interface Entry<Value> {
  readonly at: number;
  readonly answer: Promise<Value>;
}

/** @returns a function that asks, unless the same key was asked about no longer than `lastsMs` ago */
export function createRecent<Value>(
  options: RecentOptions,
): (key: string, ask: () => Promise<Value>) => Promise<Value> {
  const { clock, lastsMs, most, isFinal } = options;
  const held = new Map<string, Entry<Value>>();
  const failed = new Map<string, Entry<Value>>();
  return (key, ask) => {
    const now = clock.now().getTime();
    const known = held.get(key) ?? failed.get(key);
    if (known !== undefined && now >= known.at && now - known.at < lastsMs) return known.answer;
    held.delete(key);
    failed.delete(key);
    const entry = { at: now, answer: ask() };
    put(held, key, entry, most);
    entry.answer.catch((error: unknown) => {
      if (held.get(key) !== entry) return;
      held.delete(key);
      if (isFinal(error)) put(failed, key, entry, most);
    });
    return entry.answer;
  };
}

function put<Value>(into: Map<string, Entry<Value>>, key: string, entry: Entry<Value>, most: number): void {
  into.set(key, entry);
  for (const oldest of into.keys()) {
    if (into.size <= most) break;
    into.delete(oldest);
  }
}
