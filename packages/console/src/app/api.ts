// The way to the server: same-origin requests with the session cookie. Whatever is not a success is thrown as a
// ProblemError; a request that got no answer becomes the problem `unreachable`.
import { framePhrases } from '../phrases/en/frame.ts';
import { ProblemError, problemFrom } from './problem-error.ts';

export type Query = Readonly<Record<string, string | number | undefined>>;

/** Appends the fields of a query that are set. */
export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function request<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const headers = new Headers(init.headers);
  headers.set('accept', 'application/json');
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: 'same-origin', headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    const { unreachable, unreachableDetail } = framePhrases.problem;
    throw new ProblemError({
      status: 0,
      code: 'unreachable',
      title: unreachable,
      detail: unreachableDetail,
      requestId: '',
    });
  }
  const text = await response.text();
  const body = parseJson(text);
  if (!response.ok) throw problemFrom(response.status, body);
  // Our own server validated this against the contract's schema before sending it.
  return body as Answer;
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Reads. */
export const get = <Answer>(path: string, signal?: AbortSignal): Promise<Answer> =>
  request<Answer>(path, signal === undefined ? {} : { signal });

/** A header that no form of another site can set; routes of platform administrators ask for it. */
const OURS = { 'x-requested-with': 'sentinel-console' };

/** Writes, with a JSON body when there is one. */
export function send<Answer>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<Answer> {
  if (body === undefined) return request<Answer>(path, { method, headers: OURS });
  const headers = { ...OURS, 'content-type': 'application/json' };
  return request<Answer>(path, { method, body: JSON.stringify(body), headers });
}

/** Sends a file as it is. */
export const upload = <Answer>(path: string, file: Blob, contentType: string): Promise<Answer> =>
  request<Answer>(path, { method: 'POST', body: file, headers: { 'content-type': contentType } });
