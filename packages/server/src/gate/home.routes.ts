// The overview of a workspace: does the boundary hold, and what needs somebody?
import { Home, HomeQuery } from '@sentinel/contract';
import { listRecent } from '../platform/audit/audit.store.ts';
import type { Database, WorkspaceTx } from '../platform/db/database.ts';
import { type Route, route } from '../platform/http/route.ts';
import { findLastImport } from './admission/import.store.ts';
import { countBlind } from './admission/kept.store.ts';
import { readSeries } from './admission/outcome.store.ts';
import { getSummary } from './book/contact-list.store.ts';
import { attentionOf } from './home-attention.ts';
import { listConnections } from './sources/connection/connection.store.ts';

const HOUR_MS = 3_600_000;
const RANGES = {
  '24h': { hours: 24, bucket: 'hour' },
  '7d': { hours: 7 * 24, bucket: 'hour' },
  '30d': { hours: 30 * 24, bucket: 'day' },
} as const;
const RECENT = 6;

/** Proving that every kept message has its contact reads them all, so it is done once a minute per workspace and range. */
const PROOF_MS = 60_000;
type Proofs = Map<string, { readonly at: number; readonly blind: number }>;

export function homeRoutes({ db }: { db: Database }): readonly Route[] {
  const proofs: Proofs = new Map();
  return [
    route({
      method: 'GET',
      path: '/v1/home',
      summary: 'Overview of the workspace',
      action: 'home:read',
      unaudited: 'Counts only',
      query: HomeQuery,
      answers: { 200: Home },
      problems: [],
      rate: 'read',
      handle: ({ caller, query, now }) =>
        db.workspace(caller.workspaceId, (tx) =>
          readHome(tx, {
            range: query.range,
            now,
            mayReadAudit: caller.actions.has('audit:read'),
            mayReadSources: caller.actions.has('sources:read'),
            blindSince: (since) => provenBlind(tx, proofs, { key: `${caller.workspaceId} ${query.range}`, since, now }),
          }),
        ),
    }),
  ];
}

interface HomeView {
  readonly range: keyof typeof RANGES;
  readonly now: Date;
  readonly mayReadAudit: boolean;
  readonly mayReadSources: boolean;
  readonly blindSince: (since: Date) => Promise<number>;
}

async function readHome(tx: WorkspaceTx, view: HomeView): Promise<Home> {
  const { hours, bucket } = RANGES[view.range];
  const since = new Date(view.now.getTime() - hours * HOUR_MS);
  const series = await readSeries(tx, { since, until: view.now, bucket });
  const { contacts } = await getSummary(tx);
  const lastImport = await findLastImport(tx, view.now);
  const seen = Object.values(series.totals).reduce((sum, count) => sum + count, 0);
  const failedClosed = series.totals.fail_closed ?? 0;
  const blind = await view.blindSince(since);
  const recent = view.mayReadAudit ? await listRecent(tx, RECENT) : [];
  return {
    asOf: view.now.toISOString(),
    boundaryHolds: blind === 0,
    failedClosed,
    kept: series.totals.passed ?? 0,
    seen,
    contacts,
    lastImportAt: lastImport?.startedAt ?? null,
    series,
    attention: attentionOf({
      failedClosed,
      contacts,
      seen,
      connections: view.mayReadSources ? await listConnections(tx) : [],
      interrupted:
        lastImport?.state === 'interrupted' && new Date(lastImport.startedAt) >= since ? lastImport.startedAt : null,
    }),
    setup: [
      { key: 'book', title: 'Import your contact book', done: contacts > 0, href: '/console/book' },
      {
        key: 'ask',
        title: 'Ask the gate about a message',
        done: seen > 0 || recent.some((row) => row.event === 'gate.asked'),
        href: '/console/ask',
      },
      { key: 'import', title: 'Send a mailbox through the gate', done: seen > 0, href: '/console/ledger' },
    ],
    recent: recent.map((row) => ({
      at: row.at,
      actor: row.actorName ?? row.actorKind,
      event: row.event,
      note: row.target ?? '',
      result: row.result,
    })),
  };
}

async function provenBlind(
  tx: WorkspaceTx,
  proofs: Proofs,
  asked: { key: string; since: Date; now: Date },
): Promise<number> {
  const known = proofs.get(asked.key);
  if (known !== undefined && asked.now.getTime() - known.at < PROOF_MS) return known.blind;
  const blind = await countBlind(tx, asked.since);
  proofs.set(asked.key, { at: asked.now.getTime(), blind });
  return blind;
}
