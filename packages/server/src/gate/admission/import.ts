// Sends a file of messages through the one road, page by page, and keeps a cursor so that it can be interrupted at any
// moment, resumed, or run twice at once.
import type { ImportResult, OutcomeToken, SourceKind } from '@sentinel/contract';
import { type AuditEntry, openAuditEntry } from '../../platform/audit/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database, WorkspaceTx } from '../../platform/db/database.ts';
import type { WorkspaceId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { problem } from '../../platform/problem.ts';
import { findContacts } from '../book/book.store.ts';
import type { MailItem } from '../sources/mail-item.ts';
import type { GateMetrics } from './gate-metrics.ts';
import {
  addImportCounts,
  claimRange,
  CursorMoved,
  findPosition,
  finishImport,
  getImport,
  type ImportRun,
  openImport,
} from './import.store.ts';
import { type CursorStep, ingestPage } from './ingest.ts';
import { chunksOf, endOf, type MailPage, pageOf } from './pages.ts';
import { compilePolicy, type SelfAddresses } from './policy.ts';
import { getCurrentPolicy } from './policy.store.ts';

export interface ImportContext {
  readonly db: Database;
  readonly workspaceId: WorkspaceId;
  readonly ours: SelfAddresses;
  readonly clock: Clock;
  readonly metrics: GateMetrics;
  readonly log: Logger;
  readonly entry: AuditEntry;
}

export interface ImportRequest {
  /** Names the file, so that the same file is the same import. */
  readonly key: string;
  readonly source: SourceKind;
  /** Decide everything again although neither policy nor book changed. */
  readonly again: boolean;
  /** Byte of the source at which `read` begins: 0, or where the import stopped before. */
  readonly startsAt: number;
  readonly read: () => AsyncIterable<MailItem>;
}

/**
 * @returns the import with its counts, whether it ran now or had been finished before
 * @throws problem `no_self_identity`, before anything is read, when no own mailbox is known; `revision_conflict` when
 *   the stream begins behind the cursor
 */
export async function importMail(context: ImportContext, request: ImportRequest): Promise<ImportResult> {
  const run = await begin(context, request);
  if (!run.upToDate) await runPages(context, request, run);
  return await context.db.workspace(context.workspaceId, (tx) => finish(tx, context, run), 'ingest');
}

async function finish(tx: WorkspaceTx, context: ImportContext, run: ImportRun): Promise<ImportResult> {
  const at = context.clock.now();
  if (!run.upToDate) await finishImport(tx, run.id, run.run, at);
  const done = await getImport(tx, run.id, at);
  const { source, messages, outcomes } = done;
  await context.entry.record(tx, {
    target: `import:${run.id}`,
    detail: { source, messages, kept: outcomes.passed ?? 0, run: run.run, upToDate: run.upToDate },
  });
  return { ...done, ran: !run.upToDate };
}

/** Recorded before the first message: whatever becomes of the import, the log says that it began. */
async function begin(context: ImportContext, request: ImportRequest): Promise<ImportRun> {
  const { db, workspaceId, ours, clock, entry } = context;
  const started = openAuditEntry('gate.import_started', entry.actor, entry.requestId, clock);
  return await db.workspace(
    workspaceId,
    async (tx) => {
      const current = await getCurrentPolicy(tx);
      compilePolicy(current.version, current.policy, ours);
      const { revision } = await findContacts(tx, []);
      const run = await openImport(tx, {
        key: request.key,
        source: request.source,
        mailboxes: ours.mailboxes,
        again: request.again,
        policyVersion: current.version,
        bookRevision: revision,
        at: clock.now(),
      });
      await started.record(tx, {
        target: `import:${run.id}`,
        detail: { source: request.source, run: run.run, position: run.position },
      });
      return run;
    },
    'ingest',
  );
}

/** `from` is where the cursor stands as far as we know; another run of the same import may move it on meanwhile. */
async function runPages(context: ImportContext, request: ImportRequest, run: ImportRun): Promise<void> {
  if (request.startsAt > run.position) {
    throw problem(
      'revision_conflict',
      'The stream begins behind the position of the import; read the import again and send from there.',
    );
  }
  let from = run.position;
  for await (const chunk of chunksOf(request.read())) {
    const next = await importChunk(context, request, { run, from, chunk });
    if (next === null) return;
    from = next;
  }
}

interface ChunkStep {
  readonly run: ImportRun;
  readonly from: number;
  readonly chunk: readonly MailItem[];
}

/** @returns the new cursor, or null when another run has finished, or restarted, the import */
async function importChunk(context: ImportContext, request: ImportRequest, step: ChunkStep): Promise<number | null> {
  let from = step.from;
  while (true) {
    const page = pageOf(step.chunk.filter((item) => endOf(item) > from));
    if (page === null) return from;
    try {
      const outcomes = await importPage(context, step.run, from, page);
      context.metrics.count(request.source, outcomes);
      context.log.debug('gate.page_decided', {
        importId: step.run.id,
        source: request.source,
        total: outcomes.length,
        passed: outcomes.filter((outcome) => outcome === 'passed').length,
      });
      return page.end;
    } catch (error) {
      if (!(error instanceof CursorMoved)) {
        // Nothing was stored and the cursor stands: the same page is asked again when the import is resumed.
        context.metrics.count(
          request.source,
          page.messages.map(() => 'fail_closed'),
        );
        throw error;
      }
    }
    const other = await context.db.workspace(context.workspaceId, (tx) => findPosition(tx, step.run.id));
    if (other.run !== step.run.run || other.state === 'finished') return null;
    from = other.position;
  }
}

async function importPage(
  context: ImportContext,
  run: ImportRun,
  from: number,
  page: MailPage,
): Promise<readonly OutcomeToken[]> {
  const cursor: CursorStep = {
    claim: (tx) => claimRange(tx, { id: run.id, run: run.run, from, to: page.end, at: context.clock.now() }),
    settle: (tx, outcomes) => addImportCounts(tx, run.id, outcomes, page.skipped),
  };
  const ingest = { ...context, importId: run.id };
  return (await ingestPage(ingest, page.messages, cursor)).outcomes;
}
