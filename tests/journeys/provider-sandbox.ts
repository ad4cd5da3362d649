// The sandbox with our client registered at every provider, the settings that lead an installation to it, and an ear on the
// wire between the two.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import type { ConnectionProvider } from '@sentinel/contract';
import { type RegisteredApp, type Sandbox, startSandbox } from '@sentinel/sandbox/providers';
import { listenIn, type WireSecrets } from './wire-secrets.ts';

/** Stand-ins at which accounts are connected: what their settings begin with, who connects there, where tokens are asked for. */
const PLACES = {
  hubspot: { env: 'HUBSPOT', providers: ['hubspot'], tokens: 'POST /oauth/2026-03/token' },
  salesforce: { env: 'SALESFORCE', providers: ['salesforce'], tokens: 'POST /services/oauth2/token' },
  google: { env: 'GOOGLE_SOURCES', providers: ['gmail', 'calendar'], tokens: 'POST /token' },
  slack: { env: 'SLACK', providers: ['slack'], tokens: 'POST /api/oauth.v2.access' },
} as const;
export type Place = keyof typeof PLACES;
export const STAND_INS = ['hubspot', 'salesforce', 'google', 'slack'] as const satisfies readonly Place[];

export const standInOf = (provider: ConnectionProvider): Place =>
  provider === 'gmail' || provider === 'calendar' ? 'google' : provider;

/** Whether a refresh token is spent by using it. Google's is not. */
export const rotates = (provider: ConnectionProvider): boolean => standInOf(provider) !== 'google';

/** How many connections there are at each stand-in when every provider is connected once. */
export const ONE_EACH = { hubspot: 1, salesforce: 1, google: 2, slack: 1 } as const satisfies Record<Place, number>;

export interface ProviderSandbox {
  readonly sandbox: Sandbox;
  readonly secrets: WireSecrets;
  /** Of the environment. */
  readonly settings: Readonly<Record<string, string>>;
  /** How often tokens were asked for so far, by stand-in. */
  tokenRequests(): Readonly<Record<Place, number>>;
  /** How often anything was asked for so far. */
  requests(): Readonly<Record<Place, number>>;
}

/** The road of a stand-in's token endpoint, for faults that strike it alone. */
export const tokenRoad = (place: Place): string => PLACES[place].tokens;

/**
 * @param base the address at which people open the installation
 * @param rotating whether refresh tokens are spent by using them, and Slack's tokens end
 */
export async function openProviderSandbox(base: string, rotating: boolean): Promise<ProviderSandbox> {
  const clients = byPlace((place) => ({ ...clientOf(place, base), rotates: rotating }));
  const sandbox = await startSandbox({
    world: { contacts: 100, years: 1 },
    apps: byPlace((place) => [clients[place]]),
  });
  const counted = (counts: (road: string, place: Place) => boolean) =>
    byPlace((place) => sandbox.asked(place).filter((road) => counts(road, place)).length);
  return {
    sandbox,
    secrets: listenIn(sandbox, STAND_INS),
    settings: {
      ...Object.fromEntries(STAND_INS.flatMap((place) => settingsOf(place, clients[place]))),
      SLACK_PKCE: 'true',
      SENTINEL_PROVIDERS_SANDBOX: sandbox.origin,
      SENTINEL_PROVIDERS_SANDBOX_GOOGLE: sandbox.urls.google,
    },
    tokenRequests: () => counted((road, place) => road === tokenRoad(place)),
    requests: () => counted(() => true),
  };
}

export function byPlace<T>(make: (place: Place) => T): Record<Place, T> {
  return { hubspot: make('hubspot'), salesforce: make('salesforce'), google: make('google'), slack: make('slack') };
}

function clientOf(place: Place, base: string): RegisteredApp {
  return {
    clientId: `sentinel-at-${place}`,
    clientSecret: `${place}-client-${randomBytes(24).toString('hex')}`,
    redirectUris: PLACES[place].providers.map((provider) => `${base}/connect/callback/${provider}`),
  };
}

function settingsOf(place: Place, { clientId, clientSecret }: RegisteredApp): readonly (readonly [string, string])[] {
  const { env } = PLACES[place];
  return [
    [`${env}_CLIENT_ID`, clientId],
    [`${env}_CLIENT_SECRET`, clientSecret],
  ];
}

/** A port that nobody has, to be the installation's own before it is started. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
