// Routes of platform administrators: proven by their cookie, written down in the activity log. Whatever is not a GET must
// carry a header that a form of another site cannot set.
import type { z } from 'zod';
import {
  type Admission,
  type Answers,
  type HandlerAnswer,
  type HandlerRequest,
  type Input,
  type Method,
  type RateClass,
  type Route,
  route,
  type RouteBase,
} from '../../platform/http/route.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { AdminWho } from '../identity/admissions.ts';

type Spec<Params, Query, Body extends z.ZodType | undefined, A extends Answers> = Omit<
  RouteBase<Params, Query, Body, A>,
  'rate'
> &
  Input<Body> & {
    /** Only where neither `read` (GET) nor `write` fits. */
    readonly rate?: RateClass;
    handle(request: HandlerRequest<Params, Query, Body, undefined, undefined, AdminWho>): Promise<HandlerAnswer<A>>;
  };

/**
 * Declares a route of platform administrators.
 *
 * @param spec as for `route`, without guard and audit: `who.person` is the administrator
 */
export function adminRoute<
  const A extends Answers,
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
>({ admissions }: Pick<AccessDeps, 'admissions'>, spec: Spec<Params, Query, Body, A>): Route {
  return route<A, Params, Query, Body, undefined, undefined, AdminWho>({
    ...spec,
    rate: spec.rate ?? (spec.method === 'GET' ? 'read' : 'write'),
    admit: meantBySender(admissions.admin, spec.method),
    unaudited: 'Recorded in the activity log.',
  });
}

/** The administrator's proof, and for changes the header that only our own pages and programs send. */
function meantBySender(admin: Admission<AdminWho>, method: Method): Admission<AdminWho> {
  if (method === 'GET') return admin;
  return {
    ...admin,
    async prove(presented, asked) {
      const who = await admin.prove(presented, asked);
      if ((presented.header('x-requested-with') ?? '').trim() === '')
        throw problem('cross_site', 'Send the header X-Requested-With with every change.');
      return who;
    },
  };
}
