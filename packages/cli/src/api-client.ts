// Talks to a Sentinel server: to one on this machine with the operator's key, elsewhere with a person's token. Uploads are
// streamed as they are read.
import { Agent as PlainAgent, type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import { Problem, PROBLEMS } from '@sentinel/contract';
import type { z } from 'zod';
import { CommandFailed, EXIT, type ExitCode } from './exit-codes.ts';

export interface ApiTarget {
  readonly url: string;
  /** Operator key or access token; null asks as nobody. */
  readonly key: string | null;
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

/** An answer as it came. */
export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON, or null when it is none. */
  readonly body: unknown;
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

/** The server stopped before it did what was asked, or in the middle of an upload that goes on where it stopped. */
export class ServerStops extends CommandFailed {}

const STOPS: ReadonlySet<string> = new Set(['stopping', 'upload_interrupted']);

export class ApiClient {
  readonly #target: ApiTarget;
  readonly #agent: PlainAgent;

  constructor(target: ApiTarget) {
    this.#target = target;
    const Agent = new URL(target.url).protocol === 'https:' ? SecureAgent : PlainAgent;
    this.#agent = new Agent({ keepAlive: true });
  }

  get url(): string {
    return this.#target.url;
  }

  /** Ends its connections. One whose upload was answered early would else stay open until the server ends it. */
  close(): void {
    this.#agent.destroy();
  }

  /** @throws CommandFailed with the server's own words when it answers a problem */
  async call<Schema extends z.ZodType>(schema: Schema, call: ApiCall): Promise<z.output<Schema>> {
    const answer = await this.ask(call);
    if (!isSuccess(answer.status)) throw failureOf(answer);
    return schema.parse(answer.body ?? undefined);
  }

  /** Answers whatever the server says, refusals too. */
  async ask(call: ApiCall): Promise<ApiAnswer> {
    const response = await this.#send(call);
    const text = await readText(response).catch((cause: unknown) => {
      throw new ServerWentAway(cause);
    });
    return { status: statusOf(response), body: parseJson(text) };
  }

  /** Answers the body as it arrives. */
  async *stream(call: ApiCall): AsyncGenerator<Uint8Array> {
    const response = await this.#send(call);
    const status = statusOf(response);
    if (!isSuccess(status)) throw failureOf({ status, body: parseJson(await readText(response)) });
    yield* response as AsyncIterable<Uint8Array>;
  }

  async #send(call: ApiCall): Promise<IncomingMessage> {
    const url = new URL(call.path, this.#target.url);
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const headers: Record<string, string> = { accept: 'application/json' };
    if (this.#target.key !== null) headers['authorization'] = `Bearer ${this.#target.key}`;
    if (this.#target.workspace !== null) headers['sentinel-workspace'] = this.#target.workspace;
    const body = bodyOf(call);
    if (body !== null) headers['content-type'] = body.type;
    const request = url.protocol === 'https:' ? requestSecure : requestPlain;
    const sent = request(url, { method: call.method, headers, agent: this.#agent });
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

const statusOf = (response: IncomingMessage): number => response.statusCode ?? 500;

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The server's own words as a failure of the command. */
export function failureOf({ status, body }: ApiAnswer): CommandFailed {
  const parsed = Problem.safeParse(body);
  if (!parsed.success) return new CommandFailed(`The server answered ${status}.`);
  const { title, detail, code, instance, errors = [] } = parsed.data;
  const places = errors.map((error) => `${error.pointer} ${error.detail}`).join('; ');
  const help = code in PROBLEMS ? PROBLEMS[code as keyof typeof PROBLEMS].help : null;
  const Failed = STOPS.has(code) ? ServerStops : CommandFailed;
  return new Failed(`${title}: ${detail}`, {
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
