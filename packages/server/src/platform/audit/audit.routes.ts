// The audit log over HTTP: read a page, prove the chain, take the whole log away as a file that proves itself.
import { AuditPage, AuditPublicKey, AuditQuery, AuditVerification, type AuditRow } from '@sentinel/contract';
import { route, type Route } from '../http/route.ts';
import type { WorkspaceId } from '../ids.ts';
import { problem } from '../problem.ts';
import { endLine, headerLine, rowLine } from './audit-export.ts';
import { signCheckpoint, type CheckpointDeps } from './audit.jobs.ts';
import type { AuditRecord } from './audit-row.ts';
import { listAudit, readHead } from './audit.store.ts';
import type { Checkpoint } from './checkpoint.ts';
import { findNewestCheckpoint } from './checkpoint.store.ts';
import { rowsInOrder, verifyAudit } from './verify.ts';

export function auditRoutes(deps: CheckpointDeps): readonly Route[] {
  return [listRoute(deps), verifyRoute(deps), exportRoute(deps), keyRoute(deps)];
}

function listRoute({ db }: CheckpointDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/audit',
    summary: 'Read the audit log, newest first',
    action: 'audit:read',
    unaudited:
      'A log that records each look at one of its pages would soon hold little else; taking it away is recorded.',
    query: AuditQuery,
    answers: { 200: AuditPage },
    problems: ['invalid_request'],
    rate: 'read',
    async handle({ query, caller }) {
      const filter = {
        event: query.event ?? null,
        actorId: query.actorId ?? null,
        since: instantOf(query.since),
        until: instantOf(query.until),
      };
      const before = query.cursor === undefined ? null : parseCursor(query.cursor);
      // One more than asked for tells whether there is a next page.
      const { rows, total } = await db.workspace(caller.workspaceId, (tx) =>
        listAudit(tx, filter, { before, limit: query.limit + 1 }),
      );
      const items = rows.slice(0, query.limit);
      const last = items.at(-1);
      return {
        items: items.map(toWire),
        next: rows.length > query.limit && last !== undefined ? makeCursor(last.seq) : null,
        total,
      };
    },
  });
}

function verifyRoute(deps: CheckpointDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/audit/verify',
    summary: 'Prove the whole audit log: numbers, links, hashes and signed checkpoints',
    action: 'audit:read',
    audit: 'audit.verified',
    answers: { 200: AuditVerification },
    problems: [],
    rate: 'write',
    async handle({ caller, entry }) {
      const answer = await verifyAudit(deps, caller.workspaceId);
      const detail = {
        intact: answer.intact,
        rows: answer.rows,
        checkpoints: answer.checkpoints,
        ...(answer.brokenAt === null ? {} : { brokenAt: answer.brokenAt }),
      };
      await deps.db.workspace(caller.workspaceId, (tx) => entry.record(tx, { detail }));
      return answer;
    },
  });
}

function exportRoute(deps: CheckpointDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/audit/export',
    summary: 'Take the whole audit log away as JSON lines, ending in a signed checkpoint',
    action: 'audit:read',
    audit: 'audit.exported',
    answers: { 200: 'stream' },
    problems: [],
    rate: 'read',
    async handle({ caller, entry, now }) {
      const { workspaceId } = caller;
      // Recorded and signed first, so that the file holds its own making and ends exactly where the signature does.
      await deps.db.workspace(workspaceId, (tx) => entry.record(tx));
      const last = await lastOfExport(deps, workspaceId);
      return {
        contentType: 'application/x-ndjson',
        fileName: `audit-${now.toISOString().slice(0, 10)}.jsonl`,
        stream: exportLines(deps, workspaceId, last),
      };
    },
  });
}

function keyRoute({ keys }: CheckpointDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/audit/key',
    summary: 'Read the public key that proves an exported log',
    action: 'audit:read',
    unaudited: 'The key is public, and reading it tells nothing about anybody.',
    answers: { 200: AuditPublicKey },
    problems: [],
    rate: 'read',
    handle: async () => ({ publicKey: keys.publicKey('') }),
  });
}

/** How far an export goes and what it ends with. A broken log is exported to its end, with the last checkpoint that it still had. */
async function lastOfExport(
  deps: CheckpointDeps,
  workspaceId: WorkspaceId,
): Promise<{ through: number; checkpoint: Checkpoint | null }> {
  const answer = await signCheckpoint(deps, workspaceId, 'now');
  if (answer.kind === 'signed') return { through: answer.checkpoint.seq, checkpoint: answer.checkpoint };
  const checkpoint = await deps.db.control((tx) => findNewestCheckpoint(tx, workspaceId));
  if (answer.kind === 'not_due' && checkpoint !== null) return { through: checkpoint.seq, checkpoint };
  return { through: (await deps.db.workspace(workspaceId, readHead)).seq, checkpoint };
}

const LINES_PER_CHUNK = 200;

async function* exportLines(
  { db, keys }: CheckpointDeps,
  workspaceId: WorkspaceId,
  last: { through: number; checkpoint: Checkpoint | null },
): AsyncGenerator<string> {
  yield headerLine(workspaceId);
  let chunk: string[] = [];
  for await (const row of rowsInOrder(db, workspaceId, { after: 0, through: last.through })) {
    if (chunk.push(rowLine(row)) < LINES_PER_CHUNK) continue;
    yield chunk.join('');
    chunk = [];
  }
  yield chunk.join('') + endLine(last.checkpoint, keys.publicKey(last.checkpoint?.keyId ?? ''));
}

function toWire(row: AuditRecord): AuditRow {
  return { ...row, detail: readDetail(row.detail) };
}

/** A row that was tampered with must still be shown; the chain tells that it was. */
function readDetail(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Falls through to the answer below.
  }
  return { unreadable: true };
}

function instantOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}

const CURSOR = /^seq-([1-9][0-9]{0,14})$/;

function makeCursor(seq: number): string {
  return Buffer.from(`seq-${seq}`, 'utf8').toString('base64url');
}

/** @throws problem `invalid_request` when the cursor is not one of ours */
function parseCursor(cursor: string): number {
  const [, seq] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (seq === undefined)
    throw problem('invalid_request', 'The cursor is not one that this list gave out.', {
      places: [{ pointer: 'cursor', detail: 'Leave it out to begin at the newest row.' }],
    });
  return Number(seq);
}
