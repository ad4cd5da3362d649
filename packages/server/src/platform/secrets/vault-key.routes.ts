// HTTP of the vault's master keys, for whoever runs the installation. The serving process itself changes them, so that the
// process that seals is the first to know; a rotation is driven in short steps, and anybody may go on with it.
import {
  RetiredVaultKey,
  RetireVaultKey,
  VaultKeyList,
  VaultKeyParams,
  VaultRotation,
  VaultRotationParams,
} from '@sentinel/contract';
import { type Admission, type Admitted, type Route, route } from '../http/route.ts';
import type { KeyOverview } from './key-overview.ts';
import type { KeyActor, Rotation } from './rotation.ts';
import type { RotationState } from './step-rotation.ts';

export interface VaultKeyRouteDeps {
  readonly rotation: Rotation;
  /** Proves the operator, or a platform administrator. */
  readonly admit: Admission<Admitted & KeyActor>;
}

export function vaultKeyRoutes(deps: VaultKeyRouteDeps): readonly Route[] {
  return [listRoute(deps), beginRoute(deps), stepRoute(deps), retireRoute(deps)];
}

const RECORDED = 'Recorded in the activity log.';

function listRoute({ rotation, admit }: VaultKeyRouteDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/vault-keys',
    summary: 'Lists the master keys by name, and what is still sealed with older ones',
    admit,
    unaudited: 'Names of keys and counts only.',
    answers: { 200: VaultKeyList },
    problems: [],
    rate: 'read',
    handle: async () => listOf(await rotation.list()),
  });
}

function beginRoute({ rotation, admit }: VaultKeyRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/vault-keys/rotations',
    summary: 'Begins to change the master key, or joins the change that is not finished',
    admit,
    unaudited: RECORDED,
    answers: { 201: VaultRotation },
    problems: ['key_file_unusable'],
    rate: 'sign-in',
    handle: async ({ who }) => rotationOf(await rotation.begin(who)),
  });
}

function stepRoute({ rotation, admit }: VaultKeyRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/vault-keys/rotations/:rotationId/steps',
    summary: 'Works on a change of the master key for about two seconds, and says how far it is',
    admit,
    unaudited: RECORDED,
    params: VaultRotationParams,
    answers: { 200: VaultRotation },
    problems: ['not_found', 'key_file_unusable'],
    rate: 'write',
    handle: async ({ who, params }) => rotationOf(await rotation.step(params.rotationId, who)),
  });
}

function retireRoute({ rotation, admit }: VaultKeyRouteDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/vault-keys/:keyId/retirement',
    summary: 'Takes an old master key away, after proving that nothing needs it',
    admit,
    unaudited: RECORDED,
    params: VaultKeyParams,
    body: RetireVaultKey,
    answers: { 200: RetiredVaultKey },
    problems: ['not_found', 'key_in_use', 'key_file_unusable'],
    rate: 'sign-in',
    handle: ({ who, params, body }) => rotation.retire(params.keyId, { actorId: who.actorId, now: body.now }),
  });
}

function listOf({ origin, keys, places, rotation }: KeyOverview): VaultKeyList {
  return {
    origin,
    keys: keys.map(({ keyId, state, sealingSince, stoppedAt, sealed }) => ({
      id: keyId,
      state,
      sealingSince: sealingSince?.toISOString() ?? null,
      stoppedAt: stoppedAt?.toISOString() ?? null,
      sealed,
    })),
    places: [...places],
    rotation: rotation === null ? null : rotationOf(rotation),
  };
}

function rotationOf({ rotation, waitingFor, places }: RotationState): VaultRotation {
  return {
    id: rotation.id,
    keyId: rotation.keyId,
    state: rotation.state,
    waitingFor: [...waitingFor],
    places: places.map(({ place, resealed, unreadable, done }) => ({ name: place, resealed, unreadable, done })),
    startedAt: rotation.startedAt.toISOString(),
    finishedAt: rotation.finishedAt?.toISOString() ?? null,
  };
}
