// Wires problems to the server: every error and every unknown address is answered as an RFC 9457 document.
import { PROBLEMS } from '@sentinel/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorFields, type Logger } from '../log.ts';
import { problem, type ProblemError } from '../problem.ts';
import { PROBLEM_CONTENT_TYPE, problemDocument, problemOf } from './answer-problem.ts';
import { methodsAt } from './methods-at.ts';
import { routeOf } from './observe.ts';
import { escapeHtml, sendPage } from './plain-page.ts';
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
    return isForPeople(routes, request) ? answerPage(answer, reply) : answerProblem(answer, request, reply, publicUrl);
  });
  app.setNotFoundHandler((request, reply) => {
    const methods = methodsAt(routes, request.url);
    if (methods.length === 0)
      return answerProblem(problem('not_found', 'Nothing is served at this address.'), request, reply, publicUrl);
    reply.header('allow', methods.join(', '));
    return answerProblem(problem('method_not_allowed', `Use ${methods.join(' or ')}.`), request, reply, publicUrl);
  });
}

function isForPeople(routes: readonly Route[], request: FastifyRequest): boolean {
  const path = routeOf(request);
  return routes.some((each) => each.errors === 'page' && each.path === path && each.method === request.method);
}

/** A person came here by a link and reads what went wrong. */
function answerPage(answer: ProblemError, reply: FastifyReply): FastifyReply {
  if (answer.retryAfterSeconds !== null) reply.header('retry-after', answer.retryAfterSeconds);
  const { title, help } = PROBLEMS[answer.code];
  const content = `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(answer.message)}</p><p class="quiet">${escapeHtml(help)}</p><p><a href="/">To Sentinel</a></p>`;
  return sendPage(reply.code(answer.status), title, content).header('cache-control', 'no-store');
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
