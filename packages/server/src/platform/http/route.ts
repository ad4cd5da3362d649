// A route is one value: what it is called, who may use it, what it leaves in the audit log, what goes in and out.
// Validation, authorisation, audit, OpenAPI, the role × route test and the docs are all read from that value,
// and a route that leaves out its action (or why it is open) or its audit event (or why it has none) does not compile.
import type { Action, AuditEvent, ProblemCode, WorkspaceRole } from '@sentinel/contract';
import type { z } from 'zod';
import type { Actor, AuditEntry } from '../audit/audit.ts';
import type { PersonId, SessionId, WorkspaceId } from '../ids.ts';

/** Who asks, as proven by a session cookie or a key. */
export interface Caller {
  readonly actor: Actor;
  readonly personId: PersonId | null;
  readonly workspaceId: WorkspaceId;
  readonly role: WorkspaceRole;
  readonly actions: ReadonlySet<Action>;
  readonly sessionId: SessionId | null;
  readonly via: 'cookie' | 'key';
}

/** What a request presents to prove who asks; nothing here is proven yet. */
export interface Presented {
  readonly cookie: string | null;
  readonly bearer: string | null;
  /** Slug in the `Sentinel-Workspace` header. */
  readonly workspaceSlug: string | null;
  /** Whether the request was made on this machine, without a proxy in between. */
  readonly fromLoopback: boolean;
  /** The client's address, as far as the proxies in front are trusted. */
  readonly address: string;
  /** A request header by its lower-case name; null when absent or given more than once. */
  header(name: string): string | null;
  /** Another cookie than the session's. */
  cookieNamed(name: string): string | null;
}

/** Whom an area's own proof found, as far as the platform looks at it. */
export interface Admitted {
  /** Whose workspace and name the audit log gets; null where the proof is not a member's. */
  readonly caller: Caller | null;
  /** `cookie`: a browser attaches the proof by itself, so the request must come from our own pages. */
  readonly via: Caller['via'] | 'nobody';
  /** Under which key requests are counted, beside the client's address; null counts by address. */
  readonly rateKey: string | null;
}

/**
 * A way to prove who asks that belongs to an area: service keys, tokens in headers, an administrator's cookie. It comes
 * before the request's body is looked at.
 */
export interface Admission<Who extends Admitted = Admitted> {
  readonly name: string;
  /** A sentence for the API reference. */
  readonly meaning: string;
  /** @throws ProblemError 401 or 403 when the request does not prove it */
  prove(presented: Presented, asked: { readonly now: Date; readonly requestId: string }): Promise<Who>;
}

/** How often a caller may ask; limits per class stand in `rate-limit.ts`. */
export type RateClass = 'read' | 'write' | 'upload' | 'sign-in' | 'token' | 'resolve' | 'service' | 'unlimited';
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The answer of a route whose answer is `'stream'`. */
export interface StreamAnswer {
  readonly contentType: string;
  /** Offered to a browser as the name to save under; plain ASCII letters, digits, dot and dash. */
  readonly fileName?: string;
  readonly stream: AsyncIterable<Uint8Array | string>;
}

/** The answer of a route whose answer is `'redirect'`. */
export interface RedirectAnswer {
  readonly location: string;
}

export type AnswerSchema = z.ZodType | 'stream' | 'empty' | 'redirect';
export type Answers = Readonly<Record<number, AnswerSchema>>;

type AnswerBody<Schema> = Schema extends z.ZodType
  ? z.input<Schema>
  : Schema extends 'stream'
    ? StreamAnswer
    : Schema extends 'redirect'
      ? RedirectAnswer
      : void;
/** The type itself when it is no union, else never. */
type Single<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? T : never) : never;

/** What a handler may return: the body when there is one status, `{ status, body }` always. */
export type HandlerAnswer<A extends Answers> =
  | AnswerBody<A[Single<keyof A>]>
  | { [Status in keyof A]: { readonly status: Status; readonly body: AnswerBody<A[Status]> } }[keyof A];

/** Starts and ends the browser's session cookie; the session itself belongs to the access area. */
export interface SessionCookie {
  start(token: string, expiresAt: Date): void;
  end(): void;
}

/** Sets and clears other cookies: always HttpOnly and for this host only, Secure on https. */
export interface Cookies {
  set(name: string, value: string, options: { maxAgeSeconds: number; sameSite: 'strict' | 'lax' }): void;
  clear(name: string): void;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a handler is given. Which members are there follows from the route's value. */
export interface HandlerRequest<Params, Query, Body, Act, Event, Who> {
  readonly params: Parsed<Params>;
  readonly query: Parsed<Query>;
  readonly body: Parsed<Body>;
  /** The raw request, for routes with `stream`; elsewhere it yields nothing. */
  readonly stream: AsyncIterable<Uint8Array>;
  /** Content type without its parameters, lower case; empty when there is no body. */
  readonly contentType: string;
  /** There on routes with an `action`. */
  readonly caller: Act extends Action ? Caller : null;
  /** There on routes with an `admit`. */
  readonly who: Who extends Admitted ? Who : null;
  /**
   * There on routes with an `action` (or an `admit` that found a caller) and an `audit` event. Record it in the transaction of the change;
   * what is left unrecorded is recorded when the answer is made.
   */
  readonly entry: Event extends AuditEvent
    ? Act extends Action
      ? AuditEntry
      : Who extends Admitted
        ? AuditEntry | null
        : null
    : null;
  /**
   * For open routes with an `audit` event, whose actor only the handler learns: opens an entry that the handler
   * must record before it answers with a success, else the answer is a fault.
   */
  openEntry(actor: Actor): AuditEntry;
  readonly requestId: string;
  readonly now: Date;
  readonly presented: Presented;
  readonly session: SessionCookie;
  readonly cookies: Cookies;
}

export interface RouteBase<Params, Query, Body, A extends Answers> {
  readonly method: Method;
  /** Pattern with `:name` parameters; it is also what logs and metrics call the route. */
  readonly path: `/${string}`;
  /** A short sentence for the API reference. */
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Accepted content types, when the handler reads the raw request as a stream. */
  readonly stream?: readonly string[];
  readonly answers: A;
  /** Problems the handler itself may throw; those of the layer (401, 403, 422 …) are added by the API reference. */
  readonly problems: readonly ProblemCode[];
  readonly rate: RateClass;
  /** Whether pages of allowed origins may call it (CORS). */
  readonly cross?: boolean;
  /** `page`: a person stands before the answer, so problems are shown as a page and not as a document. */
  readonly errors?: 'document' | 'page';
  /** Further headers of its answers, not of problems; `cache-control` in place of `no-store`. */
  readonly headers?: Readonly<Record<string, string>>;
}

type Guard<Act, Who> =
  | { readonly action: NonNullable<Act>; readonly open?: never; readonly admit?: never }
  | { readonly open: string; readonly action?: never; readonly admit?: never }
  | {
      readonly admit: Who extends Admitted ? Admission<Who> : never;
      readonly action?: never;
      readonly open?: never;
    };
type Trail<Event> =
  | { readonly audit: NonNullable<Event>; readonly unaudited?: never }
  | { readonly unaudited: string; readonly audit?: never };
export type Input<Body> =
  | { readonly body?: Body; readonly stream?: never }
  | { readonly stream: readonly string[]; readonly body?: never };

/** A route as the rest of the platform reads it. */
export interface Route
  extends Omit<
    RouteBase<z.ZodType, z.ZodType, z.ZodType, Answers>,
    'params' | 'query' | 'body' | 'stream' | 'cross' | 'errors' | 'headers'
  > {
  readonly action: Action | null;
  /** Why no sign-in is needed; null on routes with an action or an admission. */
  readonly open: string | null;
  readonly admit: Admission | null;
  readonly cross: boolean;
  readonly errors: 'document' | 'page';
  readonly headers: Readonly<Record<string, string>>;
  readonly audit: AuditEvent | null;
  /** Why the audit log needs no row; null on routes with an event. */
  readonly unaudited: string | null;
  readonly params: z.ZodType | null;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  readonly stream: readonly string[] | null;
  handle(request: AnyHandlerRequest): Promise<unknown>;
}

/** The request before its types are narrowed to one route. */
export type AnyHandlerRequest = Omit<
  HandlerRequest<undefined, undefined, undefined, undefined, undefined, undefined>,
  'params' | 'query' | 'body' | 'caller' | 'who' | 'entry'
> & {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly caller: Caller | null;
  readonly who: Admitted | null;
  readonly entry: AuditEntry | null;
};

/**
 * Declares a route.
 *
 * @param spec the whole route; see `RouteBase` for its members. One of `action`, `admit` and `open`, and one of
 *   `audit` and `unaudited`, must be there
 */
export function route<
  const A extends Answers,
  Params extends z.ZodType | undefined = undefined,
  Query extends z.ZodType | undefined = undefined,
  Body extends z.ZodType | undefined = undefined,
  Act extends Action | undefined = undefined,
  Event extends AuditEvent | undefined = undefined,
  Who extends Admitted | undefined = undefined,
>(
  spec: RouteBase<Params, Query, Body, A> &
    Guard<Act, Who> &
    Trail<Event> &
    Input<Body> & { handle(request: HandlerRequest<Params, Query, Body, Act, Event, Who>): Promise<HandlerAnswer<A>> },
): Route {
  return {
    method: spec.method,
    path: spec.path,
    summary: spec.summary,
    action: spec.action ?? null,
    open: spec.open ?? null,
    admit: spec.admit ?? null,
    cross: spec.cross ?? false,
    errors: spec.errors ?? 'document',
    headers: spec.headers ?? {},
    audit: spec.audit ?? null,
    unaudited: spec.unaudited ?? null,
    params: spec.params ?? null,
    query: spec.query ?? null,
    body: spec.body ?? null,
    stream: spec.stream ?? null,
    answers: spec.answers,
    problems: spec.problems,
    rate: spec.rate,
    // The one place where types are set aside: the layer parses with the very schemas that gave the handler its types.
    handle: (request) => spec.handle(request as HandlerRequest<Params, Query, Body, Act, Event, Who>),
  };
}
