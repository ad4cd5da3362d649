// When each account came. The world's company book has no times, so those there at the start are as old as the first
// contact, and those that came later are as old as the step of time in which they came.
import type { World } from '../world/world.ts';

export interface AccountTimes {
  /** Milliseconds since 1970; never earlier than for the account before. */
  since(n: number): number;
  close(): void;
}

export function accountTimes(world: World): AccountTimes {
  const first = (world.contacts.get(0)?.createdAt ?? world.now()).getTime();
  const atStart = world.companies.count;
  const later: number[] = [];
  const stop = world.onTime((_from, to) => {
    while (atStart + later.length < world.companies.count) later.push(to.getTime());
  });
  return {
    since: (n) => (n < atStart ? first : (later[n - atStart] ?? world.now().getTime())),
    close: stop,
  };
}
