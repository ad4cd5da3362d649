// Says that a connection stopped working until somebody connects anew: state, event and audit row in one transaction, and
// only if the credentials are still those that were found dead.
import type { AttentionReason } from '@sentinel/contract';
import { openAuditEntry } from '../../../platform/audit/audit.ts';
import { emit } from '../../../platform/events/events.ts';
import type { WorkspaceId } from '../../../platform/ids.ts';
import type { StoredConnection } from './connection.ts';
import { markNeedsAttention } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';

const OURSELVES = { kind: 'system', id: null, name: 'connections' } as const;

/** @returns whether it is news; false when it was said before or the credentials have changed since */
export async function callForAttention(
  { db, clock, log }: Pick<ConnectionDeps, 'db' | 'clock' | 'log'>,
  workspaceId: WorkspaceId,
  { id, provider, version }: Pick<StoredConnection, 'id' | 'provider' | 'version'>,
  reason: AttentionReason,
): Promise<boolean> {
  const isNews = await db.workspace(workspaceId, async (tx) => {
    if (!(await markNeedsAttention(tx, { id, version }, reason))) return false;
    const payload = { connectionId: id, provider, reason };
    await emit(tx, { type: 'connection.needs_attention', payload }, clock.now().getTime());
    const entry = openAuditEntry('connection.needs_attention', OURSELVES, null, clock);
    await entry.record(tx, { target: `connection:${id}`, detail: { provider, reason } });
    return true;
  });
  if (isNews) log.warn('connection.needs_attention', { workspaceId, source: provider, reason });
  return isNews;
}
