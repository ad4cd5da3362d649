// Keeps the credentials of a connected account, sealed for its row. The same account connected again keeps its row, so that
// what it brought stays its own; everything that was wrong with it is over.
import { openAuditEntry } from '../../../platform/audit/audit.ts';
import { emit } from '../../../platform/events/events.ts';
import type { Caller } from '../../../platform/http/route.ts';
import type { ConnectionId } from '../../../platform/ids.ts';
import { takeAccountRow } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { sealCredentials } from './credential-seal.ts';
import { writeConnected } from './credential.store.ts';
import type { Account, Grant } from './providers/source-provider.ts';
import { giveBack } from './give-back.ts';
import type { TokenRoad } from './token-endpoint.ts';

export interface AccountOrder {
  readonly caller: Caller;
  readonly road: TokenRoad;
  readonly requestId: string;
  readonly grant: Grant;
  readonly account: Account;
  readonly scopes: readonly string[];
}

export async function storeAccount(deps: ConnectionDeps, order: AccountOrder): Promise<ConnectionId> {
  try {
    return await write(deps, order);
  } catch (error) {
    // Nobody would ever use them, or give them back.
    const { caller, road, grant, account } = order;
    const holder = { workspaceId: caller.workspaceId, accountId: account.id, except: null };
    await giveBack(deps, road, holder, grant);
    throw error;
  }
}

async function write(
  { db, clock, vault, lanes }: ConnectionDeps,
  { caller, road, requestId, grant, account, scopes }: AccountOrder,
): Promise<ConnectionId> {
  const now = clock.now();
  const { workspaceId } = caller;
  const provider = road.provider.name;
  const id = await db.workspace(workspaceId, async (tx) => {
    const row = await takeAccountRow(tx, { provider, accountId: account.id }, now);
    const next = {
      sealed: sealCredentials(vault, { workspaceId, connectionId: row.id }, grant),
      expiresAt: grant.livesMs === null ? null : new Date(now.getTime() + grant.livesMs),
      scopes,
      baseUrl: grant.baseUrl,
      accountName: account.name,
      by: caller.actor.name,
    };
    await writeConnected(tx, row, next, now);
    await emit(tx, { type: 'connection.added', payload: { connectionId: row.id, provider } }, now.getTime());
    const entry = openAuditEntry('connection.added', caller.actor, requestId, clock);
    await entry.record(tx, { target: `connection:${row.id}`, detail: { provider, again: !row.isNew } });
    return row.id;
  });
  // What the old credentials ran into says nothing about the new ones.
  lanes.forget(id);
  lanes.forget(`${id}:tokens`);
  return id;
}
