// Reading what a page or a program posts, and answering, for the stand-ins that need no framework.
import type { IncomingMessage, ServerResponse } from 'node:http';

const MAX_BYTES = 64 * 1024;

/**
 * The members of a posted form or of a JSON object; JSON values that are not text are left out.
 *
 * @throws Error when it is longer than 64 KiB
 */
export async function readFields(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_BYTES) throw new Error('the body is too long');
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return request.headers['content-type']?.startsWith('application/json') === true
    ? fieldsOfJson(text)
    : new URLSearchParams(text);
}

function fieldsOfJson(text: string): URLSearchParams {
  let parsed: unknown = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    return new URLSearchParams();
  }
  const members = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  return new URLSearchParams(members.filter((member): member is [string, string] => typeof member[1] === 'string'));
}

export function answerPage(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
  response.end(html);
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

export function answerRedirect(response: ServerResponse, to: URL): void {
  response.writeHead(302, { location: to.href, 'cache-control': 'no-store' });
  response.end();
}
