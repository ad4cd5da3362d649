// How one identity provider is asked: within its reach, quickly, and for small answers only. Shared by everything that
// talks to that provider.
import { errorFields, type Logger } from '../../platform/log.ts';
import { createOutboundFetch, OutboundFailed, type OutboundFetch } from '../../platform/outbound/guarded-fetch.ts';
import type { Reach } from '../../platform/outbound/reach.ts';

/** 5 seconds and 512 KiB per exchange. */
export const identityFetch: OutboundFetch = createOutboundFetch({ timeoutMs: 5_000, maxBytes: 512 * 1024 });

export interface IssuerFetch {
  readonly reach: Reach;
  /** @throws OutboundFailed when there is no whole answer; any status is an answer */
  ask(request: {
    readonly url: URL;
    readonly method?: 'GET' | 'POST';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }): Promise<Response>;
  /** A document. @throws a fault unless the answer is 200 with JSON */
  json(url: URL): Promise<unknown>;
}

export function createIssuerFetch(fetch: OutboundFetch, reach: Reach): IssuerFetch {
  const ask: IssuerFetch['ask'] = ({ url, method = 'GET', headers = {}, body }) =>
    fetch({ url, method, headers, body: body ?? null, reach });
  return {
    reach,
    ask,
    json: async (url) => {
      const response = await ask({ url, headers: { accept: 'application/json' } });
      if (response.status !== 200) throw new UnusableAnswer(response.status);
      return response.json();
    },
  };
}

/** The provider answered, but not with what was asked for. */
class UnusableAnswer extends Error {
  readonly code: string;
  constructor(status: number) {
    super('unusable answer');
    this.name = 'UnusableAnswer';
    this.code = `HTTP-${status}`;
  }
}

/** One line per failed attempt, by which an operator is warned while stale keys still serve. */
export function logFailure(
  { log, source }: { readonly log: Logger; readonly source: string },
  { event, error, age }: { readonly event: string; readonly error: unknown; readonly age: number | null },
): void {
  const reason = error instanceof OutboundFailed ? error.reason : null;
  log.error(event, { ...errorFields(error), source, reason, seconds: age === null ? null : Math.round(age / 1000) });
}
