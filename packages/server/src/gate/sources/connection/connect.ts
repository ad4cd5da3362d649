// Connecting an account: sending a person to the provider, and taking the browser back. Whatever comes back is believed only
// when the cookie of this browser, the state, a live session of the same person and the time agree; a state counts once.
import type { ConnectionAuthorization, ConnectionProvider } from '@sentinel/contract';
import { openAuditEntry } from '../../../platform/audit/audit.ts';
import type { Caller } from '../../../platform/http/route.ts';
import type { ConnectionId } from '../../../platform/ids.ts';
import { problem } from '../../../platform/problem.ts';
import {
  type IssuedState,
  judgeState,
  nonceHash,
  readJourney,
  startJourney,
  STATE_LIFETIME_MS,
} from './connect-state.ts';
import { spendState } from './connection.store.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import { giveBack } from './give-back.ts';
import { databaseTime } from './grant-holder.store.ts';
import { obtain } from './obtain.ts';
import type { SourceProvider } from './providers/source-provider.ts';
import { storeAccount } from './store-account.ts';

/** Why nothing was connected, as the Sources page is told. Whatever was granted has been given back. */
export type ConnectRefusal =
  | 'denied'
  | 'not_allowed'
  | 'scopes_missing'
  | 'client_refused'
  | 'provider_unreachable'
  | 'connection_refused';

export type ConnectOutcome =
  | { readonly kind: 'connected'; readonly id: ConnectionId }
  | { readonly kind: 'refused'; readonly code: ConnectRefusal; readonly missing: readonly string[] };

/** What a browser came back with. */
export interface Return {
  readonly provider: ConnectionProvider;
  readonly cookie: string | null;
  readonly query: {
    readonly code?: string | undefined;
    readonly state?: string | undefined;
    readonly error?: string | undefined;
  };
  readonly requestId: string;
  readonly now: Date;
}

/** Where a provider sends people back to. */
export function callbackUri(publicUrl: URL, provider: ConnectionProvider): string {
  return `${publicUrl.origin}/connect/callback/${provider}`;
}

/**
 * Begins a journey.
 *
 * @returns the answer for the browser, and what its cookie holds until it comes back
 * @throws ProblemError `not_configured`, or `action_denied` for a caller without a session of the console
 */
export function beginConnecting(
  { vault, providers, randomBytes, publicUrl }: ConnectionDeps,
  caller: Caller,
  name: ConnectionProvider,
  now: Date,
): { readonly answer: ConnectionAuthorization; readonly cookie: string } {
  const { personId, sessionId, workspaceId } = caller;
  if (personId === null || sessionId === null)
    throw problem('action_denied', 'Connecting needs a person signed in to the console: open the Sources page.');
  const provider = configured(providers, name);
  const journey = { person: personId, workspace: workspaceId, session: sessionId, provider: name };
  const { state, challenge, cookie } = startJourney(vault, randomBytes(32), journey, now);
  const location = provider.authorizationUrl({ state, challenge, redirectUri: callbackUri(publicUrl, name) });
  const expiresAt = new Date(now.getTime() + STATE_LIFETIME_MS).toISOString();
  return { answer: { location: location.href, expiresAt }, cookie };
}

/** @throws ProblemError `not_configured` */
export function configured(providers: ConnectionDeps['providers'], name: ConnectionProvider): SourceProvider {
  const provider = providers.find(name);
  if (provider === null)
    throw problem('not_configured', `Not set in this installation: ${providers.missing(name).join(', ')}.`);
  return provider;
}

/**
 * Takes a browser back. What becomes of it is in the audit log of the workspace it began in.
 *
 * @throws ProblemError `connection_state_invalid` when it was not begun by this person in this browser, or is over
 */
export async function finishConnecting(deps: ConnectionDeps, came: Return): Promise<ConnectOutcome> {
  const { issued, caller } = await prove(deps, came);
  const outcome = await complete(deps, { came, issued, caller });
  if (outcome.kind === 'refused') await recordRefusal(deps, { came, caller }, outcome);
  return outcome;
}

async function prove(
  { db, vault, findSession }: ConnectionDeps,
  { cookie, provider, query, now }: Return,
): Promise<{ readonly issued: IssuedState; readonly caller: Caller }> {
  const issued = cookie === null ? null : readJourney(vault, cookie);
  if (issued === null) throw notOurs();
  // The console's own cookie stays at home when another site sends the browser, so the session is asked for by its id.
  const caller = await findSession(issued.session, now);
  const callback = {
    state: query.state ?? null,
    person: caller?.personId ?? null,
    workspace: caller?.workspaceId ?? null,
    provider,
  };
  const since = {
    ageSeconds: (now.getTime() - issued.issuedAtMs) / 1000,
    maxAgeSeconds: STATE_LIFETIME_MS / 1000,
    usedBefore: false,
  };
  if (!judgeState(issued, callback, since).accept || caller === null) throw notOurs();
  const spent = { nonceHash: nonceHash(issued.state), until: new Date(issued.issuedAtMs + STATE_LIFETIME_MS) };
  const usedBefore = !(await db.workspace(issued.workspace, (tx) => spendState(tx, spent, now)));
  if (!judgeState(issued, callback, { ...since, usedBefore }).accept) throw notOurs();
  return { issued, caller };
}

const notOurs = (): Error =>
  problem(
    'connection_state_invalid',
    'This was not started in this browser by whoever is signed in, was used already, or took too long.',
  );

interface Arrived {
  readonly came: Return;
  readonly issued: IssuedState;
  readonly caller: Caller;
}

async function complete(deps: ConnectionDeps, { came, issued, caller }: Arrived): Promise<ConnectOutcome> {
  const { query, provider: name } = came;
  if (!caller.actions.has('sources:manage')) return refuse('not_allowed');
  if (query.error !== undefined) return refuse(AT_FAULT.has(query.error) ? 'provider_unreachable' : 'denied');
  const provider = deps.providers.find(name);
  if (query.code === undefined || provider === null) return refuse('connection_refused');
  const redirectUri = callbackUri(deps.publicUrl, name);
  const road = { provider, lane: deps.lanes.lane(`connect:${caller.workspaceId}:${name}`, provider.lane) };
  const order = { code: query.code, verifier: issued.verifier, redirectUri };
  const { workspaceId } = caller;
  const since = await deps.db.control(databaseTime);
  const obtained = await obtain(road, order, (grant) =>
    giveBack(deps, road, { workspaceId, accountId: grant.account?.id ?? null }, grant),
  );
  if (obtained.kind === 'refused') return obtained;
  // Asking the provider takes a while, in which somebody may have signed out or lost the right to connect.
  if (!(await mayStill(deps, issued))) {
    await giveBack(deps, road, { workspaceId, accountId: obtained.account.id }, obtained.grant);
    return refuse('not_allowed');
  }
  const id = await storeAccount(deps, { caller, road, requestId: came.requestId, since, ...obtained });
  return id === null ? refuse('provider_unreachable') : { kind: 'connected', id };
}

async function mayStill({ findSession, clock }: ConnectionDeps, issued: IssuedState): Promise<boolean> {
  const caller = await findSession(issued.session, clock.now());
  const isSame = caller?.personId === issued.person && caller.workspaceId === issued.workspace;
  return isSame && caller.actions.has('sources:manage');
}

/** RFC 6749 §4.1.2.1: the provider's trouble, not a person's no. */
const AT_FAULT: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

function refuse(code: ConnectRefusal): ConnectOutcome {
  return { kind: 'refused', code, missing: [] };
}

async function recordRefusal(
  { db, clock }: ConnectionDeps,
  { came, caller }: Pick<Arrived, 'came' | 'caller'>,
  { code, missing }: Extract<ConnectOutcome, { kind: 'refused' }>,
): Promise<void> {
  const entry = openAuditEntry('connection.refused', caller.actor, came.requestId, clock);
  const detail = { provider: came.provider, reason: code, missing: [...missing] };
  await db.workspace(caller.workspaceId, (tx) => entry.record(tx, { result: 'failed', detail }));
}
