// The one way to ask a provider for an account's data: with a token that is good now. It is renewed before it runs out and
// once when it is refused; whatever keeps the connection from working is noted in its row, and told to whoever asked.
import type { z } from 'zod';
import { OutboundFailed } from '../../../platform/outbound/guarded-fetch.ts';
import type { LaneAnswer, RetryRule } from '../../../platform/outbound/lane.ts';
import { callForAttention } from './attention.ts';
import type { ConnectionRef, StoredConnection } from './connection.ts';
import { markAnswered } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { makeReady, type NoAccess, noteTrouble, type Ready } from './make-ready.ts';
import type { SourceProvider } from './providers/source-provider.ts';

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

export type Answered<T> = Exclude<LaneAnswer<T>, { kind: 'unauthorised' }> | NoAccess;

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
  const base = baseOf(row, provider);
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

/** The row's address is not sealed: whoever can write there, but has no key, must not be sent the token. */
function baseOf({ baseUrl }: StoredConnection, { dataOrigin, isOwnBase }: SourceProvider): string {
  if (baseUrl === null) return dataOrigin;
  if (isOwnBase?.(baseUrl) !== true) throw new Error('the address of the account is not the provider’s');
  return baseUrl;
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

/** A provider that gives a token and refuses it is not well; that is no reason to have anybody connect again. */
async function refusedFresh(deps: ConnectionDeps, ref: ConnectionRef, { row, credentials }: Ready): Promise<NoAccess> {
  if (credentials.refresh === null) {
    await callForAttention(deps, ref.workspaceId, row, 'revoked');
    return { kind: 'not_connected', state: 'needs_attention', reason: 'revoked' };
  }
  await noteTrouble(deps, ref, 'unreachable');
  return { kind: 'trouble', trouble: 'unreachable', retryAfterMs: null };
}
