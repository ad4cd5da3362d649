// Late commits: a transaction that ran long is seen after others whose SystemModstamp is younger than its own.
import type { Ground } from '../frame/stand-in.ts';
import type { Row } from './objects/sobject.ts';

const LAG_MS = 5 * 60 * 1000;

/**
 * Under the fault `search_lag`, every second record touched in the last `delayMs` (5 minutes unless said) is not there yet.
 * Null when all are seen.
 */
export function isUnseen({ faults, world }: Ground, road: string): ((row: Row) => boolean) | null {
  const fault = faults.take('salesforce', ['search_lag'], road);
  if (fault === null) return null;
  const from = world.now().getTime() - (fault.delayMs ?? LAG_MS);
  return ({ n, touchedAt }) => n % 2 === 1 && touchedAt > from;
}
