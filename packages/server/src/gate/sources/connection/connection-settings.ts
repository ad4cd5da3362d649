// The settings of providers whose accounts are connected, in the form the table of all settings has them, and what is unsafe
// about them. Hosts are never free text: Salesforce's is on an allow-list, and the sandbox stands on this machine.
import { z } from 'zod';
import { isLoopbackUrl } from '../../../platform/http/host.ts';
import type { Secret } from '../../../platform/secrets/secret.ts';
import { isLoginHost } from './providers/salesforce-hosts.ts';

const text = z.string().trim().min(1).nullable();
const url = z.url({ protocol: /^https?$/ }).nullable();

export const CONNECTION_SETTINGS = {
  hubspotClientId: {
    env: ['HUBSPOT_CLIENT_ID'],
    flag: null,
    meaning: 'Client id of an app at HubSpot; with the secret, HubSpot accounts can be connected.',
    schema: text,
    fallback: null,
    secret: false,
  },
  hubspotClientSecret: {
    env: ['HUBSPOT_CLIENT_SECRET'],
    flag: null,
    meaning: 'Client secret at HubSpot.',
    schema: text,
    fallback: null,
    secret: true,
  },
  salesforceClientId: {
    env: ['SALESFORCE_CLIENT_ID'],
    flag: null,
    meaning: 'Consumer key of an external client app at Salesforce; with the secret, Salesforce orgs can be connected.',
    schema: text,
    fallback: null,
    secret: false,
  },
  salesforceClientSecret: {
    env: ['SALESFORCE_CLIENT_SECRET'],
    flag: null,
    meaning: 'Consumer secret at Salesforce.',
    schema: text,
    fallback: null,
    secret: true,
  },
  salesforceLoginHost: {
    env: ['SALESFORCE_LOGIN_HOST'],
    flag: null,
    meaning: 'Where people sign in to Salesforce: login.salesforce.com, test.salesforce.com or a My Domain.',
    schema: z.string().trim().toLowerCase().refine(isLoginHost, {
      error: 'give login.salesforce.com, test.salesforce.com or a host below my.salesforce.com',
    }),
    fallback: 'login.salesforce.com',
    secret: false,
  },
  googleSourcesClientId: {
    env: ['GOOGLE_SOURCES_CLIENT_ID'],
    flag: null,
    meaning: 'Client id at Google for reading Gmail and Calendar; apart from the one that signs people in.',
    schema: text,
    fallback: null,
    secret: false,
  },
  googleSourcesClientSecret: {
    env: ['GOOGLE_SOURCES_CLIENT_SECRET'],
    flag: null,
    meaning: 'Client secret at Google for reading Gmail and Calendar.',
    schema: text,
    fallback: null,
    secret: true,
  },
  slackClientId: {
    env: ['SLACK_CLIENT_ID'],
    flag: null,
    meaning: 'Client id of an app at Slack; with the secret, Slack workspaces can be connected.',
    schema: text,
    fallback: null,
    secret: false,
  },
  slackClientSecret: {
    env: ['SLACK_CLIENT_SECRET'],
    flag: null,
    meaning: 'Client secret at Slack.',
    schema: text,
    fallback: null,
    secret: true,
  },
  slackPkce: {
    env: ['SLACK_PKCE'],
    flag: null,
    meaning:
      'Whether PKCE is switched on for the Slack app; Slack takes it only then, and cannot switch it off again. The other providers always get it.',
    schema: z.stringbool(),
    fallback: 'false',
    secret: false,
  },
  providersSandbox: {
    env: ['SENTINEL_PROVIDERS_SANDBOX'],
    flag: null,
    meaning: 'Origin of stand-ins for HubSpot, Salesforce and Slack, for the demo and for tests. On this machine only.',
    schema: url,
    fallback: null,
    secret: false,
  },
  providersSandboxGoogle: {
    env: ['SENTINEL_PROVIDERS_SANDBOX_GOOGLE'],
    flag: null,
    meaning: 'Origin of the stand-in for Google; set together with providersSandbox.',
    schema: url,
    fallback: null,
    secret: false,
  },
} as const;

export interface ConnectionSettings {
  readonly hubspotClientId: string | null;
  readonly hubspotClientSecret: Secret | null;
  readonly salesforceClientId: string | null;
  readonly salesforceClientSecret: Secret | null;
  readonly salesforceLoginHost: string;
  readonly googleSourcesClientId: string | null;
  readonly googleSourcesClientSecret: Secret | null;
  readonly slackClientId: string | null;
  readonly slackClientSecret: Secret | null;
  readonly slackPkce: boolean;
  readonly providersSandbox: string | null;
  readonly providersSandboxGoogle: string | null;
}

/** Sentences about what cannot work or would be unsafe; empty when everything is well. */
export function refuseUnsafeConnections(settings: ConnectionSettings): string[] {
  const sentences: string[] = [];
  for (const [name, id, secret] of [
    ['HUBSPOT', settings.hubspotClientId, settings.hubspotClientSecret],
    ['SALESFORCE', settings.salesforceClientId, settings.salesforceClientSecret],
    ['GOOGLE_SOURCES', settings.googleSourcesClientId, settings.googleSourcesClientSecret],
    ['SLACK', settings.slackClientId, settings.slackClientSecret],
  ] as const)
    if ((id === null) !== (secret === null))
      sentences.push(`${name}_CLIENT_ID and ${name}_CLIENT_SECRET need each other.`);
  if ((settings.providersSandbox === null) !== (settings.providersSandboxGoogle === null))
    sentences.push('SENTINEL_PROVIDERS_SANDBOX and SENTINEL_PROVIDERS_SANDBOX_GOOGLE need each other.');
  for (const [name, origin] of [
    ['SENTINEL_PROVIDERS_SANDBOX', settings.providersSandbox],
    ['SENTINEL_PROVIDERS_SANDBOX_GOOGLE', settings.providersSandboxGoogle],
  ] as const)
    if (origin !== null && !isSandboxOrigin(origin))
      sentences.push(
        `${name} must be an http origin on this machine, without a path: a sandbox is told client secrets.`,
      );
  return sentences;
}

function isSandboxOrigin(origin: string): boolean {
  const { protocol, pathname, search, hash, username, password } = new URL(origin);
  const isBare = pathname === '/' && `${search}${hash}${username}${password}` === '';
  return protocol === 'http:' && isBare && isLoopbackUrl(new URL(origin));
}
