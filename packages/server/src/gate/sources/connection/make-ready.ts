// Makes a connection's credentials ready for use: opened, and renewed before they run out. What stands in the way is noted in
// the row; only what nobody else could mend calls for attention.
import type { AttentionReason, ConnectionState, Trouble } from '@sentinel/contract';
import { callForAttention } from './attention.ts';
import { type ConnectionRef, endsAt, type StoredConnection, usableUntil } from './connection.ts';
import { findConnection, markTrouble } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { type Credentials, openCredentials } from './credential-seal.ts';
import type { SourceProvider } from './providers/source-provider.ts';
import { renew } from './refresh.ts';

/** Why nothing could be asked. */
export type NoAccess =
  | { readonly kind: 'gone' }
  | { readonly kind: 'not_configured' }
  | { readonly kind: 'not_connected'; readonly state: ConnectionState; readonly reason: AttentionReason | null }
  /** For now: it mends by itself. */
  | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly retryAfterMs: number | null };

export interface Ready {
  readonly kind: 'ready';
  readonly row: StoredConnection;
  readonly provider: SourceProvider;
  readonly credentials: Credentials;
  /** Whether this very request renewed the token. */
  readonly refreshed: boolean;
}

interface Found {
  readonly kind: 'found';
  readonly row: StoredConnection;
  readonly provider: SourceProvider;
  readonly credentials: Credentials;
}

/** Credentials that may be used now. @param refused version of those that the provider just refused */
export async function makeReady(
  deps: ConnectionDeps,
  ref: ConnectionRef,
  refused: number | null,
): Promise<Ready | NoAccess> {
  let refreshed = false;
  for (;;) {
    const found = await look(deps, ref);
    if (found.kind !== 'found') return found;
    const { row, provider, credentials } = found;
    const until = usableUntil(row, provider.assumedLifeMs);
    const isUsable = row.version !== refused && (until === null || deps.clock.now() < until);
    if (isUsable || refreshed) return { ...found, kind: 'ready', refreshed };
    const { access, refresh } = credentials;
    if (refresh === null) {
      await callForAttention(deps, ref.workspaceId, row, 'revoked');
      continue;
    }
    const renewed = await renew(deps, { ref, row, provider, credentials: { access, refresh } });
    // A token endpoint that is down takes nothing from a token that has not ended.
    if (renewed.kind === 'trouble')
      return row.version !== refused && isLive(deps, found) ? { ...found, kind: 'ready', refreshed } : renewed;
    refreshed = renewed.refreshed;
  }
}

function isLive({ clock }: ConnectionDeps, { row, provider }: Found): boolean {
  const end = endsAt(row, provider.assumedLifeMs);
  return end === null || clock.now() < end;
}

async function look(deps: ConnectionDeps, ref: ConnectionRef): Promise<Found | NoAccess> {
  let before: StoredConnection | null = null;
  for (;;) {
    const row = await deps.db.workspace(ref.workspaceId, (tx) => findConnection(tx, ref.connectionId));
    if (row === null) return { kind: 'gone' };
    if (row.state !== 'connected') return { kind: 'not_connected', state: row.state, reason: row.reason };
    const provider = deps.providers.find(row.provider);
    if (provider === null) return { kind: 'not_configured' };
    const opened = openCredentials(deps.vault, ref, row.sealed);
    if (opened.kind === 'opened') return { kind: 'found', row, provider, credentials: opened.credentials };
    if (opened.kind === 'key_missing') return await withoutKey(deps, ref, row);
    if (before !== null && isSealedAlike(before, row)) return await unreadable(deps, ref, row);
    // Once more: a change of keys or a renewal may have replaced one of the two while they were read.
    before = row;
  }
}

const isSealedAlike = (one: StoredConnection, other: StoredConnection): boolean =>
  one.sealed.access === other.sealed.access && one.sealed.refresh === other.sealed.refresh;

/** It is this process that lacks something: others go on, and nobody has to connect anew. */
async function withoutKey(deps: ConnectionDeps, ref: ConnectionRef, row: StoredConnection): Promise<NoAccess> {
  deps.log.error('connection.key_missing', { workspaceId: ref.workspaceId, source: row.provider });
  await noteTrouble(deps, ref, 'key_missing');
  return { kind: 'trouble', trouble: 'key_missing', retryAfterMs: null };
}

async function unreadable(deps: ConnectionDeps, ref: ConnectionRef, row: StoredConnection): Promise<NoAccess> {
  await callForAttention(deps, ref.workspaceId, row, 'secret_unreadable');
  return { kind: 'not_connected', state: 'needs_attention', reason: 'secret_unreadable' };
}

export async function noteTrouble({ db, clock }: ConnectionDeps, ref: ConnectionRef, trouble: Trouble): Promise<void> {
  await db.workspace(ref.workspaceId, (tx) => markTrouble(tx, ref.connectionId, trouble, clock.now()));
}
