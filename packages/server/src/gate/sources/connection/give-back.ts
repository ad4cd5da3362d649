// Gives credentials back to the provider, unless that would end another connection: Google withdraws everything that one
// person granted to one client, so Gmail and Calendar of an account can only be given back with the last of them, and what
// a failed attempt to connect anew brought not at all.
import type { Disconnected } from '@sentinel/contract';
import type { WorkspaceId } from '../../../platform/ids.ts';
import { type AccountPlace, isConnectedThrough } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import type { Credentials } from './credential-seal.ts';
import { revokeTokens, type TokenRoad } from './token-endpoint.ts';

export interface Holder extends AccountPlace {
  readonly workspaceId: WorkspaceId;
}

/** @returns `unconfirmed` also when they were not given back for another connection's sake */
export async function giveBack(
  { db }: Pick<ConnectionDeps, 'db'>,
  road: TokenRoad,
  { workspaceId, ...place }: Holder,
  credentials: Credentials,
): Promise<Disconnected['revocation']> {
  const { sharesGrantWith } = road.provider;
  const isShared = await db.workspace(workspaceId, (tx) => isConnectedThrough(tx, sharesGrantWith, place));
  return isShared ? 'unconfirmed' : await revokeTokens(road, credentials);
}
