// Every problem a caller can meet, in one table: code, HTTP status, title, what to do, and whether a retry can help.
// Answered as RFC 9457 `application/problem+json`; the server serves a page per code from this same table.

interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  readonly help: string;
  readonly retry: boolean;
}

export const PROBLEMS = {
  token_missing: {
    status: 401,
    title: 'Not signed in',
    help: 'Open a sign-in link (`npx --no sentinel open` prints one) or send a key.',
    retry: false,
  },
  token_invalid: {
    status: 401,
    title: 'The sign-in is not valid',
    help: 'Sign in again; the session may have ended or the key may be wrong.',
    retry: false,
  },
  link_invalid: {
    status: 401,
    title: 'The link is used, expired or unknown',
    help: 'Print a new one with `npx --no sentinel open`, or start Sentinel again.',
    retry: false,
  },
  action_denied: {
    status: 403,
    title: 'Not allowed',
    help: 'Ask an owner or admin of the workspace for a role that includes the action.',
    retry: false,
  },
  wrong_workspace: {
    status: 403,
    title: 'Another workspace',
    help: 'The session or key belongs to another workspace.',
    retry: false,
  },
  cross_site: {
    status: 403,
    title: 'Request from another site refused',
    help: 'Send the request from the console itself, or use a key instead of a cookie.',
    retry: false,
  },
  not_found: {
    status: 404,
    title: 'Not found',
    help: 'Check the id and the workspace; things one may not see are answered the same way.',
    retry: false,
  },
  method_not_allowed: {
    status: 405,
    title: 'This method is not offered here',
    help: 'Use one of the methods named in the Allow header.',
    retry: false,
  },
  upload_interrupted: {
    status: 408,
    title: 'The upload did not finish',
    help: 'Send it again; an import of a file goes on where it stopped.',
    retry: true,
  },
  already_exists: {
    status: 409,
    title: 'Already exists',
    help: 'Use the existing one, or choose another name.',
    retry: false,
  },
  already_set_up: {
    status: 409,
    title: 'Already set up',
    help: 'Sign in instead: `npx --no sentinel open` prints a link.',
    retry: false,
  },
  revision_conflict: {
    status: 409,
    title: 'Changed meanwhile',
    help: 'Read the current version and send the change again.',
    retry: true,
  },
  not_set_up: {
    status: 409,
    title: 'No workspace yet',
    help: 'Open the setup link that the start printed, or run `npx --no sentinel setup`.',
    retry: false,
  },
  no_self_identity: {
    status: 409,
    title: 'The workspace does not know itself',
    help: 'Name the mailbox (`--mailbox`) or add own mailboxes to the policy; without it, mail among ourselves could not be told apart.',
    retry: false,
  },
  json_invalid: {
    status: 400,
    title: 'The body is not JSON',
    help: 'Send a valid JSON document with content-type application/json.',
    retry: false,
  },
  file_invalid: {
    status: 400,
    title: 'The file cannot be read',
    help: 'Check the format: mbox, Maildir, .eml, .ics or a gzip of these for mail; CSV or vCard for contacts.',
    retry: false,
  },
  too_large: {
    status: 413,
    title: 'Too large',
    help: 'Split it, or use the streaming import for files.',
    retry: false,
  },
  media_type: {
    status: 415,
    title: 'This kind of content is not accepted',
    help: 'See the content types listed for this route in /openapi.json.',
    retry: false,
  },
  host_not_served: {
    status: 421,
    title: 'Sentinel does not answer to this host name',
    help: 'Use localhost, or set the public URL (`SENTINEL_PUBLIC_URL`) to the name people use.',
    retry: false,
  },
  invalid_request: {
    status: 422,
    title: 'Something in the request is not valid',
    help: 'Each entry of `errors` names the place and the mistake.',
    retry: false,
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    help: 'Wait the number of seconds in Retry-After.',
    retry: true,
  },
  internal: {
    status: 500,
    title: 'A fault on our side',
    help: 'Try again; give the request id (`instance`) when you report it.',
    retry: true,
  },
  cannot_decide: {
    status: 503,
    title: 'Cannot decide now',
    help: 'Nothing was allowed or stored. Try again shortly.',
    retry: true,
  },
  starting: { status: 503, title: 'Starting', help: 'Try again in a few seconds.', retry: true },
} as const satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];
