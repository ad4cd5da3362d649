// Connections over HTTP: what is connected, connecting, and what a person can do with one. The return from a provider is a
// page of its own: a browser comes from another site, so its proof is the state and not the console's session cookie.
import {
  AuthorizeConnection,
  ConnectCallbackParams,
  ConnectCallbackQuery,
  Connection,
  ConnectionAuthorization,
  ConnectionList,
  ConnectionParams,
  Disconnected,
  DisconnectQuery,
} from '@sentinel/contract';
import { type Caller, type Route, route } from '../../../platform/http/route.ts';
import { type ConnectionId, parseId } from '../../../platform/ids.ts';
import { problem } from '../../../platform/problem.ts';
import { beginConnecting, finishConnecting } from './connect.ts';
import { stateCookieName, STATE_LIFETIME_MS } from './connect-state.ts';
import type { ConnectionRef } from './connection.ts';
import type { ConnectionDeps } from './connection-deps.ts';
import type { Connections } from './connections.ts';
import { disconnect } from './disconnect.ts';

export interface ConnectionRouteDeps extends ConnectionDeps {
  readonly connections: Connections;
}

export function connectionRoutes(deps: ConnectionRouteDeps): readonly Route[] {
  return [
    list(deps),
    authorize(deps),
    callback(deps),
    check(deps),
    setPaused(deps, 'pause'),
    setPaused(deps, 'resume'),
    remove(deps),
  ];
}

function list({ connections }: ConnectionRouteDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/connections',
    summary: 'List connected accounts, and what can be connected',
    action: 'sources:read',
    unaudited: 'Reading changes nothing',
    answers: { 200: ConnectionList },
    problems: [],
    rate: 'read',
    handle: ({ caller }) => connections.list(caller.workspaceId),
  });
}

function authorize(deps: ConnectionRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/connections/authorize',
    summary: 'Begin to connect an account; the browser that asks is the one that must go and come back',
    action: 'sources:manage',
    audit: 'connection.started',
    body: AuthorizeConnection,
    answers: { 200: ConnectionAuthorization },
    problems: ['action_denied', 'not_configured'],
    rate: 'write',
    async handle({ caller, body, cookies, entry, now }) {
      const { answer, cookie } = beginConnecting(deps, caller, body.provider, now);
      await deps.db.workspace(caller.workspaceId, (tx) => entry.record(tx, { detail: { provider: body.provider } }));
      const name = cookieName(deps, body.provider);
      // Lax: it must come along when the provider sends the browser back.
      cookies.set(name, cookie, { maxAgeSeconds: STATE_LIFETIME_MS / 1000, sameSite: 'lax' });
      return answer;
    },
  });
}

function callback(deps: ConnectionRouteDeps): Route {
  return route({
    method: 'GET',
    path: '/connect/callback/:provider',
    summary: 'Take a browser back from a provider, and send it on to the Sources page',
    open: 'The signed cookie, the state and the session they name are the proof; the handler checks them.',
    unaudited: 'The handler records connection.added or connection.refused in the workspace it began in.',
    errors: 'page',
    params: ConnectCallbackParams,
    query: ConnectCallbackQuery,
    answers: { 303: 'redirect' },
    problems: ['connection_state_invalid'],
    rate: 'sign-in',
    async handle({ params, query, presented, cookies, requestId, now }) {
      const { provider } = params;
      const name = cookieName(deps, provider);
      const cookie = presented.cookieNamed(name);
      const outcome = await finishConnecting(deps, { provider, cookie, query, requestId, now });
      cookies.clear(name);
      const said = outcome.kind === 'connected' ? { connected: outcome.id } : { refused: outcome.code };
      return { location: `/console/sources?${new URLSearchParams(said).toString()}` };
    },
  });
}

function check({ connections, db }: ConnectionRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/connections/:connectionId/check',
    summary: 'Try a connection out; the answer says how it stands afterwards',
    action: 'sources:manage',
    audit: 'connection.checked',
    params: ConnectionParams,
    answers: { 200: Connection },
    problems: ['not_found', 'not_connected', 'not_configured'],
    rate: 'write',
    async handle({ caller, params, entry }) {
      const checked = await connections.check(refOf(caller, params.connectionId));
      const { id, provider, state, reason, trouble } = checked;
      const detail = { provider, state, reason: reason ?? trouble?.kind ?? null };
      await db.workspace(caller.workspaceId, (tx) => entry.record(tx, { target: `connection:${id}`, detail }));
      return checked;
    },
  });
}

function setPaused({ connections }: ConnectionRouteDeps, what: 'pause' | 'resume'): Route {
  const paused = what === 'pause';
  return route({
    method: 'POST',
    path: `/v1/connections/:connectionId/${what}`,
    summary: paused ? 'Ask nothing more of a connection until it is resumed' : 'Take a paused connection up again',
    action: 'sources:manage',
    audit: paused ? 'connection.paused' : 'connection.resumed',
    params: ConnectionParams,
    answers: { 200: Connection },
    problems: ['not_found', 'not_connected'],
    rate: 'write',
    handle: ({ caller, params, entry }) => connections.setPaused(refOf(caller, params.connectionId), paused, entry),
  });
}

function remove(deps: ConnectionRouteDeps): Route {
  return route({
    method: 'DELETE',
    path: '/v1/connections/:connectionId',
    summary: 'Disconnect an account: give its credentials back and remove them, with what it brought if so asked',
    action: 'sources:manage',
    audit: 'connection.removed',
    params: ConnectionParams,
    query: DisconnectQuery,
    answers: { 200: Disconnected },
    problems: ['not_found', 'revision_conflict'],
    rate: 'write',
    handle: ({ caller, params, query, entry }) =>
      disconnect(deps, { ref: refOf(caller, params.connectionId), data: query.data, entry }),
  });
}

function cookieName({ publicUrl }: ConnectionRouteDeps, provider: Connection['provider']): string {
  return stateCookieName(publicUrl.protocol === 'https:', provider);
}

function refOf({ workspaceId }: Caller, id: string): ConnectionRef {
  const connectionId = parseId<ConnectionId>(id);
  if (connectionId === null) throw problem('not_found', 'There is no such connection.');
  return { workspaceId, connectionId };
}
