// The sandbox's own API under /_sandbox and its page at /: which faults stand, what time it is, whose grants are withdrawn.
// Nothing here is secret, but a foreign page must not be able to press the buttons.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerEmpty, answerHtml, answerJson, answerRedirect } from './answers.ts';
import { advanceWorld, clearFaults, type Command, revokeGrants, setFault } from './control-commands.ts';
import { controlPage, NEWS, type NewsName } from './control-page.ts';
import { readFields, type Fields } from './control-fields.ts';
import { isSameSite, readExchange, urlBelow } from './request-reading.ts';
import type { Sandbox } from './sandbox.ts';
import { type Exchange, PROVIDER_NAMES } from './stand-in.ts';

const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** What may be posted, and what the page says after it. */
const COMMANDS: Readonly<Record<string, { readonly run: Command; readonly news: NewsName }>> = {
  '/_sandbox/faults': { run: setFault, news: 'fault-set' },
  '/_sandbox/faults/clear': { run: clearFaults, news: 'faults-cleared' },
  '/_sandbox/world/advance': { run: advanceWorld, news: 'advanced' },
  '/_sandbox/grants/revoke': { run: revokeGrants, news: 'revoked' },
};

/** Answers what no stand-in answers; the caller has made sure of the `Host` header. */
export async function handleControl(
  sandbox: Sandbox,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = urlBelow('', request.url);
  const exchange = url === null ? null : await readExchange(request, response, url);
  if (exchange === null) {
    response.writeHead(400, { connection: 'close' }).end();
    return;
  }
  if (exchange.method === 'GET' || exchange.method === 'HEAD') return show(sandbox, exchange);
  if (!isSameSite(request)) return refuse(exchange, 403, 'Only pages of the sandbox itself may do that.');
  if (exchange.method === 'DELETE') return remove(sandbox, exchange);
  if (exchange.method === 'POST') return act(sandbox, exchange);
  return refuse(exchange, 405, 'GET, POST and DELETE are understood here.');
}

function show(sandbox: Sandbox, exchange: Exchange): void {
  const { pathname, searchParams } = exchange.url;
  switch (pathname) {
    case '/': {
      const said = searchParams.get('said');
      const news = Object.entries(NEWS).find(([name]) => name === said)?.[1] ?? null;
      return answerHtml(exchange, 200, controlPage(sandbox, { news, error: null }), page());
    }
    case '/_sandbox/state':
      return answerJson(exchange, 200, {
        endpoints: sandbox.urls,
        world: worldOf(sandbox),
        faults: sandbox.faults.list(),
        asked: Object.fromEntries(PROVIDER_NAMES.map((name) => [name, sandbox.asked(name).length])),
      });
    case '/_sandbox/endpoints':
      return answerJson(exchange, 200, sandbox.urls);
    case '/_sandbox/world':
      return answerJson(exchange, 200, worldOf(sandbox));
    case '/_sandbox/faults':
      return answerJson(exchange, 200, { faults: sandbox.faults.list() });
    case '/_sandbox/asked':
      return answerJson(exchange, 200, Object.fromEntries(PROVIDER_NAMES.map((name) => [name, sandbox.asked(name)])));
    default:
      return refuse(exchange, 404, 'There is no such page.');
  }
}

/** `DELETE /_sandbox/faults` and `DELETE /_sandbox/faults/3`. */
function remove({ faults }: Sandbox, exchange: Exchange): void {
  const [, id] = /^\/_sandbox\/faults(?:\/(\d+))?$/.exec(exchange.url.pathname) ?? [null];
  if (id === null) return refuse(exchange, 404, 'Only faults can be deleted.');
  faults.clear(id === undefined ? {} : { id: Number(id) });
  answerEmpty(exchange);
}

/** A form is answered with the page, JSON with JSON. */
function act(sandbox: Sandbox, exchange: Exchange): void {
  const command = Object.entries(COMMANDS).find(([path]) => path === exchange.url.pathname)?.[1];
  if (command === undefined) return refuse(exchange, 404, 'There is nothing to post to.');
  const fields = readFields(exchange);
  if (fields === null) return refuse(exchange, 415, 'Post a form or a JSON object.');
  const { answer, error } = attempt(() => command.run(sandbox, fields));
  if (error !== null) return refuseCommand(sandbox, exchange, { fields, error });
  if (fields.isForm) return answerRedirect(exchange, `/?said=${command.news}`, 303);
  answerJson(exchange, 200, answer);
}

/** The commands say in their errors what was wrong with the order. */
function attempt(run: () => unknown): { readonly answer: unknown; readonly error: string | null } {
  try {
    return { answer: run(), error: null };
  } catch (error) {
    return { answer: null, error: error instanceof Error ? error.message : 'that did not work' };
  }
}

function refuseCommand(
  sandbox: Sandbox,
  exchange: Exchange,
  { fields, error }: { readonly fields: Fields; readonly error: string },
): void {
  if (fields.isForm) answerHtml(exchange, 400, controlPage(sandbox, { news: null, error }), page());
  else refuse(exchange, 400, error);
}

function refuse(exchange: Exchange, status: number, error: string): void {
  answerJson(exchange, status, { error });
}

function page(): Readonly<Record<string, string>> {
  return { 'content-security-policy': PAGE_POLICY };
}

function worldOf({ world }: Sandbox) {
  return {
    seed: world.seed,
    now: world.now(),
    company: world.company,
    owners: world.owners,
    companies: world.companies.count,
    contacts: world.contacts.count,
    deals: world.deals.count,
  };
}
