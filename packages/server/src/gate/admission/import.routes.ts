// Imports over HTTP: a file streamed through the gate, and the list of imports with their counts.
import {
  ImportResult,
  ImportList,
  ImportListQuery,
  ImportQuery,
  type MailFormat,
  type SourceKind,
} from '@sentinel/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/database.ts';
import { type ImportId, newId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { type Route, route } from '../../platform/http/route.ts';
import { MAIL_CONTENT_TYPES } from '../sources/content-types.ts';
import { readMail } from '../sources/mail-file.ts';
import type { GateMetrics } from './gate-metrics.ts';
import { importMail } from './import.ts';
import { listImports } from './import.store.ts';
import { mailboxesOf, type MemberAddresses } from './self.ts';

interface ImportDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly members: MemberAddresses;
  readonly assertPrivateLog: () => Promise<void>;
  readonly metrics: GateMetrics;
  readonly log: Logger;
}

export function importRoutes(deps: ImportDependencies): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/v1/gate/imports',
      summary: 'Send a mail file through the gate and keep what may be kept',
      action: 'gate:import',
      audit: 'gate.imported',
      query: ImportQuery,
      stream: MAIL_CONTENT_TYPES,
      answers: { 200: ImportResult },
      problems: ['cannot_decide', 'no_self_identity', 'not_set_up', 'file_invalid', 'revision_conflict'],
      rate: 'upload',
      handle: async ({ caller, query, stream, entry }) => {
        await deps.assertPrivateLog();
        const members = await deps.members(caller.workspaceId);
        return await importMail(
          {
            db: deps.db,
            workspaceId: caller.workspaceId,
            ours: { mailboxes: mailboxesOf(query.mailbox), members },
            clock: deps.clock,
            metrics: deps.metrics,
            log: deps.log,
            entry,
          },
          {
            key: query.key ?? newId<ImportId>(),
            source: query.source ?? sourceOf(query.format),
            again: query.again,
            startsAt: query.from,
            read: () =>
              readMail(stream, {
                format: query.format,
                startAt: query.from,
                ...(query.source === undefined ? {} : { source: query.source }),
              }),
          },
        );
      },
    }),
    route({
      method: 'GET',
      path: '/v1/gate/imports',
      summary: 'List imports, newest first',
      action: 'ledger:read',
      unaudited: 'Counts only',
      query: ImportListQuery,
      answers: { 200: ImportList },
      problems: [],
      rate: 'read',
      handle: async ({ caller, query, now }) => ({
        items: await deps.db.workspace(caller.workspaceId, (tx) =>
          listImports(tx, { limit: query.limit, key: query.key ?? null }, now),
        ),
        next: null,
      }),
    }),
  ];
}

/** The source an upload is counted under; what the file really is may only be known while reading it. */
function sourceOf(format: MailFormat): SourceKind {
  return format === 'auto' ? 'mbox' : format;
}
