// Starts the stand-ins for all providers on this machine, around one made-up world and one switchboard of faults. For tests
// and the demo; nobody elsewhere can reach it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Google, openGoogle } from '../google/google.ts';
import { type HubSpot, openHubSpot } from '../hubspot/hubspot.ts';
import { openOpenRouter, type OpenRouter } from '../openrouter/openrouter.ts';
import { openSalesforce, type Salesforce } from '../salesforce/salesforce.ts';
import { openSlack, type Slack } from '../slack/slack.ts';
import { openStripe, type Stripe } from '../stripe/stripe.ts';
import { createWorld } from '../world/create-world.ts';
import type { World, WorldOptions } from '../world/world.ts';
import { handleControl } from './control.ts';
import { createFaults } from './create-faults.ts';
import type { Faults } from './faults.ts';
import { createGateway } from './gateway.ts';
import { openPort, type Port } from './ports.ts';
import { type Ground, PROVIDER_NAMES, type ProviderName, type RegisteredApp } from './stand-in.ts';

export { createBrowser, type Browser, type Landing } from '../identity/browser.ts';
export { answerConsent, type ConsentChoice } from './answer-consent.ts';
export type { ActiveFault, FaultKind, FaultOrder, Faults } from './faults.ts';
export { PROVIDER_NAMES, type ProviderName, type RegisteredApp, type StandIn } from './stand-in.ts';
export type { Happening, World, WorldOptions } from '../world/world.ts';

export interface SandboxOptions {
  /** Of the page, the control and most stand-ins; 0 or nothing: a free one. So the other two. */
  readonly port?: number;
  readonly googlePort?: number;
  readonly stripePort?: number;
  /** Its `now` is this moment unless said. */
  readonly world?: Partial<WorldOptions>;
  readonly apps?: Partial<Record<ProviderName, readonly RegisteredApp[]>>;
  /** Hears in which part of the sandbox an error was, which is answered with 500; standard error unless said. */
  readonly onError?: (where: string, error: unknown) => void;
}

export interface SandboxStandIns {
  readonly hubspot: HubSpot;
  readonly salesforce: Salesforce;
  readonly google: Google;
  readonly slack: Slack;
  readonly stripe: Stripe;
  readonly openrouter: OpenRouter;
}

export interface Sandbox {
  /** Such as `http://127.0.0.1:9005`: the page and the control API, under `/_sandbox`. */
  readonly origin: string;
  /** Where each provider is, without a trailing slash. Google and Stripe have ports of their own: their SDKs drop a path. */
  readonly urls: Readonly<Record<ProviderName, string>>;
  readonly world: World;
  readonly faults: Faults;
  readonly standIns: SandboxStandIns;
  /** What was asked of a provider so far, such as `POST /oauth/v3/token`; the last 10,000, without their queries. */
  asked(provider: ProviderName): readonly string[];
  close(): Promise<void>;
}

/** @throws Error when a port is taken or the world cannot be made */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const ports: Port[] = [];
  try {
    const main = await opened(ports, options.port);
    const google = await opened(ports, options.googlePort);
    const stripe = await opened(ports, options.stripePort);
    return assemble(options, { main, google, stripe });
  } catch (error) {
    await Promise.all(ports.map(async (port) => await port.close()));
    throw error;
  }
}

async function opened(ports: Port[], number = 0): Promise<Port> {
  const port = await openPort(number);
  ports.push(port);
  return port;
}

interface Ports {
  readonly main: Port;
  readonly google: Port;
  readonly stripe: Port;
}

function assemble(options: SandboxOptions, ports: Ports): Sandbox {
  const { main, google, stripe } = ports;
  const world = createWorld({ now: new Date(), ...options.world });
  const faults = createFaults();
  const urls = {
    hubspot: `${main.origin}/hubspot`,
    salesforce: `${main.origin}/salesforce`,
    google: google.origin,
    slack: `${main.origin}/slack`,
    stripe: stripe.origin,
    openrouter: `${main.origin}/openrouter`,
  };
  const standIns = openAll((name) => ({ world, faults, apps: options.apps?.[name] ?? [], base: urls[name] }));
  const gateway = createGateway(faults, options.onError ?? printError);
  const sandbox: Sandbox = {
    origin: main.origin,
    urls,
    world,
    faults,
    standIns,
    asked: gateway.asked,
    close: async () => {
      world.close();
      await Promise.all(Object.values(ports).map(async (port: Port) => await port.close()));
      await Promise.all(PROVIDER_NAMES.map(async (name) => await standIns[name].close?.()));
    },
  };
  const { hubspot, salesforce, slack, openrouter } = standIns;
  main.serve(gateway.front([hubspot, salesforce, slack, openrouter].map(mounted), own(sandbox)));
  google.serve(gateway.front([{ mount: '', standIn: standIns.google }], null));
  stripe.serve(gateway.front([{ mount: '', standIn: standIns.stripe }], null));
  return sandbox;
}

function mounted<Kind extends { readonly name: ProviderName }>(standIn: Kind) {
  return { mount: `/${standIn.name}`, standIn };
}

function own(sandbox: Sandbox) {
  return async (request: IncomingMessage, response: ServerResponse) => await handleControl(sandbox, request, response);
}

function openAll(ground: (name: ProviderName) => Ground): SandboxStandIns {
  return {
    hubspot: openHubSpot(ground('hubspot')),
    salesforce: openSalesforce(ground('salesforce')),
    google: openGoogle(ground('google')),
    slack: openSlack(ground('slack')),
    stripe: openStripe(ground('stripe')),
    openrouter: openOpenRouter(ground('openrouter')),
  };
}

function printError(where: string, error: unknown): void {
  process.stderr.write(`sandbox, ${where}: ${error instanceof Error ? (error.stack ?? error.message) : 'failed'}\n`);
}
