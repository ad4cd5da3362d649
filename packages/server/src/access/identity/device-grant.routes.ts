// HTTP of signing in a program without a browser (RFC 8628): the program asks for codes and then for its tokens; the person
// who reads the short code in the terminal approves it in the console.
import {
  type Action,
  type AuditEvent,
  DEVICE_GRANT_TYPE,
  DeviceAsking,
  DeviceCodes,
  DeviceStart,
  type DeviceTokenError,
  DeviceTokenRefusal,
  DeviceTokenRequest,
  spellUserCode,
  TokenPair,
  UserCodeRequest,
} from '@sentinel/contract';
import { type Caller, type Route, route } from '../../platform/http/route.ts';
import type { PersonId, SessionId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import { DEVICE_GRANT_SECONDS, drawUserCode, POLL_SECONDS } from './device-grant.ts';
import { type Asking, insertGrant, markDecided, tryCode } from './device-grant.store.ts';
import { type DeviceExchangeDeps, exchangeGrant } from './device-exchange.ts';
import { mintToken } from './secret-token.ts';

type Deps = Pick<AccessDeps, 'links' | 'randomBytes'> & DeviceExchangeDeps;

export function deviceGrantRoutes(deps: Deps): readonly Route[] {
  return [
    startGrant(deps),
    deviceToken(deps),
    showGrant(deps),
    decide(deps, {
      name: 'approve',
      event: 'device.approved',
      summary: 'Signs the program of a short code in as oneself',
    }),
    decide(deps, { name: 'deny', event: 'device.denied', summary: 'Refuses the program of a short code' }),
  ];
}

function startGrant({ db, randomBytes, links }: Deps): Route {
  return route({
    method: 'POST',
    path: '/auth/device',
    summary: 'Starts the sign-in of a program without a browser',
    open: 'Nobody has signed in yet; what it answers is worth nothing until a person approves it.',
    unaudited: 'Whether it is approved is audited; until then nothing happened.',
    body: DeviceStart,
    answers: { 200: DeviceCodes },
    problems: [],
    rate: 'sign-in',
    async handle({ body, now }) {
      const secret = mintToken(randomBytes);
      let userCode = drawUserCode(randomBytes);
      const grant = () => ({ deviceHash: secret.hash, userCode, clientName: body.client_name });
      // A code that is taken is drawn anew; there are 25 billion of them.
      while (!(await db.control((tx) => insertGrant(tx, grant(), now)))) userCode = drawUserCode(randomBytes);
      const page = new URL('/console/device', links.base);
      const complete = new URL(page);
      complete.searchParams.set('user_code', spellUserCode(userCode));
      return {
        device_code: secret.token,
        user_code: spellUserCode(userCode),
        verification_uri: page.href,
        verification_uri_complete: complete.href,
        expires_in: DEVICE_GRANT_SECONDS,
        interval: POLL_SECONDS,
      };
    },
  });
}

const SENTENCES = {
  authorization_pending: 'Nobody has decided yet; ask again after the interval.',
  slow_down: 'That was too soon; from now on wait five seconds longer between two questions.',
  access_denied: 'The person refused, or may not enter the workspace any more.',
  expired_token: 'The code has run out; start again.',
  invalid_grant: 'This device code is used or unknown.',
  unsupported_grant_type: `grant_type must be ${DEVICE_GRANT_TYPE}.`,
} as const satisfies Record<DeviceTokenError, string>;

function refusal(error: DeviceTokenError): { status: 400; body: DeviceTokenRefusal } {
  return { status: 400, body: { error, error_description: SENTENCES[error], detail: SENTENCES[error] } };
}

function deviceToken(deps: Deps): Route {
  return route({
    method: 'POST',
    path: '/auth/device/token',
    summary: 'Answers a program whether its sign-in was approved, and its tokens when it was',
    open: 'The device code is the proof; it is checked by the handler.',
    unaudited: 'The approval was audited, with the person who gave it.',
    body: DeviceTokenRequest,
    answers: { 200: TokenPair, 400: DeviceTokenRefusal },
    problems: [],
    rate: 'token',
    async handle({ body, now }) {
      if (body.grant_type !== DEVICE_GRANT_TYPE) return refusal('unsupported_grant_type');
      const answer = await exchangeGrant(deps, body.device_code, now);
      return answer.kind === 'refused' ? refusal(answer.error) : { status: 200, body: answer.pair };
    },
  });
}

const MAY_APPROVE = 'session:approve' satisfies Action;

function showGrant(deps: Deps): Route {
  return route({
    method: 'POST',
    path: '/v1/device-grants/find',
    summary: 'Tells which program a short code is from',
    action: MAY_APPROVE,
    unaudited: 'Nothing changes; the decision that follows is audited.',
    body: UserCodeRequest,
    answers: { 200: DeviceAsking },
    problems: ['not_found', 'action_denied'],
    rate: 'sign-in',
    async handle({ caller, body, now }) {
      const asking = await askingOf(deps, { sessionId: approver(caller).sessionId, userCode: body.user_code }, now);
      return {
        user_code: spellUserCode(body.user_code),
        client_name: asking.clientName,
        created_at: asking.createdAt.toISOString(),
        expires_at: asking.expiresAt.toISOString(),
      };
    },
  });
}

interface Decision {
  readonly name: 'approve' | 'deny';
  readonly event: AuditEvent;
  readonly summary: string;
}

function decide(deps: Deps, { name, event, summary }: Decision): Route {
  return route({
    method: 'POST',
    path: `/v1/device-grants/${name}`,
    summary,
    action: MAY_APPROVE,
    audit: event,
    body: UserCodeRequest,
    answers: { 204: 'empty' },
    problems: ['not_found', 'action_denied'],
    rate: 'sign-in',
    async handle({ caller, body, now }) {
      const { personId, sessionId } = approver(caller);
      await askingOf(deps, { sessionId, userCode: body.user_code }, now);
      const approval = name === 'approve' ? { personId, workspaceId: caller.workspaceId } : null;
      const decided = await deps.db.control((tx) => markDecided(tx, body.user_code, { approval, now }));
      if (!decided) throw unknownCode();
    },
  });
}

/** A token must not beget a longer-lived one, so only a person in the console approves. */
function approver({ personId, sessionId }: Caller): { personId: PersonId; sessionId: SessionId } {
  if (personId === null || sessionId === null)
    throw problem('action_denied', 'Only a person signed in to the console may decide this.');
  return { personId, sessionId };
}

async function askingOf(
  { db }: Deps,
  code: { readonly sessionId: SessionId; readonly userCode: string },
  now: Date,
): Promise<Asking> {
  const found = await db.control((tx) => tryCode(tx, code, now));
  if (found === 'blocked') throw problem('rate_limited', 'Too many wrong codes. Sign out and in again to go on.');
  if (found === 'wrong') throw unknownCode();
  return found;
}

function unknownCode() {
  return problem('not_found', 'No program waits with this code. It may be mistyped, decided already, or have run out.');
}
