// Gives credentials back to the provider, unless that would end another connection. Google withdraws everything that one person
// granted to one client, HubSpot and Slack all that one account did; such a consent is given back with the last connection of
// the whole installation that lives on it, and what a failed attempt to connect brought not at all while there is any.
import type { Disconnected } from '@sentinel/contract';
import type { WorkspaceId } from '../../../platform/ids.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import type { Credentials } from './credential-seal.ts';
import { beginEnding, type Holder, isAnyHeld, markEnded } from './grant-holder.store.ts';
import { revokeTokens, type TokenRoad } from './token-endpoint.ts';

export interface Unkept {
  readonly workspaceId: WorkspaceId;
  /** Null when nobody knows. */
  readonly accountId: string | null;
}

/**
 * Gives back what was given out and belongs to no connection.
 *
 * @returns `shared` when it was not given back for a connection's sake, this workspace's own among them
 */
export async function giveBack(
  { db }: Pick<ConnectionDeps, 'db'>,
  road: TokenRoad,
  { workspaceId, accountId }: Unkept,
  credentials: Credentials,
): Promise<Disconnected['revocation']> {
  const { name, sharesGrantWith } = road.provider;
  if (sharesGrantWith.length === 0) return await revokeTokens(road, credentials);
  if (accountId === null) {
    const isHeld = await db.control((tx) => isAnyHeld(tx, sharesGrantWith));
    return isHeld ? 'shared' : await revokeTokens(road, credentials);
  }
  const holder: Holder = { workspaceId, provider: name, accountId };
  const ending = await db.control((tx) => beginEnding(tx, sharesGrantWith, holder, true));
  if (ending !== 'last') return 'shared';
  try {
    return await revokeTokens(road, credentials);
  } finally {
    await db.control((tx) => markEnded(tx, holder));
  }
}
