// Wires problems to the server: every error and every unknown address is answered as an RFC 9457 document.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorFields, type Logger } from '../log.ts';
import { problem, type ProblemError } from '../problem.ts';
import { PROBLEM_CONTENT_TYPE, problemDocument, problemOf } from './answer-problem.ts';
import { methodsAt } from './methods-at.ts';
import { routeOf } from './observe.ts';
import type { Route } from './route.ts';

export interface ErrorDeps {
  readonly routes: readonly Route[];
  readonly log: Logger;
  readonly publicUrl: URL;
}

export function registerErrors(app: FastifyInstance, { routes, log, publicUrl }: ErrorDeps): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = problemOf(error);
    if (answer.code === 'internal')
      log.error('http.fault', {
        requestId: request.id,
        method: request.method,
        route: routeOf(request),
        ...errorFields(error),
      });
    return answerProblem(answer, request, reply, publicUrl);
  });
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsAt(routes, request.url);
    if (methods.length === 0)
      return answerProblem(problem('not_found', 'Nothing is served at this address.'), request, reply, publicUrl);
    reply.header('allow', methods.join(', '));
    return answerProblem(problem('method_not_allowed', `Use ${methods.join(' or ')}.`), request, reply, publicUrl);
  });
}

/** Sends one problem. Also used where fastify fails before any handler of ours. */
export function answerProblem(
  answer: ProblemError,
  request: FastifyRequest,
  reply: FastifyReply,
  publicUrl: URL,
): FastifyReply {
  if (answer.retryAfterSeconds !== null) reply.header('retry-after', answer.retryAfterSeconds);
  if (answer.status === 401) reply.header('www-authenticate', 'Bearer');
  reply.removeHeader('content-disposition');
  const document = JSON.stringify(problemDocument(answer, request.id, publicUrl));
  return reply.code(answer.status).header('cache-control', 'no-store').type(PROBLEM_CONTENT_TYPE).send(document);
}
