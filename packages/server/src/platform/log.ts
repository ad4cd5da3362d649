// The only way to write a log line. An event is a fixed token, fields are allow-listed by name and shape, so an address,
// a subject, a token or a database's error text cannot reach the log even when a caller tries.
import { type DestinationStream, pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFields = { readonly [Name in keyof typeof FIELDS]?: ValueOf[(typeof FIELDS)[Name]] | null };

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/**
 * Makes a logger that writes one JSON object per line.
 *
 * @param options `destination` defaults to standard output; tests hand in a stream
 */
export function createLogger(options: { level: LogLevel; destination?: DestinationStream }): Logger {
  const settings = { level: options.level, base: null, messageKey: 'event', timestamp: pino.stdTimeFunctions.isoTime };
  const sink = options.destination === undefined ? pino(settings) : pino(settings, options.destination);
  return {
    debug: (event, fields) => sink.debug(admitFields(fields), admitEvent(event)),
    info: (event, fields) => sink.info(admitFields(fields), admitEvent(event)),
    warn: (event, fields) => sink.warn(admitFields(fields), admitEvent(event)),
    error: (event, fields) => sink.error(admitFields(fields), admitEvent(event)),
  };
}

export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * What may be said about an error of unknown origin: its class, its code and our own stack frames.
 * Never its message: PostgreSQL, parsers and providers quote the value they choked on.
 */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const fields: Record<string, string | null> = { errorName: error.name, frames: ownFrames(error) };
  const code = tokenOf(error, 'code');
  if (code !== null) fields[SQLSTATE.test(code) ? 'sqlstate' : 'errorCode'] = code;
  const constraint = tokenOf(error, 'constraint');
  if (constraint !== null) fields['constraint'] = constraint;
  if (error.cause instanceof Error) fields['causeName'] = error.cause.name;
  return fields;
}

/**
 * From now on a fault that nobody caught is logged like any other and ends the process with exit code 1. Without it Node
 * would print the error whole, and a database's error quotes the row it choked on.
 */
export function exitOnFault(log: Logger): void {
  const end = (error: unknown): void => {
    log.error('process.fault', errorFields(error));
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

const MAX_LENGTH = 200;
const MAX_FRAMES = 6;
const EVENT = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;
const SQLSTATE = /^[0-9A-Z]{5}$/;
const TOKEN = /^[\w.:/-]*$/;

interface ValueOf {
  readonly number: number;
  readonly flag: boolean;
  readonly token: string;
  readonly place: string;
  readonly frames: string;
}
type Shape = keyof ValueOf;

/**
 * Every field a line may carry. `token` is a fixed word or an id; `place` is a local path or URL; neither may hold an address.
 * A field that is not here does not compile; one that comes in all the same is left out and counted.
 */
const FIELDS = {
  action: 'token',
  area: 'token',
  attempt: 'number',
  batch: 'number',
  brokenSeq: 'number',
  bytes: 'number',
  causeName: 'token',
  checked: 'number',
  code: 'token',
  constraint: 'token',
  contacts: 'number',
  count: 'number',
  demo: 'flag',
  dropped: 'number',
  durationMs: 'number',
  engine: 'token',
  errorCode: 'token',
  errorName: 'token',
  eventType: 'token',
  failed: 'number',
  folder: 'place',
  format: 'token',
  frames: 'frames',
  fromTemplate: 'flag',
  host: 'place',
  importId: 'token',
  job: 'token',
  kept: 'number',
  kind: 'token',
  level: 'token',
  method: 'token',
  migration: 'token',
  migrations: 'number',
  mode: 'token',
  name: 'token',
  node: 'token',
  outcome: 'token',
  passed: 'number',
  personId: 'token',
  pid: 'number',
  port: 'number',
  queue: 'token',
  reason: 'token',
  recorded: 'flag',
  requestId: 'token',
  result: 'token',
  retry: 'flag',
  role: 'token',
  route: 'place',
  rows: 'number',
  seconds: 'number',
  seq: 'number',
  signal: 'token',
  skipped: 'number',
  source: 'token',
  sqlstate: 'token',
  status: 'number',
  statusCode: 'number',
  step: 'token',
  total: 'number',
  url: 'place',
  version: 'token',
  workspaceId: 'token',
  workspaces: 'number',
} as const satisfies Readonly<Record<string, Shape>>;

const SHAPES: ReadonlyMap<string, Shape> = new Map(Object.entries(FIELDS));

function admitEvent(event: string): string {
  return EVENT.test(event) ? event : 'log.event_refused';
}

function admitFields(fields: LogFields = {}): Record<string, number | string | boolean | null> {
  const admitted: Record<string, number | string | boolean | null> = {};
  let refused = 0;
  for (const [key, value] of Object.entries(fields)) {
    const shape = SHAPES.get(key);
    if (shape !== undefined && (value === null || fits(shape, value))) {
      admitted[key] =
        typeof value === 'string' ? value.slice(0, MAX_LENGTH * (shape === 'frames' ? MAX_FRAMES : 1)) : value;
    } else refused += 1;
  }
  if (refused > 0) admitted['refusedFields'] = refused;
  return admitted;
}

function fits(shape: Shape, value: number | string | boolean): boolean {
  switch (shape) {
    case 'number':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'token':
      return typeof value === 'string' && TOKEN.test(value);
    case 'place':
      // '@' would let an address or a URL's password through; a query string may hold a token.
      return typeof value === 'string' && !/[@?#\s]/.test(value);
    case 'frames':
      return typeof value === 'string';
  }
}

function tokenOf(error: Error, key: string): string | null {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' && TOKEN.test(value) ? value.slice(0, MAX_LENGTH) : null;
}

/** `    at name (file:///…/packages/server/src/x.ts:1:2)`, the name and the brackets being optional. */
const OWN_FRAME = /^ {4}at (?:async )?(?:([\w$.<># ]+) \()?(?:file:\/\/)?\/\S*?(packages\/[\w./-]+:\d+):\d+\)?$/;

/** The frames of a stack that lie in our own packages. The message is cut off first: it could imitate a frame. */
function ownFrames(error: Error): string {
  const stack = error.stack ?? '';
  const at = stack.indexOf(error.message);
  // A message that was changed later: the stack begins with one we do not know, so nothing of it is sure.
  if (at === -1) return '';
  const frames: string[] = [];
  for (const line of stack.slice(at + error.message.length).split('\n')) {
    const [, name, place] = OWN_FRAME.exec(line) ?? [];
    if (place !== undefined) frames.push(`${name ?? '-'} ${place}`);
  }
  return frames.slice(0, MAX_FRAMES).join(' < ');
}
