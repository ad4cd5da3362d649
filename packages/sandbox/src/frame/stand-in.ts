// What a stand-in for a provider is to the frame that serves it: where it is mounted, how it answers, and how it says in
// its own words that something is wrong today.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Faults } from './faults.ts';
import type { World } from '../world/world.ts';

export const PROVIDER_NAMES = ['hubspot', 'salesforce', 'google', 'slack', 'stripe', 'openrouter'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** One request, with its body read whole: signatures and forms are about exact bytes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Without the provider's mount: `/oauth/authorize?…`. Its origin means nothing. */
  readonly url: URL;
  readonly body: Buffer;
}

/** A failure that every provider has, to be said in this one's words. */
export interface PlainFault {
  readonly status: 429 | 500 | 502 | 503;
  /** For the `Retry-After` header; null leaves it out. */
  readonly retryAfterSeconds: number | null;
}

export interface StandIn {
  readonly name: ProviderName;
  /** Answers anything below its mount, unknown paths as the real provider would. */
  handle(exchange: Exchange): Promise<void> | void;
  answerFault(exchange: Exchange, fault: PlainFault): void;
  /** Withdraws everything one account or all accounts granted, as its owner would at the provider. */
  revokeGrants(account?: string): void;
  /** Stops timers and deliveries. */
  close?(): Promise<void> | void;
}

/** An application registered at a provider. */
export interface RegisteredApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  /** Signs what the provider sends, where that is another secret than the client's (Slack, Stripe). */
  readonly signingSecret?: string;
  /** Where the provider sends its events or webhooks; absent for none. */
  readonly eventUrl?: string;
  /** Slack: token rotation is on. HubSpot: refresh tokens change at each refresh. Salesforce always rotates unless false. */
  readonly rotates?: boolean;
}

/** What a stand-in is built on. */
export interface Ground {
  readonly world: World;
  readonly faults: Faults;
  readonly apps: readonly RegisteredApp[];
  /** Origin and mount as seen from outside, without a trailing slash: `http://127.0.0.1:9005/hubspot`. */
  readonly base: string;
}
