// Talks to a Sentinel server on this machine with the operator's key. Uploads are streamed as they are read.
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Problem, PROBLEMS } from '@sentinel/contract';
import type { z } from 'zod';
import { CommandFailed, EXIT, type ExitCode } from './exit-codes.ts';

export interface ApiTarget {
  readonly url: string;
  readonly key: string;
  /** Slug of the workspace; null lets the server take the only one. */
  readonly workspace: string | null;
}

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  readonly upload?: { readonly type: string; readonly body: AsyncIterable<Uint8Array> };
}

/** The connection ended before there was an answer. */
export class ServerWentAway extends CommandFailed {
  constructor(cause: unknown) {
    super('The server went away.', {
      why: 'The connection was closed before it answered.',
      tryThis: ['npx --no sentinel status'],
      cause,
    });
  }
}

export class ApiClient {
  readonly #target: ApiTarget;

  constructor(target: ApiTarget) {
    this.#target = target;
  }

  get url(): string {
    return this.#target.url;
  }

  /** @throws CommandFailed with the server's own words when it answers a problem */
  async call<Schema extends z.ZodType>(schema: Schema, call: ApiCall): Promise<z.output<Schema>> {
    const response = await this.#send(call);
    const text = await readText(response).catch((cause: unknown) => {
      throw new ServerWentAway(cause);
    });
    if (!isSuccess(response)) throw failureOf(response, text);
    return schema.parse(text === '' ? undefined : JSON.parse(text));
  }

  /** Answers the body as it arrives. */
  async *stream(call: ApiCall): AsyncGenerator<Uint8Array> {
    const response = await this.#send(call);
    if (!isSuccess(response)) throw failureOf(response, await readText(response));
    yield* response as AsyncIterable<Uint8Array>;
  }

  async #send(call: ApiCall): Promise<IncomingMessage> {
    const url = new URL(call.path, this.#target.url);
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = {
      authorization: `Bearer ${this.#target.key}`,
      accept: 'application/json',
    };
    if (this.#target.workspace !== null) headers['sentinel-workspace'] = this.#target.workspace;
    const body = bodyOf(call);
    if (body !== null) headers['content-type'] = body.type;
    const sent = request(url, { method: call.method, headers });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve);
      sent.once('error', (cause) => reject(new ServerWentAway(cause)));
    });
    if (body === null) sent.end();
    // A server may answer before it has taken the whole body; then its answer is what counts.
    else await Promise.race([feed(sent, body.content), answered]);
    return await answered;
  }
}

/** Writes the body as fast as it is taken. @throws CommandFailed when the body itself cannot be read to its end */
async function feed(sent: ClientRequest, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  let over = false;
  const ended = new Promise<void>((resolve) => {
    for (const event of ['response', 'error', 'close'] as const) sent.once(event, () => resolve());
  }).then(() => {
    over = true;
  });
  try {
    for await (const chunk of content) {
      if (over) return;
      if (!sent.write(chunk)) await Promise.race([new Promise((resolve) => sent.once('drain', resolve)), ended]);
    }
  } catch (cause) {
    sent.destroy();
    // A problem of the reader (a gzip bomb, a file that is no mail) already says what is wrong.
    if (cause instanceof Error && cause.name === 'ProblemError') throw cause;
    throw new CommandFailed('The file cannot be read to its end.', {
      why: 'What was read before is decided; the import goes on when it is run again.',
      cause,
    });
  }
  sent.end();
}

function bodyOf(call: ApiCall): { type: string; content: AsyncIterable<Uint8Array> | Iterable<Uint8Array> } | null {
  if (call.upload !== undefined) return { type: call.upload.type, content: call.upload.body };
  if (call.json === undefined) return null;
  return { type: 'application/json', content: [Buffer.from(JSON.stringify(call.json))] };
}

function isSuccess(response: IncomingMessage): boolean {
  const status = response.statusCode ?? 500;
  return status >= 200 && status < 300;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function failureOf(response: IncomingMessage, text: string): CommandFailed {
  const parsed = Problem.safeParse(parseJson(text));
  if (!parsed.success) return new CommandFailed(`The server answered ${response.statusCode ?? 'nothing'}.`);
  const { title, detail, code, instance, status, errors = [] } = parsed.data;
  const places = errors.map((error) => `${error.pointer} ${error.detail}`).join('; ');
  const help = code in PROBLEMS ? PROBLEMS[code as keyof typeof PROBLEMS].help : null;
  return new CommandFailed(`${title}: ${detail}`, {
    why: `${places === '' ? '' : `${places}; `}problem ${code}, request ${instance}`,
    tryThis: help === null ? [] : [help],
    exitCode: exitCodeOf(status),
  });
}

function exitCodeOf(status: number): ExitCode {
  if (status === 401) return EXIT.signInNeeded;
  if (status === 403) return EXIT.no;
  return status === 422 ? EXIT.usage : EXIT.failed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
