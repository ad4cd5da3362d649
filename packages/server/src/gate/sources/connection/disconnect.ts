// Disconnecting: the credentials are given back to the provider and removed here, whatever the provider says; those that
// another connection lives on are only removed. What the connection brought stays or goes, as whoever disconnects chose.
import type { Disconnected } from '@sentinel/contract';
import type { AuditEntry } from '../../../platform/audit/audit.ts';
import type { WorkspaceTx } from '../../../platform/db/database.ts';
import { emit } from '../../../platform/events/events.ts';
import type { ConnectionId } from '../../../platform/ids.ts';
import { problem } from '../../../platform/problem.ts';
import { deleteBroughtMessages } from '../../admission/ledger.store.ts';
import { bumpRevision, deleteBroughtContacts, lockBook } from '../../book/book.store.ts';
import type { ConnectionRef, StoredConnection } from './connection.ts';
import { deleteConnection, findConnection, markPaused } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { openCredentials } from './credential-seal.ts';
import { beginEnding, type Holder, markEnded, takeEndingBack } from './grant-holder.store.ts';
import { tokenRoad } from './refresh.ts';
import { revokeTokens } from './token-endpoint.ts';

export interface DisconnectOrder {
  readonly ref: ConnectionRef;
  readonly data: 'keep' | 'purge';
  readonly entry: AuditEntry;
}

/** Credentials may change while they are given back; after so many times it is somebody else's fight. */
const MOST_ROUNDS = 3;

/** @throws ProblemError `not_found`; `revision_conflict` when the account is connected anew meanwhile */
export async function disconnect(deps: ConnectionDeps, order: DisconnectOrder): Promise<Disconnected> {
  const { ref } = order;
  // Nothing more is asked, or a request under way would find the credentials dead and call for attention.
  await deps.db.workspace(ref.workspaceId, (tx) => markPaused(tx, ref.connectionId, true));
  const first = (await find(deps, ref)) ?? notFound();
  const { workspaceId } = ref;
  const holder: Holder = { workspaceId, provider: first.provider, accountId: first.account.id };
  const providers = deps.providers.find(first.provider)?.sharesGrantWith ?? [];
  const ending = await deps.db.control((tx) => beginEnding(tx, providers, holder, false));
  if (ending === 'claimed') throw connectedAnew();
  const ended = await end(deps, order, { first, isShared: ending === 'shared' }).catch(async (error: unknown) => {
    await deps.db.control((tx) => takeEndingBack(tx, holder));
    throw error;
  });
  await deps.db.control((tx) => markEnded(tx, holder));
  return ended ?? notFound();
}

interface Going {
  readonly first: StoredConnection;
  readonly isShared: boolean;
}

/** From here on nobody connects the account anew; who did so shortly before is found by the time. */
async function end(
  deps: ConnectionDeps,
  order: DisconnectOrder,
  { first, isShared }: Going,
): Promise<Disconnected | null> {
  const { ref } = order;
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const row = await find(deps, ref);
    // Somebody else disconnected it meanwhile.
    if (row === null) return null;
    if (row.connectedAt.getTime() !== first.connectedAt.getTime()) throw connectedAnew();
    // Given back first: if we die in between, the row is still there to try again with.
    const revocation = isShared ? 'shared' : await revoke(deps, ref, row);
    const purged = await remove(deps, order, { row, revocation });
    if (purged === null) continue;
    deps.lanes.forget(row.id);
    deps.lanes.forget(`${row.id}:tokens`);
    return { revocation, purged };
  }
  throw problem('revision_conflict', 'The connection changes all the time. Pause it, then disconnect it.');
}

function find({ db }: ConnectionDeps, { workspaceId, connectionId }: ConnectionRef): Promise<StoredConnection | null> {
  return db.workspace(workspaceId, (tx) => findConnection(tx, connectionId));
}

function notFound(): never {
  throw problem('not_found', 'There is no such connection.');
}

const connectedAnew = (): Error =>
  problem('revision_conflict', 'The account was connected anew meanwhile. Look at it, then disconnect it again.');

async function revoke(
  deps: ConnectionDeps,
  ref: ConnectionRef,
  row: StoredConnection,
): Promise<Disconnected['revocation']> {
  const provider = deps.providers.find(row.provider);
  const opened = openCredentials(deps.vault, ref, row.sealed);
  if (provider === null || opened.kind !== 'opened') return 'unconfirmed';
  return await revokeTokens(tokenRoad(deps, { ref, provider }), opened.credentials);
}

/** Only the ingest role may delete messages. @returns null when the credentials have changed meanwhile */
async function remove(
  { db, clock }: ConnectionDeps,
  { ref, data, entry }: DisconnectOrder,
  { row, revocation }: { readonly row: StoredConnection; readonly revocation: Disconnected['revocation'] },
): Promise<Disconnected['purged'] | null> {
  const { id, provider } = row;
  return await db.workspace(
    ref.workspaceId,
    async (tx) => {
      if (!(await deleteConnection(tx, row))) return null;
      const purged = data === 'purge' ? await purge(tx, id) : { messages: 0, contacts: 0 };
      await emit(tx, { type: 'connection.removed', payload: { connectionId: id, provider } }, clock.now().getTime());
      await entry.record(tx, { target: `connection:${id}`, detail: { provider, revocation, data, ...purged } });
      return purged;
    },
    'ingest',
  );
}

async function purge(tx: WorkspaceTx, id: ConnectionId): Promise<Disconnected['purged']> {
  await lockBook(tx);
  const contacts = await deleteBroughtContacts(tx, id);
  if (contacts > 0) await bumpRevision(tx);
  return { contacts, messages: await deleteBroughtMessages(tx, id) };
}
