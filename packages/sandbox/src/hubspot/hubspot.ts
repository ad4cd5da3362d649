// A stand-in for HubSpot: its consent page and token endpoints, the parts of the CRM API that are read, and its webhooks. It
// tells the made-up company in HubSpot's words, and errs, limits and forgets as the real one does.
import { answerEmpty, answerJson } from '../frame/answers.ts';
import type { Exchange, Ground, PlainFault, StandIn } from '../frame/stand-in.ts';
import type { Account } from './accounts.ts';
import { type Answer, limited, notFound, outage, Refused } from './answer.ts';
import { answerCall, isSearch } from './api.ts';
import { authorize, grantFor } from './authorize.ts';
import { type Hub, type HubSpotSettings, type Machine, openHub, REAL_MACHINE } from './hub.ts';
import type { RecordType } from './record-types.ts';
import {
  accessTokenInfo,
  answerToken,
  appIdOf,
  deleteRefreshToken,
  introspect,
  refreshTokenInfo,
  revoke,
} from './token.ts';
import { openWebhooks } from './webhooks.ts';

export type { Account } from './accounts.ts';
export type { HubSpotSettings, Machine } from './hub.ts';
export type { RecordType } from './record-types.ts';

export interface HubSpot extends StandIn {
  readonly name: 'hubspot';
  /** Switches; each counts from the next request on. */
  readonly settings: HubSpotSettings;
  /** Who can install an application; an account's id is its `hubId` as text. */
  readonly accounts: readonly Account[];
  /**
   * Tokens as if a person of the account had allowed the application.
   *
   * @param account the first one unless said
   * @throws Error when there is no such application or account
   */
  install(clientId: string, scopes: readonly string[], account?: string): InstalledTokens;
  /** Deletes an account for good: refreshes say `BAD_HUB` from then on. */
  shutAccount(account: string): void;
  /** The id a record has today. */
  recordId(type: RecordType, n: number): string;
  /** The number by which webhooks and token facts name an application. */
  appId(clientId: string): number;
  /** Resolves when every webhook was taken or given up. */
  webhooksSettled(): Promise<void>;
  close(): void;
}

export interface InstalledTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** @param machine clocks, chance and the way out, where a test needs others than the real ones */
export function openHubSpot(ground: Ground, machine: Partial<Machine> = {}): HubSpot {
  const hub = openHub(ground, { ...REAL_MACHINE, ...machine });
  const webhooks = openWebhooks(hub);
  if (webhooks.isOn) hub.links.prepare();
  // Ids have to know of a merge before it is told, and what was linked before is gone once links have heard.
  const stopListening = ground.world.listen((happening) => {
    hub.merges.hear(happening);
    webhooks.hear(happening);
    hub.links.hear(happening);
  });
  return {
    name: 'hubspot',
    settings: hub.settings,
    accounts: hub.accounts.all,
    handle: (exchange) => handle(hub, exchange),
    answerFault: (exchange, fault) => send(exchange, faultAnswer(exchange, fault)),
    revokeGrants: (account) => hub.grants.revoke(({ hubId }) => account === undefined || String(hubId) === account),
    install: (clientId, scopes, account) => install(hub, clientId, scopes, account),
    shutAccount: (account) => void hub.accounts.shut(Number(account)),
    recordId: (type, n) => hub.ids.idOf(type, n),
    appId: (clientId) => appIdOf(hub.apps, clientId),
    webhooksSettled: () => webhooks.settled(),
    close: () => {
      stopListening();
      webhooks.close();
    },
  };
}

function install(hub: Hub, clientId: string, scopes: readonly string[], asked: string | undefined): InstalledTokens {
  const account = asked === undefined ? hub.accounts.all[0] : hub.accounts.find(Number(asked));
  if (account === undefined || account === null) throw new Error('there is no such account at this HubSpot');
  if (!hub.apps.some((app) => app.clientId === clientId))
    throw new Error('there is no such application at this HubSpot');
  const grant = grantFor(hub, clientId, account, scopes);
  return { accessToken: hub.grants.issueAccess(grant), refreshToken: hub.grants.issueRefresh(grant) };
}

const AUTHORIZE = /^\/oauth\/(?:\d+\/)?authorize$/;
const OAUTH = /^\/oauth\/(v1|v3|2026-03|2026-09)\/(token|token\/introspect|introspect|token\/revoke|revoke)$/;
const OLD_TOKEN = /^\/oauth\/v1\/(access-tokens|refresh-tokens)\/([^/]+)$/;

function handle(hub: Hub, exchange: Exchange): void {
  const { method, url } = exchange;
  if (AUTHORIZE.test(url.pathname) && (method === 'GET' || method === 'POST')) return authorize(hub, exchange);
  try {
    send(exchange, url.pathname.startsWith('/oauth/') ? answerOAuth(hub, exchange) : answerCall(hub, exchange));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    send(exchange, error.answer);
  }
}

function answerOAuth(hub: Hub, exchange: Exchange): Answer {
  const { method, url } = exchange;
  const [, version, what] = OAUTH.exec(url.pathname) ?? [];
  if (method === 'POST' && version !== undefined) {
    if (what === 'token') return answerToken(hub, exchange, version);
    // The first version had neither; it had the calls below.
    if (version !== 'v1')
      return what?.endsWith('introspect') === true ? introspect(hub, exchange) : revoke(hub, exchange);
  }
  const [, kind, token = ''] = OLD_TOKEN.exec(url.pathname) ?? [];
  if (kind === 'access-tokens' && method === 'GET') return accessTokenInfo(hub, token);
  if (kind === 'refresh-tokens' && method === 'GET') return refreshTokenInfo(hub, token);
  if (kind === 'refresh-tokens' && method === 'DELETE') return deleteRefreshToken(hub, token);
  throw notFound();
}

function faultAnswer({ url }: Exchange, { status, retryAfterSeconds }: PlainFault): Answer {
  if (status !== 429) return outage(status, retryAfterSeconds);
  return limited(isSearch(url.pathname) ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING', retryAfterSeconds);
}

function send(exchange: Exchange, { status, body, headers }: Answer): void {
  if (body === null) answerEmpty(exchange, status, headers);
  else answerJson(exchange, status, body, headers);
}
