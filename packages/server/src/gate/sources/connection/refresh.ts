// Renews the access token of a connection, by one process at a time: the lease stands in the row, no transaction is open
// while the provider is asked, and what it gave is committed before anybody uses it. A lost answer is remembered, so that
// the next refusal is told for what it is.
import type { Trouble } from '@sentinel/contract';
import { newRandomId } from '../../../platform/ids.ts';
import { errorFields } from '../../../platform/log.ts';
import { callForAttention } from './attention.ts';
import type { ConnectionRef, StoredConnection } from './connection.ts';
import { findConnection, markTrouble } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { type Credentials, sealCredentials } from './credential-seal.ts';
import { endLease, replaceCredentials, takeLease } from './credential.store.ts';
import type { Grant, SourceProvider } from './providers/source-provider.ts';
import { missingScopes } from './scopes.ts';
import { giveBack } from './give-back.ts';
import { askTokens, type TokenOutcome, type TokenRoad } from './token-endpoint.ts';

/** Longer than any exchange with a token endpoint, so that nobody else begins while one is under way. */
const LEASE_MS = 60_000;
/** Pauses between looks at a renewal of another process; the last stays. */
const LOOK_MS = [100, 200, 400, 800, 1_600];
/** Longer than a lease, so that one that was left behind is outwaited. */
const PATIENCE_MS = 70_000;

export interface Renewal {
  readonly ref: ConnectionRef;
  readonly row: StoredConnection;
  readonly provider: SourceProvider;
  readonly credentials: Credentials & { readonly refresh: string };
}

export type Renewed =
  /** Read the row again: it has new credentials, or somebody else changed it. */
  | { readonly kind: 'look_again'; readonly refreshed: boolean }
  | { readonly kind: 'trouble'; readonly trouble: Trouble; readonly retryAfterMs: number | null };

/** For now: nothing is known to be wrong with the connection. */
const LATER: Renewed = { kind: 'trouble', trouble: 'unreachable', retryAfterMs: null };

/** Renews the token, or waits until somebody has; one renewal for all of this process who ask. */
export async function renew(deps: ConnectionDeps, renewal: Renewal): Promise<Renewed> {
  const { row, ref } = renewal;
  const name = `${ref.workspaceId} ${row.id} ${row.version}`;
  return (await deps.renewals.join(name, () => renewOrWait(deps, renewal))) ?? LATER;
}

async function renewOrWait(deps: ConnectionDeps, renewal: Renewal): Promise<Renewed> {
  const { ref, row } = renewal;
  let waitedMs = 0;
  for (let look = 0; ; look += 1) {
    const renewed = await renewNow(deps, renewal);
    if (renewed.kind !== 'busy') return renewed;
    if (waitedMs >= PATIENCE_MS || deps.renewals.isStopping) return LATER;
    const pauseMs = LOOK_MS[Math.min(look, LOOK_MS.length - 1)] ?? PATIENCE_MS;
    await deps.sleep(pauseMs);
    waitedMs += pauseMs;
    const now = await deps.db.workspace(ref.workspaceId, (tx) => findConnection(tx, row.id));
    if (now?.version !== row.version || now.state !== 'connected') return { kind: 'look_again', refreshed: false };
  }
}

/** `busy`: somebody else is at it, or changed the row. */
async function renewNow(deps: ConnectionDeps, renewal: Renewal): Promise<Renewed | { readonly kind: 'busy' }> {
  const { ref, row } = renewal;
  const by = newRandomId<string>();
  const lease = await deps.db.workspace(ref.workspaceId, (tx) => takeLease(tx, row, { by, forMs: LEASE_MS }));
  if (lease === null) return { kind: 'busy' };
  const outcome = await askTokens(tokenRoad(deps, renewal), renewal.provider.refresh(renewal.credentials.refresh));
  if (outcome.kind === 'granted') return await keep(deps, renewal, outcome.grant);
  if (outcome.kind === 'revoked') return await bury(deps, renewal, { by, answerLost: lease.answerLost });
  return await wait(deps, renewal, { by, answerLost: lease.answerLost, outcome });
}

/** Tokens are asked for on a lane of their own: data answers and refreshes do not open each other's breaker. */
export function tokenRoad(
  { lanes }: Pick<ConnectionDeps, 'lanes'>,
  { ref, provider }: Pick<Renewal, 'ref' | 'provider'>,
): TokenRoad {
  return { provider, lane: lanes.lane(`${ref.connectionId}:tokens`, provider.lane) };
}

async function keep(deps: ConnectionDeps, renewal: Renewal, grant: Grant): Promise<Renewed> {
  const { ref, row, provider, credentials } = renewal;
  const now = deps.clock.now();
  const next = {
    sealed: sealCredentials(deps.vault, ref, {
      access: grant.access,
      refresh: grant.refresh ?? credentials.refresh,
    }),
    expiresAt: grant.livesMs === null ? null : new Date(now.getTime() + grant.livesMs),
    scopes: grant.scopes ?? row.scopes,
    baseUrl: grant.baseUrl ?? row.baseUrl,
  };
  const isWritten = await insist(deps, () =>
    deps.db.workspace(ref.workspaceId, (tx) => replaceCredentials(tx, row, next, now)),
  );
  if (!isWritten) {
    const still = await deps.db.workspace(ref.workspaceId, (tx) => findConnection(tx, row.id));
    if (still === null) await giveBackOrphans(deps, renewal, grant);
    return { kind: 'look_again', refreshed: false };
  }
  if (grant.scopes !== null && missingScopes(provider, grant.scopes).length > 0)
    await callForAttention(deps, ref.workspaceId, { ...row, version: row.version + 1 }, 'scopes_missing');
  return { kind: 'look_again', refreshed: true };
}

/** Disconnected meanwhile: what was just given out belongs to nobody. The lane it came on has ended with the connection. */
async function giveBackOrphans(deps: ConnectionDeps, renewal: Renewal, grant: Grant): Promise<void> {
  const { ref, row, credentials } = renewal;
  const holder = { workspaceId: ref.workspaceId, accountId: row.account.id };
  const orphans = { access: grant.access, refresh: grant.refresh ?? credentials.refresh };
  await giveBack(deps, tokenRoad(deps, renewal), holder, orphans);
  deps.lanes.forget(`${renewal.ref.connectionId}:tokens`);
}

/** New tokens exist nowhere else, so a database that stumbles is asked again before they are given up. */
async function insist<T>({ sleep, log }: Pick<ConnectionDeps, 'sleep' | 'log'>, write: () => Promise<T>): Promise<T> {
  for (const pauseMs of [100, 400, 1_600]) {
    try {
      return await write();
    } catch (error) {
      log.error('connection.credentials_unwritten', errorFields(error));
      await sleep(pauseMs);
    }
  }
  return await write();
}

async function bury(
  deps: ConnectionDeps,
  { ref, row, provider }: Renewal,
  { by, answerLost }: { readonly by: string; readonly answerLost: boolean },
): Promise<Renewed> {
  const reason = answerLost && provider.rotates ? 'refresh_lost' : 'revoked';
  await callForAttention(deps, ref.workspaceId, row, reason);
  await deps.db.workspace(ref.workspaceId, (tx) => endLease(tx, { id: row.id, by }, false));
  return { kind: 'look_again', refreshed: false };
}

async function wait(
  { db, clock }: ConnectionDeps,
  { ref, row }: Renewal,
  {
    by,
    answerLost,
    outcome,
  }: {
    readonly by: string;
    readonly answerLost: boolean;
    readonly outcome: Exclude<TokenOutcome, { kind: 'granted' | 'revoked' }>;
  },
): Promise<Renewed> {
  const isTransient = outcome.kind === 'transient';
  const unclear = isTransient ? { trouble: outcome.trouble, retryAfterMs: outcome.retryAfterMs } : null;
  const trouble: Trouble = outcome.kind === 'client_refused' ? 'client_refused' : (unclear?.trouble ?? 'unreachable');
  await db.workspace(ref.workspaceId, async (tx) => {
    // What was lost before stays lost until the provider has judged the token.
    await endLease(tx, { id: row.id, by }, answerLost || (isTransient && outcome.answerLost));
    await markTrouble(tx, row.id, trouble, clock.now());
  });
  return { kind: 'trouble', trouble, retryAfterMs: unclear?.retryAfterMs ?? null };
}
