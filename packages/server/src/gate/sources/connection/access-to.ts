// The one way to ask a provider for an account's data: with a token that is good now. It is renewed before it runs out and
// once when it is refused; whatever keeps the connection from working is noted in its row, and told to whoever asked.
import type { AttentionReason, ConnectionState, Trouble } from '@sentinel/contract';
import type { z } from 'zod';
import { OutboundFailed } from '../../../platform/outbound/guarded-fetch.ts';
import type { LaneAnswer, RetryRule } from '../../../platform/outbound/lane.ts';
import { callForAttention } from './attention.ts';
import { type ConnectionRef, type StoredConnection, usableUntil } from './connection.ts';
import { findConnection, markAnswered, markTrouble } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { type Credentials, openCredentials } from './credential-seal.ts';
import type { SourceProvider } from './providers/source-provider.ts';
import { renew } from './refresh.ts';

/** A request for data. The token, the lane and what answers mean are added here and seen by nobody else. */
export interface DataRequest<T> {
  /** Below the account's address; begins with a slash and may have a query. */
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly answer: z.ZodType<T>;
  /** `safe` unless said: nothing we ask changes anything. */
  readonly retry?: RetryRule;
  /** A budget of the provider's lane; `requests` unless said. */
  readonly budget?: string;
  readonly cost?: number;
  readonly signal?: AbortSignal;
}

export interface ProviderAccess {
  /** @throws OutboundFailed as `Lane.ask` does; let it pass through `withAccess` */
  ask<T>(request: DataRequest<T>): Promise<LaneAnswer<T>>;
}

/** Why nothing could be asked. */
export type NoAccess =
  | { readonly kind: 'gone' }
  | { readonly kind: 'not_configured' }
  | { readonly kind: 'not_connected'; readonly state: ConnectionState; readonly reason: AttentionReason | null }
  /** For now: it mends by itself. */
  | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly retryAfterMs: number | null };

export type Answered<T> = Exclude<LaneAnswer<T>, { kind: 'unauthorised' }> | NoAccess;

interface Ready {
  readonly kind: 'ready';
  readonly row: StoredConnection;
  readonly provider: SourceProvider;
  readonly credentials: Credentials;
  /** Whether this very request renewed the token. */
  readonly refreshed: boolean;
}

const POLL_MS = 150;
/** Longer than a lease, so that one that was left behind is outwaited. */
const PATIENCE_MS = 70_000;
/** An answer is noted at most this often, so that reading does not write every time. */
const NOTE_MS = 60_000;

/**
 * Lets `call` ask with the connection's token.
 *
 * @param call is called again, once, when the provider refuses the token; it must not change anything
 */
export async function withAccess<T>(
  deps: ConnectionDeps,
  ref: ConnectionRef,
  call: (access: ProviderAccess) => Promise<LaneAnswer<T>>,
): Promise<Answered<T>> {
  const first = await makeReady(deps, ref, null);
  if (first.kind !== 'ready') return first;
  const answer = await attempt(deps, { ref, ready: first }, call);
  if (answer.kind !== 'unauthorised') return answer;
  // A token that was made for this very request is not made again: that would go on for ever.
  if (first.refreshed) return await refusedFresh(deps, ref, first);
  const second = await makeReady(deps, ref, first.row.version);
  if (second.kind !== 'ready') return second;
  const again = await attempt(deps, { ref, ready: second }, call);
  return again.kind === 'unauthorised' ? await refusedFresh(deps, ref, second) : again;
}

/** Credentials that may be used now. @param refused version of those that the provider just refused */
async function makeReady(deps: ConnectionDeps, ref: ConnectionRef, refused: number | null): Promise<Ready | NoAccess> {
  const patience = new Date(deps.clock.now().getTime() + PATIENCE_MS);
  let refreshed = false;
  for (;;) {
    const found = await look(deps, ref);
    if (found.kind !== 'found') return found;
    const { row, provider, credentials } = found;
    const until = usableUntil(row, provider.assumedLifeMs);
    const isUsable = row.version !== refused && (until === null || deps.clock.now() < until);
    if (isUsable || refreshed) return { kind: 'ready', row, provider, credentials, refreshed };
    const { access, refresh } = credentials;
    if (refresh === null) {
      await callForAttention(deps, ref.workspaceId, row, 'revoked');
      continue;
    }
    const renewed = await renew(deps, { ref, row, provider, credentials: { access, refresh } });
    if (renewed.kind === 'trouble') return renewed;
    if (renewed.kind === 'look_again') {
      refreshed = renewed.refreshed;
      continue;
    }
    if (deps.clock.now() >= patience) return { kind: 'trouble', trouble: 'unreachable', retryAfterMs: null };
    await deps.sleep(POLL_MS);
  }
}

async function look(
  deps: ConnectionDeps,
  ref: ConnectionRef,
): Promise<{ kind: 'found'; row: StoredConnection; provider: SourceProvider; credentials: Credentials } | NoAccess> {
  const row = await deps.db.workspace(ref.workspaceId, (tx) => findConnection(tx, ref.connectionId));
  if (row === null) return { kind: 'gone' };
  if (row.state !== 'connected') return { kind: 'not_connected', state: row.state, reason: row.reason };
  const provider = deps.providers.find(row.provider);
  if (provider === null) return { kind: 'not_configured' };
  const credentials = openCredentials(deps.vault, ref, row.sealed);
  if (credentials !== null) return { kind: 'found', row, provider, credentials };
  await callForAttention(deps, ref.workspaceId, row, 'secret_unreadable');
  return { kind: 'not_connected', state: 'needs_attention', reason: 'secret_unreadable' };
}

async function attempt<T>(
  deps: ConnectionDeps,
  { ref, ready }: { readonly ref: ConnectionRef; readonly ready: Ready },
  call: (access: ProviderAccess) => Promise<LaneAnswer<T>>,
): Promise<LaneAnswer<T> | NoAccess> {
  try {
    const answer = await call(accessOf(deps, ready));
    if (answer.kind !== 'unauthorised') await noteAnswer(deps, ref, ready.row);
    return answer;
  } catch (error) {
    if (!(error instanceof OutboundFailed) || OWN.has(error.reason)) throw error;
    const trouble = error.reason === 'limited' ? 'limited' : 'unreachable';
    // A full queue is our own haste, and says nothing about the provider.
    if (error.reason !== 'queue_full') await noteTrouble(deps, ref, trouble);
    return { kind: 'trouble', trouble, retryAfterMs: error.retryAfterMs };
  }
}

/** What is wrong with the one request, not with the connection. */
const OWN: ReadonlySet<OutboundFailed['reason']> = new Set(['aborted', 'too_large']);

function accessOf({ lanes }: ConnectionDeps, { row, provider, credentials }: Ready): ProviderAccess {
  const base = row.baseUrl ?? provider.dataOrigin;
  const lane = lanes.lane(row.id, provider.lane);
  return {
    ask: ({ path, headers = {}, body, retry = 'safe', budget = 'requests', ...request }) =>
      lane.ask({
        ...request,
        url: below(base, path),
        headers: { accept: 'application/json', ...headers, authorization: `Bearer ${credentials.access}` },
        body: body ?? null,
        dialect: provider.dialect,
        reach: provider.reach,
        retry,
        budget,
      }),
  };
}

/** A path that an answer brought must not lead the token elsewhere. */
function below(base: string, path: string): URL {
  const url = new URL(`${base}${path}`);
  if (!path.startsWith('/') || url.origin !== new URL(base).origin || !url.href.startsWith(`${base}/`))
    throw new Error('a path leads away from the account');
  return url;
}

async function noteAnswer({ db, clock }: ConnectionDeps, ref: ConnectionRef, row: StoredConnection): Promise<void> {
  const now = clock.now();
  const isRecent = row.checkedAt !== null && now.getTime() - row.checkedAt.getTime() < NOTE_MS;
  if (isRecent && row.trouble === null) return;
  await db.workspace(ref.workspaceId, (tx) => markAnswered(tx, row.id, now));
}

async function noteTrouble({ db, clock }: ConnectionDeps, ref: ConnectionRef, trouble: Trouble): Promise<void> {
  await db.workspace(ref.workspaceId, (tx) => markTrouble(tx, ref.connectionId, trouble, clock.now()));
}

/** A provider that gives a token and refuses it is not well; that is no reason to have anybody connect again. */
async function refusedFresh(deps: ConnectionDeps, ref: ConnectionRef, { row, credentials }: Ready): Promise<NoAccess> {
  if (credentials.refresh === null) {
    await callForAttention(deps, ref.workspaceId, row, 'revoked');
    return { kind: 'not_connected', state: 'needs_attention', reason: 'revoked' };
  }
  await noteTrouble(deps, ref, 'unreachable');
  return { kind: 'trouble', trouble: 'unreachable', retryAfterMs: null };
}
