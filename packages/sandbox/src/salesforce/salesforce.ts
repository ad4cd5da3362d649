// A stand-in for Salesforce: OAuth with PKCE and rotating refresh tokens, SOQL over the made-up company, and its way of
// failing. It tells the world's truth to the official client, which cannot know the difference.
import { answerHtml, answerJson } from '../frame/answers.ts';
import { htmlPage } from '../frame/consent-page.ts';
import { roadOf } from '../frame/play-fault.ts';
import type { Exchange, Ground, PlainFault, StandIn } from '../frame/stand-in.ts';
import { accountTimes } from './account-times.ts';
import { limitExceeded } from './api-refusal.ts';
import { authorize } from './authorize.ts';
import { openCursors } from './cursors.ts';
import { answerData } from './data-road.ts';
import { openGrants } from './grants.ts';
import { answerIdentity, answerUserInfo } from './identity.ts';
import { idOf, type ObjectName } from './objects/sobject.ts';
import { openSchema } from './objects/schema.ts';
import { DEFAULT_SETTINGS, type Org, type SalesforceSettings } from './org.ts';
import { limitHeaders } from './session.ts';
import { openTokenRoad, type TokenRoad } from './token-road.ts';
import { openUsage } from './usage.ts';

export interface Salesforce extends StandIn {
  /** With 18 characters. */
  readonly orgId: string;
  settings(): SalesforceSettings;
  /** Changes what the org's administrator could change; the rest stays. */
  configure(settings: Partial<SalesforceSettings>): void;
  /** The id of the world's record `n`, as the wire has it. */
  idOf(object: ObjectName, n: number): string;
  /** How many authorisations stand, of one user (by id) or of all. */
  liveGrants(user?: string): number;
  /** Ends every access token, as after a change of the session policy; refresh tokens stay. */
  endSessions(): void;
}

const DAY_MS = 24 * 3600 * 1000;

export function openSalesforce(ground: Ground): Salesforce {
  let settings = DEFAULT_SETTINGS;
  const accounts = accountTimes(ground.world);
  const org = openOrg(ground, () => settings, accounts.since);
  const road = openTokenRoad(org);
  return {
    name: 'salesforce',
    orgId: org.id,
    settings: () => settings,
    configure: (changes) => {
      settings = { ...settings, ...changes };
    },
    idOf,
    liveGrants: (user) => grantsOf(org, user).length,
    endSessions: () => org.grants.endSessions(),
    handle: (exchange) => dispatch(org, road, exchange),
    answerFault: (exchange, fault) => answerFault(org, exchange, fault),
    revokeGrants: (account) => {
      if (account === undefined) org.grants.revokeAll();
      else for (const { user } of grantsOf(org, account)) org.grants.revokeAll(user);
    },
    close: accounts.close,
  };
}

function openOrg(ground: Ground, settings: () => SalesforceSettings, accountSince: (n: number) => number): Org {
  const { world } = ground;
  const now = () => world.now().getTime();
  const id = idOf('Organization', world.seed);
  const isHidden = (field: string) =>
    settings().hiddenFields.includes(field) || (!settings().multiCurrency && field.endsWith('.CurrencyIsoCode'));
  return {
    ground,
    id,
    settings,
    grants: openGrants({
      now,
      orgId: id.slice(0, 15),
      sessionTimeoutMs: () => settings().sessionTimeoutMs,
      refreshIdleMs: () => settings().refreshIdleMs,
    }),
    usage: openUsage(DAY_MS, now),
    cursors: openCursors(now),
    schema: openSchema(world, accountSince, isHidden),
  };
}

/** @param account a user's id or address; absent for all */
function grantsOf({ grants, ground }: Org, account: string | undefined) {
  const user = ground.world.owners.find(({ n, address }) => address === account || idOf('User', n) === account);
  return grants.live().filter((grant) => account === undefined || grant.user === user?.n);
}

function dispatch(org: Org, road: TokenRoad, exchange: Exchange): void {
  const { pathname } = exchange.url;
  if (pathname === '/services/data' || pathname.startsWith('/services/data/')) return answerData(org, exchange);
  if (pathname.startsWith('/id/')) return answerIdentity(org, exchange);
  switch (roadOf(exchange)) {
    case 'GET /services/oauth2/authorize':
    case 'POST /services/oauth2/authorize':
      return authorize(org, exchange);
    case 'POST /services/oauth2/token':
      return road.token(exchange);
    case 'GET /services/oauth2/revoke':
    case 'POST /services/oauth2/revoke':
      return road.revoke(exchange);
    case 'POST /services/oauth2/introspect':
      return road.introspect(exchange);
    case 'GET /services/oauth2/userinfo':
    case 'POST /services/oauth2/userinfo':
      return answerUserInfo(org, exchange);
    default:
      return answerHtml(exchange, 404, htmlPage('Not found', '<h1>URL No Longer Exists</h1>'));
  }
}

/** Too many requests are a 403 here, or a login error; maintenance is a page, not JSON. */
function answerFault(org: Org, exchange: Exchange, { status, retryAfterSeconds }: PlainFault): void {
  const isToken = exchange.url.pathname.startsWith('/services/oauth2/');
  if (status === 429) {
    if (isToken)
      return answerJson(exchange, 400, { error: 'rate_limit_exceeded', error_description: 'login rate exceeded' });
    const { status: refused, errors } = limitExceeded();
    return answerJson(exchange, refused, errors, limitHeaders(org));
  }
  if (status === 500 && isToken)
    return answerJson(exchange, 500, { error: 'unknown_error', error_description: 'retry your request' });
  if (status === 500) {
    const errors = [{ message: 'An unexpected error occurred.', errorCode: 'UNKNOWN_EXCEPTION' }];
    return answerJson(exchange, 500, errors, limitHeaders(org));
  }
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  const page = '<h1>We are down for maintenance.</h1><p>Sorry for the inconvenience. We will be back shortly.</p>';
  answerHtml(exchange, status, htmlPage('Server unavailable', page), headers);
}
