// Keeps the credentials of a connected account, sealed for its row. The same account connected again keeps its row, so that
// what it brought stays its own; everything that was wrong with it is over.
import { openAuditEntry } from '../../../platform/audit/audit.ts';
import { emit } from '../../../platform/events/events.ts';
import type { Caller } from '../../../platform/http/route.ts';
import type { ConnectionId } from '../../../platform/ids.ts';
import type { SealedCredentials } from './connection.ts';
import { findConnection, takeAccountRow } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { openCredentials, sealCredentials } from './credential-seal.ts';
import { writeConnected } from './credential.store.ts';
import type { Account, Grant } from './providers/source-provider.ts';
import { giveBack } from './give-back.ts';
import { claim, dropClaim, type Holder, settleClaim } from './grant-holder.store.ts';
import { revokeTokens, type TokenRoad } from './token-endpoint.ts';

export interface AccountOrder {
  readonly caller: Caller;
  readonly road: TokenRoad;
  readonly requestId: string;
  readonly grant: Grant;
  readonly account: Account;
  readonly scopes: readonly string[];
  /** The database's time before the credentials were asked for. */
  readonly since: Date;
}

/** @returns null, with nothing kept, when the consent may have ended since the credentials were asked for */
export async function storeAccount(deps: ConnectionDeps, order: AccountOrder): Promise<ConnectionId | null> {
  const { db } = deps;
  const { caller, road, grant, account, since } = order;
  const { name, sharesGrantWith } = road.provider;
  const holder: Holder = { workspaceId: caller.workspaceId, provider: name, accountId: account.id };
  // Before the row: from here on nobody ends the consent that it lives on.
  const claimed = await db.control((tx) => claim(tx, sharesGrantWith, holder, since));
  const unkept = { workspaceId: caller.workspaceId, accountId: account.id };
  if (claimed === 'ending') {
    await giveBack(deps, road, unkept, grant);
    return null;
  }
  const written = await write(deps, order).catch(async (error: unknown) => {
    await db.control((tx) => (claimed === 'held' ? settleClaim(tx, holder) : dropClaim(tx, holder)));
    // Nobody would ever use them, or give them back.
    await giveBack(deps, road, unkept, grant);
    throw error;
  });
  await db.control((tx) => settleClaim(tx, holder));
  await giveBackOld(deps, order, written);
  return written.id;
}

interface Written {
  readonly id: ConnectionId;
  /** What stood there before. */
  readonly old: SealedCredentials | null;
}

async function write(
  { db, clock, vault, lanes }: ConnectionDeps,
  { caller, road, requestId, grant, account, scopes }: AccountOrder,
): Promise<Written> {
  const now = clock.now();
  const { workspaceId } = caller;
  const provider = road.provider.name;
  const written = await db.workspace(workspaceId, async (tx) => {
    const row = await takeAccountRow(tx, { provider, accountId: account.id }, now);
    const before = row.isNew ? null : await findConnection(tx, row.id);
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
    return { id: row.id, old: before?.sealed ?? null };
  });
  // What the old credentials ran into says nothing about the new ones.
  lanes.forget(written.id);
  lanes.forget(`${written.id}:tokens`);
  return written;
}

/** Where every grant stands for itself, the one that was replaced would live on with nobody to use it or to end it. */
async function giveBackOld(
  deps: ConnectionDeps,
  { caller, road, grant }: AccountOrder,
  { id, old }: Written,
): Promise<void> {
  if (old === null || road.provider.sharesGrantWith.length > 0) return;
  const opened = openCredentials(deps.vault, { workspaceId: caller.workspaceId, connectionId: id }, old);
  if (opened.kind !== 'opened') return;
  const { access, refresh } = opened.credentials;
  if (access !== grant.access && refresh !== grant.refresh) await revokeTokens(road, { access, refresh });
}
