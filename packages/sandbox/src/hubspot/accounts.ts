// The HubSpot accounts of the made-up company: the one people work in, and its sandbox account with the same records.
import type { World } from '../world/world.ts';

export interface Account {
  readonly hubId: number;
  readonly name: string;
  readonly kind: 'STANDARD' | 'SANDBOX';
  readonly domain: string;
}

export interface Accounts {
  readonly all: readonly Account[];
  /** Open accounts only. */
  find(hubId: number): Account | null;
  /** For good. Answers whether it was open. */
  shut(hubId: number): boolean;
}

const FIRST_HUB = 21_000_000;

export function openAccounts({ seed, company }: Pick<World, 'seed' | 'company'>): Accounts {
  const hubId = FIRST_HUB + (Math.abs(Math.trunc(seed)) % 1_000_000) * 10;
  const all: readonly Account[] = [
    { hubId, name: company.name, kind: 'STANDARD', domain: company.domain },
    {
      hubId: hubId + 1,
      name: `${company.name} (sandbox account)`,
      kind: 'SANDBOX',
      domain: `sandbox.${company.domain}`,
    },
  ];
  const shut = new Set<number>();
  const find = (asked: number) => all.find((account) => account.hubId === asked && !shut.has(asked)) ?? null;
  return {
    all,
    find,
    shut: (asked) => {
      if (find(asked) === null) return false;
      shut.add(asked);
      return true;
    },
  };
}
