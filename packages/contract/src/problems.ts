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
  refresh_refused: {
    status: 401,
    title: 'The refresh token is dead',
    help: 'Sign in again. Whoever else holds a token of this sign-in has been signed out.',
    retry: false,
  },
  person_inactive: {
    status: 403,
    title: 'This person is deactivated',
    help: 'Ask a platform administrator.',
    retry: false,
  },
  not_a_member: {
    status: 403,
    title: 'Not a member of this workspace',
    help: 'Ask an owner or admin of the workspace for an invitation.',
    retry: false,
  },
  wrong_service: {
    status: 403,
    title: 'Another service',
    help: 'A key and a token are good for their own service only.',
    retry: false,
  },
  email_unverified: {
    status: 403,
    title: 'The address is not verified',
    help: 'Verify the address at the identity provider, then sign in again.',
    retry: false,
  },
  organisation_refused: {
    status: 403,
    title: 'This organisation may not sign in here',
    help: 'Ask a platform administrator to admit the mail domain.',
    retry: false,
  },
  owner_required: {
    status: 403,
    title: 'Only an owner may do this',
    help: 'Ask an owner of the workspace.',
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
  last_owner: {
    status: 409,
    title: 'The last owner',
    help: 'Make somebody else owner first; a workspace is never without one.',
    retry: false,
  },
  last_admin: {
    status: 409,
    title: 'The last platform administrator',
    help: 'Make somebody else platform administrator first; the installation is never without one.',
    retry: false,
  },
  email_conflict: {
    status: 409,
    title: 'This address belongs to somebody else here',
    help: 'Sign in with the provider that was used first.',
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
  bad_request: {
    status: 400,
    title: 'This cannot be done',
    help: 'The detail says what is wrong.',
    retry: false,
  },
  code_invalid: {
    status: 400,
    title: 'The code is used, expired or unknown',
    help: 'Start the sign-in again; a code is good once and for a short time.',
    retry: false,
  },
  idp_token_refused: {
    status: 400,
    title: 'The identity provider’s token is not accepted',
    help: 'Sign in at the provider again. The token must be for this application, unexpired, and name a verified address.',
    retry: false,
  },
  idp_refused: {
    status: 400,
    title: 'The sign-in did not succeed',
    help: 'Start it again from the application.',
    retry: false,
  },
  provider_unknown: {
    status: 400,
    title: 'This identity provider is not configured',
    help: 'GET /auth/providers names those that are.',
    retry: false,
  },
  connection_refused: {
    status: 400,
    title: 'The account was not connected',
    help: 'Connect again; the detail says what was missing.',
    retry: false,
  },
  connection_state_invalid: {
    status: 400,
    title: 'This connection was not started here, or too long ago',
    help: 'Open the Sources page and connect again in this browser.',
    retry: false,
  },
  not_configured: {
    status: 409,
    title: 'This provider is not configured',
    help: 'Set the client id and secret that GET /v1/connections names, then start again.',
    retry: false,
  },
  not_connected: {
    status: 409,
    title: 'This connection does not work now',
    help: 'It is paused or needs attention: resume it, or connect the account again.',
    retry: false,
  },
  key_in_use: {
    status: 409,
    title: 'This key is still needed',
    help: 'The detail says what for; `npx --no sentinel keys list` shows how it stands.',
    retry: false,
  },
  key_file_unusable: {
    status: 409,
    title: 'The key file cannot be changed',
    help: 'Check the owner and rights of vault.key and of the data folder.',
    retry: false,
  },
  redirect_refused: {
    status: 400,
    title: 'This redirect address is not registered',
    help: 'Register exactly this address with the client application.',
    retry: false,
  },
  state_invalid: {
    status: 400,
    title: 'This sign-in was not started here, or too long ago',
    help: 'Start it again in this browser.',
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
  idp_unreachable: {
    status: 503,
    title: 'The identity provider cannot be reached',
    help: 'Try again shortly; nobody was signed in.',
    retry: true,
  },
  provider_unreachable: {
    status: 503,
    title: 'The provider cannot be reached',
    help: 'Try again shortly; nothing was changed.',
    retry: true,
  },
  stopping: { status: 503, title: 'Stopping', help: 'Try again once Sentinel is back.', retry: true },
  starting: { status: 503, title: 'Starting', help: 'Try again in a few seconds.', retry: true },
} as const satisfies Record<string, ProblemEntry>;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];
