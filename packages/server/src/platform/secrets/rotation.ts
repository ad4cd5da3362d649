// The master keys as people and jobs see them: which there are, the next one, and taking an old one away.
import type { Check } from '@sentinel/contract';
import { beginRotation } from './begin-rotation.ts';
import { checkKeys, type Counted } from './key-check.ts';
import { listKeys, type KeyOverview } from './key-overview.ts';
import { retireKey, type Retirement } from './retire-key.ts';
import type { KeyActor, RotationDeps } from './rotation-deps.ts';
import { findOpenRotation } from './rotation.store.ts';
import { type RotationState, stateOf, stepRotation } from './step-rotation.ts';

export type { KeyActor, RotationDeps } from './rotation-deps.ts';

/** A person waits for an answer; a longer step would only hide how far it is. */
const STEP_MS = 2_000;
const JOB_MS = 60_000;

export interface Rotation {
  /** Which keys there are and what is sealed with them. Reads every place. */
  list(): Promise<KeyOverview>;
  /** Begins a rotation, or joins the one that is not finished. @returns its id and how far it is */
  begin(by: KeyActor): Promise<RotationState>;
  /** Works on it for about two seconds. Call it until the state is `done`. @throws problem `not_found` */
  step(id: string, by: KeyActor): Promise<RotationState>;
  /** Takes a key away that nothing needs. @throws problem `key_in_use` with what still needs it */
  retire(keyId: string, how: KeyActor & { readonly now: boolean }): Promise<Retirement>;
  /** Goes on with a rotation that was left unfinished, for about a minute. For a job. */
  resume(): Promise<void>;
  /** What `doctor` and the console say about the keys, from what `list` or a rotation counted last. Reads no place. */
  check(): Promise<Check>;
}

export function createRotation(deps: RotationDeps): Rotation {
  let last: Promise<unknown> = Promise.resolve();
  let counted: Counted | null = null;
  /** One after the other: two steps at once would only get into each other's way. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };
  const step = (id: string, by: KeyActor, budgetMs: number): Promise<RotationState> =>
    inTurn(() => stepRotation(deps, id, { by, budgetMs }));
  return {
    list: async () => {
      const at = deps.clock.now();
      const overview = await listKeys(deps);
      counted = { at, overview };
      return overview;
    },
    begin: (by) => inTurn(async () => stateOf(deps, await beginRotation(deps, by))),
    step: (id, by) => step(id, by, STEP_MS),
    retire: (keyId, how) => inTurn(() => retireKey(deps, keyId, how)),
    async resume() {
      const until = performance.now() + JOB_MS;
      while (performance.now() < until) {
        const open = await deps.db.control(findOpenRotation);
        if (open === null) return;
        const { rotation, waitingFor } = await step(open.id, { actorId: null }, STEP_MS);
        if (rotation.finishedAt !== null || waitingFor.length > 0) return;
      }
    },
    check: () => checkKeys(deps, counted),
  };
}
