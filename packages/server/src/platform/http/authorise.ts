// Whether a caller may use a route. Pure; the answer is no unless something makes it a yes.
import type { Caller, Presented, Route } from './route.ts';

export type Answer = 'allowed' | 'token_missing' | 'token_invalid' | 'action_denied';

/**
 * Decides about one request.
 *
 * @param caller whoever the credentials proved, or null
 */
export function authorise(route: Pick<Route, 'action' | 'open'>, caller: Caller | null, presented: Presented): Answer {
  if (route.action === null) return route.open === null ? 'action_denied' : 'allowed';
  if (caller === null) return presentsNothing(presented) ? 'token_missing' : 'token_invalid';
  return caller.actions.has(route.action) ? 'allowed' : 'action_denied';
}

export function presentsNothing(presented: Presented): boolean {
  return presented.cookie === null && presented.bearer === null;
}
