// All providers of accounts, by name: what is known of each, and the descriptor where the settings make it usable.
import type { ConnectableProvider, ConnectionProvider } from '@sentinel/contract';
import type { Secret } from '../../../../platform/secrets/secret.ts';
import type { ConnectionSettings } from '../connection-settings.ts';
import { CALENDAR_FACTS, GMAIL_FACTS, google } from './google.ts';
import { hubspot, HUBSPOT_FACTS } from './hubspot.ts';
import { salesforce, SALESFORCE_FACTS } from './salesforce.ts';
import { slack, SLACK_FACTS } from './slack.ts';
import type { ProviderClient, ProviderFacts, SourceProvider } from './source-provider.ts';

export interface SourceProviders {
  /** Null while its settings are missing. */
  find(name: ConnectionProvider): SourceProvider | null;
  /** Names of the settings that are missing. */
  missing(name: ConnectionProvider): readonly string[];
  list(): readonly ConnectableProvider[];
}

const FACTS: Readonly<Record<ConnectionProvider, ProviderFacts>> = {
  hubspot: HUBSPOT_FACTS,
  salesforce: SALESFORCE_FACTS,
  gmail: GMAIL_FACTS,
  calendar: CALENDAR_FACTS,
  slack: SLACK_FACTS,
};

/** What people call it, configured or not. */
export const titleOf = (name: ConnectionProvider): string => FACTS[name].title;

interface Entry {
  readonly facts: ProviderFacts;
  readonly missing: readonly string[];
  readonly provider: SourceProvider | null;
}

export function openSourceProviders(settings: ConnectionSettings): SourceProviders {
  const entries = entriesOf(settings);
  return {
    find: (name) => entries[name].provider,
    missing: (name) => entries[name].missing,
    list: () => Object.values(entries).map(toAnswer),
  };
}

function toAnswer({ facts, missing }: Entry): ConnectableProvider {
  return {
    provider: facts.name,
    title: facts.title,
    configured: missing.length === 0,
    missingSettings: [...missing],
    scopes: facts.scopes.map((each) => ({ ...each })),
    caution: facts.caution,
  };
}

function entriesOf(settings: ConnectionSettings): Readonly<Record<ConnectionProvider, Entry>> {
  const mount = originOf(settings.providersSandbox);
  const googleClient = {
    env: 'GOOGLE_SOURCES',
    id: settings.googleSourcesClientId,
    secret: settings.googleSourcesClientSecret,
    sandbox: originOf(settings.providersSandboxGoogle),
  };
  const { slackPkce: pkce, salesforceLoginHost: loginHost } = settings;
  return {
    hubspot: entry(
      HUBSPOT_FACTS,
      {
        env: 'HUBSPOT',
        id: settings.hubspotClientId,
        secret: settings.hubspotClientSecret,
        sandbox: at(mount, 'hubspot'),
      },
      hubspot,
    ),
    salesforce: entry(
      SALESFORCE_FACTS,
      {
        env: 'SALESFORCE',
        id: settings.salesforceClientId,
        secret: settings.salesforceClientSecret,
        sandbox: at(mount, 'salesforce'),
      },
      (client) => salesforce({ ...client, loginHost }),
    ),
    gmail: entry(GMAIL_FACTS, googleClient, (client) => google(client, GMAIL_FACTS)),
    calendar: entry(CALENDAR_FACTS, googleClient, (client) => google(client, CALENDAR_FACTS)),
    slack: entry(
      SLACK_FACTS,
      { env: 'SLACK', id: settings.slackClientId, secret: settings.slackClientSecret, sandbox: at(mount, 'slack') },
      (client) => slack({ ...client, pkce }),
    ),
  };
}

interface ClientSettings {
  /** What its settings begin with. */
  readonly env: string;
  readonly id: string | null;
  readonly secret: Secret | null;
  readonly sandbox: string | null;
}

function entry(
  facts: ProviderFacts,
  { env, id, secret, sandbox }: ClientSettings,
  open: (client: ProviderClient) => SourceProvider,
): Entry {
  const missing = [...(id === null ? [`${env}_CLIENT_ID`] : []), ...(secret === null ? [`${env}_CLIENT_SECRET`] : [])];
  const provider = id === null || secret === null ? null : open({ clientId: id, clientSecret: secret, sandbox });
  return { facts, missing, provider };
}

const originOf = (url: string | null): string | null => (url === null ? null : new URL(url).origin);
const at = (origin: string | null, mount: string): string | null => (origin === null ? null : `${origin}/${mount}`);
