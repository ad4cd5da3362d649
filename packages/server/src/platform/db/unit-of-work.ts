// Runs one piece of work in one transaction under one role. The role, the search path and the time zone hold for that
// transaction only, so a pooled connection carries nothing over to the next (PgBouncer in transaction mode works).
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { WorkspaceId } from '../ids.ts';
import { problem } from '../problem.ts';
import type { ControlTables, ControlTx, WorkspaceRoleKind, WorkspaceTables, WorkspaceTx } from './database.ts';
import { errorCode } from './errors.ts';
import { CONTROL_ROLE, CONTROL_SCHEMA, workspaceNames } from './names.ts';

export interface UnitsOfWork {
  control<T>(work: (tx: ControlTx) => Promise<T>): Promise<T>;
  workspace<T>(id: WorkspaceId, work: (tx: WorkspaceTx) => Promise<T>, as?: WorkspaceRoleKind): Promise<T>;
  /** Refuses to go on inside an open transaction of this database: on one connection it would wait for itself for ever. */
  refuseNesting(call: string): void;
  /** Refuses new work and waits for the running one. */
  drain(): Promise<void>;
}

/** Tells whether the code that is running now was started by a unit of work that is still open. */
export interface WorkScope {
  isInside(): boolean;
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Follows the asynchronous calls of the work; a call left behind after the end no longer counts as inside. */
export function workScope(): WorkScope {
  const scopes = new AsyncLocalStorage<{ open: boolean }>();
  return {
    isInside: () => scopes.getStore()?.open === true,
    async run(work) {
      const scope = { open: true };
      try {
        return await scopes.run(scope, work);
      } finally {
        scope.open = false;
      }
    },
  };
}

/** What a server ends by itself; the embedded database has no clock to do so. */
export interface WorkLimits {
  /** The longest that one statement may run. */
  readonly statementMs: number;
  /** The longest that the work may let its transaction rest between two statements; then its connection is cut. */
  readonly idleMs: number;
}

/** The two planes over one set of connections. */
export function unitsOfWork(db: Kysely<object>, scope: WorkScope, limits: WorkLimits | null): UnitsOfWork {
  const controlPlane = db.$extendTables<Pick<ControlTables, keyof ControlTables>>();
  const workspacePlane = db.$extendTables<Pick<WorkspaceTables, keyof WorkspaceTables>>();
  const running = new Set<Promise<unknown>>();
  let draining = false;

  function refuseNesting(call: string): void {
    if (draining) throw new Error(`database.${call}() was called after close`);
    if (scope.isInside()) {
      throw new Error(
        `database.${call}() was called inside an open transaction: use the transaction at hand, or finish it first`,
      );
    }
  }

  async function track<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  }

  return {
    refuseNesting,
    async control(work) {
      refuseNesting('control');
      return track(
        controlPlane.transaction().execute(async (tx) => {
          await enter(tx, { role: CONTROL_ROLE, schema: CONTROL_SCHEMA }, limits);
          return scope.run(() => work(tx));
        }),
      );
    },
    async workspace(id, work, as = 'member') {
      refuseNesting('workspace');
      const names = workspaceNames(id);
      return track(
        workspacePlane.transaction().execute(async (tx) => {
          const role = as === 'ingest' ? names.ingestRole : names.role;
          await enter(tx, { role, schema: names.schema }, limits);
          return scope.run(() => work(tx));
        }),
      );
    },
    async drain() {
      draining = true;
      await Promise.allSettled(running);
    },
  };
}

const NO_SUCH_ROLE = '22023';

/** The role comes last: it is the one that may no longer call set_config. */
async function enter<Tables>(
  tx: Transaction<Tables>,
  plane: { role: string; schema: string },
  limits: WorkLimits | null,
): Promise<void> {
  const settings = [
    ['timezone', 'UTC'],
    // pg_temp stands last, or a temporary table would shadow one of ours.
    ['search_path', `${plane.schema}, pg_temp`],
    ...(limits === null
      ? []
      : [
          ['statement_timeout', `${limits.statementMs}ms`],
          ['idle_in_transaction_session_timeout', `${limits.idleMs}ms`],
        ]),
    ['role', plane.role],
  ] as const;
  const calls = settings.map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  try {
    await sql`select ${sql.join(calls)}`.execute(tx);
  } catch (error) {
    if (errorCode(error) === NO_SUCH_ROLE) throw problem('not_found', 'There is no such workspace.', { cause: error });
    throw error;
  }
}
