// Tokens that were verified lately, by their hash: a caller presents the same token for many requests, and checking its
// signature each time would be most of what a request costs. Bounded; whoever asks still looks at the times.
import { hash } from 'node:crypto';

export interface VerifiedMemory<Fact> {
  get(token: string): Fact | null;
  put(token: string, fact: Fact): void;
  forgetAll(): void;
}

/** @param most how many are remembered; the ones asked for longest ago are forgotten first */
export function verifiedMemory<Fact>(most: number): VerifiedMemory<Fact> {
  const facts = new Map<string, Fact>();
  // The token itself is a secret and need not stay in memory.
  const keyOf = (token: string): string => hash('sha256', token, 'base64');
  return {
    get(token) {
      const key = keyOf(token);
      const fact = facts.get(key);
      if (fact === undefined) return null;
      facts.delete(key);
      facts.set(key, fact);
      return fact;
    },
    put(token, fact) {
      facts.set(keyOf(token), fact);
      if (facts.size <= most) return;
      const [oldest] = facts.keys();
      if (oldest !== undefined) facts.delete(oldest);
    },
    forgetAll: () => facts.clear(),
  };
}
