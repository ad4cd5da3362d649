// HTTP of the signing keys, for whoever runs the installation: the operator on this machine, or a platform administrator.
import { SigningKeyChange, SigningKeyList } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import { type Admission, type Admitted, type Route, route } from '../../platform/http/route.ts';
import type { PersonId } from '../../platform/ids.ts';
import type { AccessDeps } from '../access-deps.ts';
import { isOperator } from '../identity/authenticate.ts';
import type { SigningKeyFacts } from './signing-keys.ts';

type Deps = Pick<AccessDeps, 'db' | 'operatorKey' | 'admissions' | 'signingKeys'>;

/** Whoever runs the installation. */
export interface Keeper extends Admitted {
  /** Null for the operator. */
  readonly actorId: PersonId | null;
}

export function signingKeyRoutes(deps: Deps): readonly Route[] {
  return [listRoute(deps), changeRoute(deps)];
}

/** Proves the operator, or a platform administrator: for what concerns the whole installation. */
export function keeper({ operatorKey, admissions }: Pick<AccessDeps, 'operatorKey' | 'admissions'>): Admission<Keeper> {
  return {
    name: 'OPERATOR/ADMIN',
    meaning: 'the operator key on this machine, or the proof of a platform administrator.',
    async prove(presented, asked) {
      if (isOperator(operatorKey, presented)) return { caller: null, via: 'key', rateKey: null, actorId: null };
      const { caller, via, rateKey, person } = await admissions.admin.prove(presented, asked);
      return { caller, via, rateKey, actorId: person.id };
    },
  };
}

function listRoute(deps: Deps): Route {
  return route({
    method: 'GET',
    path: '/v1/signing-keys',
    summary: 'Lists the keys that tokens are signed with, without their private part',
    admit: keeper(deps),
    unaudited: 'Everybody may read the public keys at /.well-known/jwks.json.',
    answers: { 200: SigningKeyList },
    problems: [],
    rate: 'read',
    handle: async ({ now }) => answerOf(await deps.signingKeys.list(now)),
  });
}

function changeRoute(deps: Deps): Route {
  return route({
    method: 'POST',
    path: '/v1/signing-keys',
    summary: 'Publishes the next signing key, or replaces all of them at once',
    admit: keeper(deps),
    unaudited: 'Recorded in the activity log.',
    body: SigningKeyChange,
    answers: { 201: SigningKeyList },
    problems: [],
    rate: 'sign-in',
    async handle({ who, body, now }) {
      await (body.change === 'withdraw' ? deps.signingKeys.withdraw(now) : deps.signingKeys.rotate(now));
      const action = body.change === 'withdraw' ? 'signing_keys_withdrawn' : 'signing_key_rotated';
      await deps.db.control((tx) =>
        recordActivity(
          tx,
          { action, actorId: who.actorId, targetType: 'system', targetId: 'signing_keys', workspaceId: null },
          now,
        ),
      );
      return answerOf(await deps.signingKeys.list(now));
    },
  });
}

function answerOf(keys: readonly SigningKeyFacts[]): SigningKeyList {
  return {
    keys: keys.map(({ kid, activeFrom, verifyUntil, state }) => ({
      kid,
      state,
      activeFrom: activeFrom.toISOString(),
      verifyUntil: verifyUntil?.toISOString() ?? null,
    })),
  };
}
