// Connections of a workspace as the rest of the product uses them: listed, looked after, asked for data.
import type { Connection, ConnectionList } from '@sentinel/contract';
import { z } from 'zod';
import type { AuditEntry } from '../../../platform/audit/audit.ts';
import type { WorkspaceId } from '../../../platform/ids.ts';
import type { LaneAnswer } from '../../../platform/outbound/lane.ts';
import { problem } from '../../../platform/problem.ts';
import { type Answered, type ProviderAccess, withAccess } from './access-to.ts';
import { configured } from './connect.ts';
import { type ConnectionRef, type StoredConnection, toAnswer } from './connection.ts';
import { findConnection, listConnections, markPaused, markReadable } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { openCredentials } from './credential-seal.ts';
import { TOKEN_PATIENCE_MS } from './token-endpoint.ts';

export interface Connections {
  list(workspaceId: WorkspaceId): Promise<ConnectionList>;
  /** @throws ProblemError `not_found` */
  get(ref: ConnectionRef): Promise<Connection>;
  /**
   * Tries a connection out with the cheapest authorised request. How it stands afterwards is the answer.
   *
   * @throws ProblemError `not_found`, `not_connected`, `not_configured`
   */
  check(ref: ConnectionRef): Promise<Connection>;
  /**
   * Nothing is asked of the provider while a connection is paused. Doing it again changes nothing.
   *
   * @throws ProblemError `not_found`, `not_connected` for one that needs attention
   */
  setPaused(ref: ConnectionRef, paused: boolean, entry: AuditEntry): Promise<Connection>;
  /**
   * Asks the provider for data of the account. See `withAccess`.
   *
   * @param call may be called twice
   */
  withAccess<T>(ref: ConnectionRef, call: (access: ProviderAccess) => Promise<LaneAnswer<T>>): Promise<Answered<T>>;
  /** Begins no more renewals and waits for those under way, so that their tokens are kept. Before the database closes. */
  settle(): Promise<void>;
}

/** One exchange with a token endpoint, and writing what it brought. */
const SETTLE_MS = TOKEN_PATIENCE_MS + 5_000;

export function createConnections(deps: ConnectionDeps): Connections {
  return {
    list: async (workspaceId) => {
      const rows = await deps.db.workspace(workspaceId, listConnections);
      return { connections: rows.map((row) => answerOf(deps, row)), providers: [...deps.providers.list()] };
    },
    get: async (ref) => answerOf(deps, await getRow(deps, ref)),
    check: (ref) => check(deps, ref),
    setPaused: (ref, paused, entry) => setPaused(deps, { ref, paused, entry }),
    withAccess: (ref, call) => withAccess(deps, ref, call),
    settle: () => deps.renewals.settle(SETTLE_MS),
  };
}

/** A connection whose provider is no longer configured asks nothing, so its lane stands open and empty. */
const IDLE = { breaker: 'closed', openUntil: null, running: 0, waiting: 0 } as const;

function answerOf({ lanes, providers }: ConnectionDeps, row: StoredConnection): Connection {
  const provider = providers.find(row.provider);
  return toAnswer(row, provider === null ? IDLE : lanes.lane(row.id, provider.lane).state());
}

async function getRow({ db }: ConnectionDeps, { workspaceId, connectionId }: ConnectionRef): Promise<StoredConnection> {
  const row = await db.workspace(workspaceId, (tx) => findConnection(tx, connectionId));
  if (row === null) throw problem('not_found', 'There is no such connection.');
  return row;
}

async function check(deps: ConnectionDeps, ref: ConnectionRef): Promise<Connection> {
  const row = await getRow(deps, ref);
  const provider = configured(deps.providers, row.provider);
  await mend(deps, ref, row);
  const answered = await withAccess(deps, ref, (access) => access.ask({ ...provider.probe, answer: z.unknown() }));
  if (answered.kind === 'not_connected' && row.state !== 'connected') throw notConnected(row);
  return answerOf(deps, await getRow(deps, ref));
}

/** Secrets that could not be opened for want of a key are fine again once the key is back. */
async function mend({ db, vault }: ConnectionDeps, ref: ConnectionRef, row: StoredConnection): Promise<void> {
  if (row.reason !== 'secret_unreadable' || openCredentials(vault, ref, row.sealed).kind !== 'opened') return;
  await db.workspace(ref.workspaceId, (tx) => markReadable(tx, row.id));
}

function notConnected({ state }: Pick<StoredConnection, 'state'>): Error {
  return state === 'paused'
    ? problem('not_connected', 'The connection is paused: resume it first.')
    : problem('not_connected', 'The connection needs attention: connect the account again.');
}

interface PauseOrder {
  readonly ref: ConnectionRef;
  readonly paused: boolean;
  readonly entry: AuditEntry;
}

async function setPaused(deps: ConnectionDeps, { ref, paused, entry }: PauseOrder): Promise<Connection> {
  const row = await getRow(deps, ref);
  const isDone = await deps.db.workspace(ref.workspaceId, async (tx) => {
    if (!(await markPaused(tx, ref.connectionId, paused))) return false;
    await entry.record(tx, { target: `connection:${row.id}`, detail: { provider: row.provider } });
    return true;
  });
  const after = await getRow(deps, ref);
  if (!isDone) throw notConnected(after);
  return answerOf(deps, after);
}
