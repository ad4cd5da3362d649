// Whether an account grants what is needed: people may untick boxes, and administrators may take scopes away.
import type { ProviderFacts } from './providers/source-provider.ts';

/** Needed scopes that were not granted, in the provider's own order. */
export function missingScopes({ scopes }: Pick<ProviderFacts, 'scopes'>, granted: readonly string[]): string[] {
  const has = new Set(granted);
  return scopes.flatMap(({ scope }) => (has.has(scope) ? [] : [scope]));
}
