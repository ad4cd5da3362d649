// Disconnecting: the credentials are given back to the provider and removed here, whatever the provider says. What the
// connection brought stays or goes, as whoever disconnects chose.
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
import { tokenRoad } from './refresh.ts';
import { giveBack } from './give-back.ts';

export interface DisconnectOrder {
  readonly ref: ConnectionRef;
  readonly data: 'keep' | 'purge';
  readonly entry: AuditEntry;
}

/** Credentials may change while they are given back; after so many times it is somebody else's fight. */
const MOST_ROUNDS = 3;

/** @throws ProblemError `not_found` */
export async function disconnect(deps: ConnectionDeps, order: DisconnectOrder): Promise<Disconnected> {
  const { ref } = order;
  // Nothing more is asked, or a request under way would find the credentials dead and call for attention.
  await deps.db.workspace(ref.workspaceId, (tx) => markPaused(tx, ref.connectionId, true));
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    const row = await deps.db.workspace(ref.workspaceId, (tx) => findConnection(tx, ref.connectionId));
    if (row === null) throw problem('not_found', 'There is no such connection.');
    // Given back first: if we die in between, the row is still there to try again with.
    const revocation = await revoke(deps, ref, row);
    const purged = await remove(deps, order, { row, revocation });
    if (purged === null) continue;
    deps.lanes.forget(row.id);
    deps.lanes.forget(`${row.id}:tokens`);
    return { revocation, purged };
  }
  throw problem('revision_conflict', 'The connection changes all the time. Pause it, then disconnect it.');
}

async function revoke(
  deps: ConnectionDeps,
  ref: ConnectionRef,
  row: StoredConnection,
): Promise<Disconnected['revocation']> {
  const provider = deps.providers.find(row.provider);
  const credentials = openCredentials(deps.vault, ref, row.sealed);
  if (provider === null || credentials === null) return 'unconfirmed';
  const holder = { workspaceId: ref.workspaceId, accountId: row.account.id, except: row.id };
  return await giveBack(deps, tokenRoad(deps, { ref, provider }), holder, credentials);
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
