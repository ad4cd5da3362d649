// The proofs of the access contract, one per credential tier: a token of ours, a service's key, both, or an administrator's
// cookie. Each finds a `who`; whatever cannot be proven is refused here, before the request's body is read.
import { actionsOf, type WorkspaceRole } from '@sentinel/contract';
import { timingSafeEqual } from 'node:crypto';
import type { Admission, Admitted, Caller, Presented } from '../../platform/http/route.ts';
import type { FamilyId, PersonId, TokenId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { Apps, ServiceApp } from '../apps/apps.ts';
import type { PersonFacts, Standing } from '../standing/standing.ts';
import type { Tokens, Verified } from '../tokens/token.ts';

export interface AdmissionDeps {
  readonly tokens: Tokens;
  readonly standing: Standing;
  readonly apps: Apps;
  /** Proves a session cookie of our own console. */
  session(presented: Presented, now: Date): Promise<Caller | null>;
  /** Proves a platform administrator by such a cookie; see `sessionAdministrator`. Left out, none is proven. */
  administrator?(presented: Presented, now: Date): Promise<PersonId | null>;
  /** Told when somebody proven was refused; must not throw. */
  refused?(what: Refusal): Promise<void>;
}

/** Somebody who is known asked for what is not theirs. */
export interface Refusal {
  readonly tier: string;
  readonly code: 'action_denied' | 'not_a_member' | 'wrong_service';
  /** Null for a service. */
  readonly personId: PersonId | null;
  readonly workspaceId: WorkspaceId | null;
  readonly now: Date;
}

/** A person in a workspace; role and groups are those of this moment, not those in the token. */
export interface UserWho extends Admitted {
  readonly caller: Caller;
  readonly person: PersonFacts;
  readonly workspaceId: WorkspaceId;
  readonly role: WorkspaceRole;
  /** Null for a session cookie. */
  readonly token: {
    readonly kind: 'access' | 'authz';
    readonly jti: TokenId;
    readonly familyId: FamilyId | null;
  } | null;
  /** The service the token was presented to, when its key came along. */
  readonly service: ServiceApp | null;
}

export interface ServiceWho extends Admitted {
  readonly service: ServiceApp;
  /** Whether the key itself proved it; else only a browser's Origin did, which any program can claim. */
  readonly byKey: boolean;
}

export interface DualWho extends UserWho {
  readonly service: ServiceApp;
}

export interface AdminWho extends Admitted {
  readonly person: PersonFacts;
  /** Null where the session of the console proved it. */
  readonly jti: TokenId | null;
}

export interface Admissions {
  /** USER: an access token of ours, or the console's session. */
  readonly user: Admission<UserWho>;
  /** As USER, but not with the token of an application: for what only our own console and command line do. */
  readonly own: Admission<UserWho>;
  /** FLEX: as USER; or an authz token, with the service's key or in `X-Authz-Token`. */
  readonly flex: Admission<UserWho>;
  readonly key: Admission<ServiceWho>;
  readonly keyOrOrigin: Admission<ServiceWho>;
  /** DUAL: the service's key and a person's token. */
  readonly dual: Admission<DualWho>;
  readonly admin: Admission<AdminWho>;
}

export const ADMIN_COOKIE = 'admin_token';

export function createAdmissions(deps: AdmissionDeps): Admissions {
  return {
    user: {
      name: 'USER',
      meaning: 'an access token as Bearer, or the session of the console.',
      prove: (presented, { now }) => proveUser(deps, presented, { now, kinds: ['access'] }),
    },
    own: {
      name: 'OWN',
      meaning: 'the session of the console, or an access token of the command line as Bearer.',
      prove: (presented, { now }) => proveOwn(deps, presented, now),
    },
    flex: {
      name: 'FLEX',
      meaning: 'as USER, or an authz token: as Bearer beside the service key, or in X-Authz-Token.',
      prove: (presented, { now }) => proveFlex(deps, presented, now),
    },
    key: { name: 'KEY', meaning: 'the service key in X-Service-Key.', prove: (presented) => proveKey(deps, presented) },
    keyOrOrigin: {
      name: 'KEY/ORIGIN',
      meaning: 'the service key in X-Service-Key, or a page of an origin that the service registered.',
      prove: (presented) => proveKeyOrOrigin(deps, presented),
    },
    dual: {
      name: 'DUAL',
      meaning: 'the service key in X-Service-Key and an access or authz token as Bearer.',
      prove: (presented, { now }) => proveDual(deps, presented, now),
    },
    admin: {
      name: 'ADMIN',
      meaning:
        'the cookie of a platform administrator, or the session of the console of one who signed in within the last hour and without help of another member; changes need the header X-Requested-With.',
      prove: (presented, { now }) => proveAdmin(deps, presented, now),
    },
  };
}

const invalid = () => problem('token_invalid', 'The token is not valid here, has expired or was revoked.');
const missing = () => problem('token_missing', 'This needs a token.');

async function proveUser(
  deps: AdmissionDeps,
  presented: Presented,
  { now, kinds }: { now: Date; kinds: readonly ('access' | 'authz')[] },
): Promise<UserWho> {
  if (presented.bearer !== null) return userOf(deps, await verified(deps, kinds, presented.bearer), now);
  if (presented.cookie === null) throw missing();
  const caller = await deps.session(presented, now);
  if (caller === null || caller.personId === null) throw invalid();
  const person = await deps.standing.person(caller.personId);
  if (person === null || !person.active) throw invalid();
  return {
    caller,
    via: 'cookie',
    rateKey: null,
    person,
    workspaceId: caller.workspaceId,
    role: caller.role,
    token: null,
    service: null,
  };
}

async function proveOwn(deps: AdmissionDeps, presented: Presented, now: Date): Promise<UserWho> {
  const token = presented.bearer === null ? null : await deps.tokens.verify(['access'], presented.bearer);
  if (token?.client_id !== undefined)
    throw problem(
      'token_invalid',
      'The token of an application is not taken here; use the console or the command line.',
    );
  return proveUser(deps, presented, { now, kinds: ['access'] });
}

async function proveFlex(deps: AdmissionDeps, presented: Presented, now: Date): Promise<UserWho> {
  const key = presented.header('x-service-key');
  const authz = presented.header('x-authz-token');
  // Beside an authz token the Bearer slot carries the provider's own token, which proves nothing to us.
  if (key === null && authz !== null) return userOf(deps, await verified(deps, ['authz'], authz), now);
  const service = key === null ? null : await deps.apps.byKey(key);
  if (service === null) return proveUser(deps, presented, { now, kinds: ['access'] });
  const who = await proveUser(deps, presented, { now, kinds: ['access', 'authz'] });
  await assertServes(deps, presented, { service, who, now });
  return { ...who, service };
}

async function proveKey(deps: AdmissionDeps, presented: Presented): Promise<ServiceWho> {
  const key = presented.header('x-service-key');
  if (key === null) throw problem('token_missing', 'This needs the service key in X-Service-Key.');
  const service = await deps.apps.byKey(key);
  if (service === null) throw problem('token_invalid', 'The service key is not valid.');
  return { caller: null, via: 'key', rateKey: `service:${service.id}`, service, byKey: true };
}

async function proveKeyOrOrigin(deps: AdmissionDeps, presented: Presented): Promise<ServiceWho> {
  if (presented.header('x-service-key') !== null) return proveKey(deps, presented);
  const origin = presented.header('origin');
  const service = origin === null ? null : await deps.apps.byOrigin(origin);
  if (service === null) throw problem('token_missing', 'This needs the service key, or a registered origin.');
  // Counted by address: a stranger who sends somebody's Origin must not use up the limit of the service.
  return { caller: null, via: 'nobody', rateKey: null, service, byKey: false };
}

async function proveDual(deps: AdmissionDeps, presented: Presented, now: Date): Promise<DualWho> {
  const { service } = await proveKey(deps, presented);
  if (presented.bearer === null) throw missing();
  const who = await proveUser(deps, presented, { now, kinds: ['access', 'authz'] });
  await assertServes(deps, presented, { service, who, now });
  return { ...who, service, rateKey: `service:${service.id}` };
}

/** An authz token is good for the service it was minted for. @throws ProblemError `wrong_service` */
async function assertServes(
  deps: AdmissionDeps,
  presented: Presented,
  { service, who, now }: { readonly service: ServiceApp; readonly who: UserWho; readonly now: Date },
): Promise<void> {
  const token = presented.bearer === null ? null : await deps.tokens.verify(['access', 'authz'], presented.bearer);
  if (token?.kind !== 'authz' || sameText(token.svc, service.scope)) return;
  const { person, workspaceId } = who;
  await deps.refused?.({ tier: 'KEY', code: 'wrong_service', personId: person.id, workspaceId, now });
  throw problem('wrong_service', 'The token was minted for another service.');
}

async function proveAdmin(deps: AdmissionDeps, presented: Presented, now: Date): Promise<AdminWho> {
  const { personId, jti, issuedAt } = await administrator(deps, presented, now);
  const person = await deps.standing.person(personId);
  if (person === null || !person.active || !person.isAdmin) throw await notAdministrator(deps, personId, now);
  if (issuedAt !== null && isSignedOut(person, issuedAt)) throw invalid();
  return { caller: null, via: 'cookie', rateKey: `person:${person.id}`, person, jti };
}

/** Whose the cookie is. An administrator's own cookie counts before the session of the console. */
async function administrator(
  deps: AdmissionDeps,
  presented: Presented,
  now: Date,
): Promise<{ personId: PersonId; jti: TokenId | null; issuedAt: Date | null }> {
  const cookie = presented.cookieNamed(ADMIN_COOKIE);
  if (cookie !== null) {
    const token = await deps.tokens.verify(['admin'], cookie);
    if (token === null || (await deps.standing.isRevoked({ jti: token.jti, familyId: null }))) throw invalid();
    return { personId: token.sub, jti: token.jti, issuedAt: token.issuedAt };
  }
  if (presented.cookie === null) throw missing();
  const personId = (await deps.administrator?.(presented, now)) ?? null;
  if (personId === null)
    throw await notAdministrator(deps, (await deps.session(presented, now))?.personId ?? null, now);
  return { personId, jti: null, issuedAt: null };
}

/** A refusal of somebody who is known is noted; a session that proves nobody is none. */
async function notAdministrator(deps: AdmissionDeps, personId: PersonId | null, now: Date): Promise<Error> {
  if (personId !== null)
    await deps.refused?.({ tier: 'ADMIN', code: 'action_denied', personId, workspaceId: null, now });
  return problem('action_denied', 'This is for platform administrators, who signed in within the last hour.');
}

async function verified<Kind extends 'access' | 'authz'>(
  { tokens }: AdmissionDeps,
  kinds: readonly Kind[],
  text: string,
): Promise<Verified<Kind>> {
  const token = await tokens.verify(kinds, text);
  if (token === null) throw invalid();
  return token;
}

/** The person of a valid token, as they stand now. */
async function userOf(deps: AdmissionDeps, token: Verified<'access' | 'authz'>, now: Date): Promise<UserWho> {
  const { standing } = deps;
  const familyId = token.kind === 'access' ? token.fid : null;
  if (await standing.isRevoked({ jti: token.jti, familyId })) throw invalid();
  const person = await standing.person(token.sub);
  if (person === null || !person.active || isSignedOut(person, token.issuedAt, familyId)) throw invalid();
  const membership = await standing.membership(token.wid, token.sub);
  if (membership === null) {
    await deps.refused?.({ tier: 'USER', code: 'not_a_member', personId: person.id, workspaceId: token.wid, now });
    throw problem('not_a_member', 'This person is not a member of the workspace any more.');
  }
  return {
    caller: callerOf(person, token.wid, membership.role),
    via: 'key',
    rateKey: `person:${person.id}`,
    person,
    workspaceId: token.wid,
    role: membership.role,
    token: { kind: token.kind, jti: token.jti, familyId },
    service: null,
  };
}

/**
 * Tokens tell their time in whole seconds, so one of the second of the sign-out may be from before it. Without a family it
 * is refused; one with a family is not, because every sign-out ends the families there were.
 */
export function isSignedOut({ signedOutAt }: PersonFacts, issuedAt: Date, familyId: FamilyId | null = null): boolean {
  if (signedOutAt === null) return false;
  const fromMs = signedOutAt.getTime();
  return issuedAt.getTime() < (familyId === null ? fromMs : fromMs - (fromMs % 1000));
}

function callerOf(person: PersonFacts, workspaceId: WorkspaceId, role: WorkspaceRole): Caller {
  const personId: PersonId = person.id;
  return {
    actor: { kind: 'person', id: personId, name: person.name },
    personId,
    workspaceId,
    role,
    actions: new Set(actionsOf(role)),
    sessionId: null,
    via: 'key',
  };
}

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
