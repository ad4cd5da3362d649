// HTTP of tokens for applications: exchanging a code, refreshing, signing out, and what verifiers read.
import {
  CodeExchange,
  CodeQuery,
  LoggedOut,
  RefreshRequest,
  TokenPair,
  WorkspaceOption,
  WorkspacesRequest,
} from '@sentinel/contract';
import { z } from 'zod';
import { type Route, route } from '../../platform/http/route.ts';
import { parseId, type WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { exchangeCode, workspacesOfCode } from './exchange.ts';
import { keySetRoutes } from './key-set.routes.ts';
import { logOut } from './log-out.ts';
import { refreshPair } from './refresh.ts';

export type TokenRouteDeps = Pick<AccessDeps, 'db' | 'tokens' | 'standing' | 'admissions' | 'settings'>;

export function tokenRoutes(deps: TokenRouteDeps): readonly Route[] {
  return [
    ...keySetRoutes(deps),
    ...(deps.settings.workspacesByCodeAlone === false ? [] : [workspacesByCode(deps)]),
    workspaces(deps),
    exchange(deps),
    refresh(deps),
    signOut(deps),
  ];
}

/** As applications of the first SDK ask; a code alone, should it leak, tells names of workspaces. */
function workspacesByCode(deps: TokenRouteDeps): Route {
  return route({
    method: 'GET',
    path: '/auth/workspaces',
    summary: 'The workspaces that the person of a code may choose from',
    open: 'The code is the proof; it is checked by the handler and not used up.',
    unaudited: 'One reads about oneself, on the way in.',
    query: CodeQuery,
    answers: { 200: z.array(WorkspaceOption) },
    problems: ['code_invalid', 'not_found'],
    rate: 'token',
    cross: true,
    handle: ({ query, now }) => workspacesOfCode(deps, { code: query.code, verifier: null }, now),
  });
}

function workspaces(deps: TokenRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/auth/workspaces',
    summary: 'The workspaces that the person of a code may choose from, with the verifier',
    open: 'Code and verifier are the proof; they are checked by the handler and not used up.',
    unaudited: 'One reads about oneself, on the way in.',
    body: WorkspacesRequest,
    answers: { 200: z.array(WorkspaceOption) },
    problems: ['code_invalid', 'not_found'],
    rate: 'token',
    cross: true,
    handle: ({ body, now }) => workspacesOfCode(deps, { code: body.code, verifier: body.code_verifier }, now),
  });
}

function exchange(deps: TokenRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/auth/token',
    summary: 'Exchanges a code for tokens of one workspace',
    open: 'Code and verifier are the proof; the code is used up by the handler.',
    unaudited: 'The sign-in that the code came from is recorded in the activity log.',
    body: CodeExchange,
    answers: { 200: TokenPair },
    problems: ['code_invalid', 'not_found', 'not_a_member'],
    rate: 'token',
    cross: true,
    handle({ body, presented, now }) {
      const workspaceId = parseId<WorkspaceId>(body.workspace_id);
      if (workspaceId === null) throw problem('not_found', 'There is no such workspace.');
      const userAgent = presented.header('user-agent');
      return exchangeCode(deps, { code: body.code, verifier: body.code_verifier, workspaceId, userAgent }, now);
    },
  });
}

function refresh(deps: TokenRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/auth/refresh',
    summary: 'Exchanges a refresh token for the next pair',
    open: 'The refresh token is the proof; it is used up by the handler.',
    unaudited: 'Refreshing is no act of the person; a token that comes back is recorded in the activity log.',
    body: RefreshRequest,
    answers: { 200: TokenPair },
    problems: ['refresh_refused', 'cannot_decide'],
    rate: 'token',
    cross: true,
    handle: ({ body, now }) => refreshPair(deps, body.refresh_token, now),
  });
}

function signOut(deps: TokenRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/auth/logout',
    summary: 'Signs out of every application, on every device',
    admit: deps.admissions.user,
    unaudited: 'Recorded in the activity log.',
    answers: { 200: LoggedOut },
    problems: [],
    rate: 'write',
    cross: true,
    headers: { 'clear-site-data': '"cookies", "storage"' },
    async handle({ who, now, session }) {
      await logOut(deps, who, now);
      if (who.caller.sessionId !== null) session.end();
      return { ok: true as const };
    },
  });
}
