// What an OpenID issuer says about itself (OIDC Discovery §4): read through oauth4webapi, then checked again by us. The
// issuer it names must be letter for letter the configured one, and every address in it one we may ask.
import { allowInsecureRequests, customFetch, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { mayAsk } from '../../platform/outbound/reach.ts';
import { createIssuerCache, type IssuerCache, METADATA_TIMES } from './issuer-cache.ts';
import { type IssuerFetch, logFailure } from './issuer-fetch.ts';

const Metadata = z.object({
  issuer: z.string(),
  jwks_uri: z.url(),
  /** An issuer may only sign tokens for applications, and sign nobody in for us. */
  authorization_endpoint: z.url().optional(),
  token_endpoint: z.url().optional(),
  userinfo_endpoint: z.url().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
});
export type IssuerMetadata = z.output<typeof Metadata>;

export interface MetadataDeps {
  readonly source: string;
  readonly issuer: string;
  readonly fetch: IssuerFetch;
  readonly clock: Clock;
  readonly log: Logger;
}

export function createMetadata(deps: MetadataDeps): IssuerCache<IssuerMetadata> {
  return createIssuerCache({
    times: METADATA_TIMES,
    clock: deps.clock,
    load: () => discover(deps),
    onFailure: (error, age) => logFailure(deps, { event: 'identity.issuer_unusable', error, age }),
  });
}

async function discover({ issuer, fetch }: MetadataDeps): Promise<IssuerMetadata> {
  const url = new URL(issuer);
  const document = await processDiscoveryResponse(url, await discoveryRequest(url, requestOptions(fetch)));
  const metadata = Metadata.parse(document);
  if (metadata.issuer !== issuer) throw new Error('the metadata is of another issuer');
  const { jwks_uri, authorization_endpoint, token_endpoint, userinfo_endpoint } = metadata;
  for (const each of [jwks_uri, authorization_endpoint, token_endpoint, userinfo_endpoint])
    if (each !== undefined && !mayAsk(new URL(each), fetch.reach)) throw new Error('an address that may not be asked');
  return metadata;
}

interface LibraryRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/** Sends oauth4webapi's requests our way. Plain http is judged by the reach, not by the library. */
export function requestOptions(fetch: IssuerFetch) {
  return {
    [allowInsecureRequests]: true,
    [customFetch]: (url: string, { method, headers, body }: LibraryRequest): Promise<Response> =>
      fetch.ask({
        url: new URL(url),
        method: method === 'POST' ? 'POST' : 'GET',
        headers,
        ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
      }),
  } as const;
}
