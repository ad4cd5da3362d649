// Acting in a workspace as administrator of the installation: with an owner's power, and with this contract's status codes.
import type { ProblemCode } from '@sentinel/contract';
import { ProblemError, problem } from '../../platform/problem.ts';
import type { AdminWho } from '../identity/admissions.ts';
import type { Act } from '../workspaces/act.ts';
import { actOf } from './admin-change.ts';

export function platformAct(request: { readonly who: AdminWho; readonly now: Date }): Act {
  return { ...actOf(request), power: 'platform' };
}

/** Runs work whose problems of these codes are a 400 here. */
export async function asBadRequest<T>(codes: readonly ProblemCode[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError && codes.includes(error.code))
      throw problem('bad_request', error.message, { cause: error });
    throw error;
  }
}
