// A page per problem, from the same table that the answers come from: the `type` of a problem is a link that works.
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '@sentinel/contract';
import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.ts';
import { escapeHtml, sendPage } from './plain-page.ts';

export function registerProblemPages(app: FastifyInstance): void {
  app.get('/problems', async (_request, reply) => sendPage(reply, 'Problems', listOfProblems()));
  app.get<{ Params: { code: string } }>('/problems/:code', async (request, reply) => {
    const code = PROBLEM_CODES.find((each) => each === request.params.code);
    if (code === undefined)
      throw problem('not_found', 'There is no problem of this name; /problems lists all of them.');
    return sendPage(reply, PROBLEMS[code].title, onePage(code));
  });
}

function listOfProblems(): string {
  const rows = PROBLEM_CODES.map((code) => {
    const { status, title } = PROBLEMS[code];
    return `<tr><td>${status}</td><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${escapeHtml(title)}</td></tr>`;
  });
  return `<h1>Problems</h1>
<p>Every problem the API can answer. The document is <code>application/problem+json</code> (RFC 9457); its <code>code</code> never changes.</p>
<table><thead><tr><th scope="col">Status</th><th scope="col">Code</th><th scope="col">Meaning</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

function onePage(code: ProblemCode): string {
  const { status, title, help, retry } = PROBLEMS[code];
  return `<h1>${escapeHtml(title)}</h1>
<p class="quiet"><code>${code}</code> · HTTP status ${status}</p>
<h2>What to do</h2>
<p>${escapeHtml(help)}</p>
<p>${retry ? 'Sending the same request again later can help.' : 'Sending the same request again will not help.'}</p>
<p><a href="/problems">All problems</a></p>`;
}
