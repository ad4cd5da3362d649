// Reading what was asked and answering it, for all stand-ins. Nothing here is cached or sniffed by a browser.
import type { Exchange } from './stand-in.ts';

type ExtraHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Members of a posted form; empty for a body of any other kind. */
export function readForm({ request, body }: Exchange): URLSearchParams {
  const type = mediaType(request.headers['content-type']);
  return new URLSearchParams(type === 'application/x-www-form-urlencoded' ? body.toString('utf8') : '');
}

/** The body as JSON, whatever its declared type; `undefined` when it is none. */
export function readJson({ body }: Exchange): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The token of `Authorization: Bearer …` (RFC 6750 §2.1), or null. */
export function bearerToken({ request }: Exchange): string | null {
  return /^bearer +([\w.~+/!:-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/** Name and password of `Authorization: Basic …`, percent-decoded as RFC 6749 §2.3.1 asks of clients; null when there is none. */
export function basicCredentials({ request }: Exchange): { readonly id: string; readonly secret: string } | null {
  const encoded = /^basic +([\w+/]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at < 0) return null;
  try {
    return { id: decodeURIComponent(text.slice(0, at)), secret: decodeURIComponent(text.slice(at + 1)) };
  } catch {
    return { id: text.slice(0, at), secret: text.slice(at + 1) };
  }
}

export function answerJson(exchange: Exchange, status: number, body: unknown, headers: ExtraHeaders = {}): void {
  answer(exchange, status, JSON.stringify(body), { 'content-type': 'application/json; charset=utf-8', ...headers });
}

export function answerText(exchange: Exchange, status: number, body: string, headers: ExtraHeaders = {}): void {
  answer(exchange, status, body, { 'content-type': 'text/plain; charset=utf-8', ...headers });
}

export function answerHtml(exchange: Exchange, status: number, body: string, headers: ExtraHeaders = {}): void {
  answer(exchange, status, body, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'referrer-policy': 'same-origin',
    ...headers,
  });
}

/** Status 204 unless said, without a body. */
export function answerEmpty(exchange: Exchange, status = 204, headers: ExtraHeaders = {}): void {
  const { response } = exchange;
  response.writeHead(status, { 'cache-control': 'no-store', ...spread(headers) });
  response.end();
}

/** Sends the browser on, with a GET: 302 unless said. */
export function answerRedirect(exchange: Exchange, to: URL | string, status: 302 | 303 = 302): void {
  answerEmpty(exchange, status, { location: typeof to === 'string' ? to : to.href, 'referrer-policy': 'no-referrer' });
}

function answer({ response }: Exchange, status: number, body: string, headers: ExtraHeaders): void {
  const bytes = Buffer.from(body, 'utf8');
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': bytes.length,
    ...spread(headers),
  });
  response.end(bytes);
}

function spread(headers: ExtraHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

function mediaType(header: string | undefined): string {
  return (header ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}
