// The made-up company's CRM, mail, calendar and chat, for the demo: the sandbox on the ports beside ours, with our own client
// registered everywhere, so that connecting an account goes through real consent screens and stays on this machine.
import { type RegisteredApp, startSandbox } from '@sentinel/sandbox/providers';
import type { Config } from '@sentinel/server/config';
import { Secret } from '@sentinel/server/demo';

/** Beside our port stands the identity provider; the sandbox takes the three after it. */
const PORTS_AFTER = 2;
const CLIENT_ID = 'sentinel-demo';
const CLIENT_SECRET = 'made-up-client-secret';
/** The demo's book is this large as well. */
const CONTACTS = 400;

export interface DemoProviders {
  /** The settings with the sandbox and our clients at it. */
  readonly config: Config;
  /** Where one sees what the sandbox is made to do. */
  readonly url: string;
  close(): Promise<void>;
}

/** Null where it cannot be: real clients are set, the port is not fixed, or the ports beside it are taken. */
export async function startDemoProviders(config: Config, now: Date): Promise<DemoProviders | null> {
  const isReal =
    config.hubspotClientId ?? config.salesforceClientId ?? config.googleSourcesClientId ?? config.slackClientId;
  if (isReal !== null || config.publicUrl !== null || config.port === 0) return null;
  const port = config.port + PORTS_AFTER;
  const apps = (...providers: readonly string[]): readonly RegisteredApp[] => [
    {
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      redirectUris: providers.flatMap((each) => callbacks(config, each)),
    },
  ];
  try {
    const sandbox = await startSandbox({
      port,
      googlePort: port + 1,
      stripePort: port + 2,
      world: { now, contacts: CONTACTS, live: true },
      apps: {
        hubspot: apps('hubspot'),
        salesforce: apps('salesforce'),
        google: apps('gmail', 'calendar'),
        slack: apps('slack'),
      },
    });
    const secret = () => new Secret(CLIENT_SECRET);
    return {
      url: sandbox.origin,
      config: {
        ...config,
        hubspotClientId: CLIENT_ID,
        hubspotClientSecret: secret(),
        salesforceClientId: CLIENT_ID,
        salesforceClientSecret: secret(),
        googleSourcesClientId: CLIENT_ID,
        googleSourcesClientSecret: secret(),
        slackClientId: CLIENT_ID,
        slackClientSecret: secret(),
        providersSandbox: sandbox.origin,
        providersSandboxGoogle: sandbox.urls.google,
      },
      close: () => sandbox.close(),
    };
  } catch {
    // A port beside ours is taken. Everything but connecting works without it.
    return null;
  }
}

function callbacks({ port }: Config, provider: string): readonly string[] {
  return ['127.0.0.1', 'localhost'].map((host) => `http://${host}:${port}/connect/callback/${provider}`);
}
