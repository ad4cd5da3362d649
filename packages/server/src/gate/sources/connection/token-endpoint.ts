// Asks a provider's token and revocation endpoints on the lane of one connection, and says what came of it. A wrong client
// secret, an outage and one dead connection are three different answers here, and never mistaken for each other.
import type { Disconnected } from '@sentinel/contract';
import { z } from 'zod';
import { OutboundFailed } from '../../../platform/outbound/guarded-fetch.ts';
import type { Lane, LaneAnswer } from '../../../platform/outbound/lane.ts';
import type { Credentials } from './credential-seal.ts';
import type { FormRequest, Grant, SourceProvider } from './providers/source-provider.ts';

export interface TokenRoad {
  readonly provider: SourceProvider;
  readonly lane: Lane;
}

export type TokenOutcome =
  | { readonly kind: 'granted'; readonly grant: Grant }
  /** What was presented (a refresh token, a code) is dead. */
  | { readonly kind: 'revoked' }
  /** The provider refuses our client id or secret. */
  | { readonly kind: 'client_refused' }
  /** It said no for a reason that says nothing about the credentials. */
  | { readonly kind: 'refused' }
  | {
      readonly kind: 'transient';
      readonly trouble: 'unreachable' | 'limited';
      readonly retryAfterMs: number | null;
      /** Whether the provider may have done what was asked, and its answer was lost. */
      readonly answerLost: boolean;
    };

/** How long a request for tokens may take with its waiting; well within the lease of a refresh. */
export const TOKEN_PATIENCE_MS = 25_000;
const REVOCATION_PATIENCE_MS = 10_000;

/** Asks for tokens, once: only what the provider surely did not act on is asked again. Never throws for what it answers. */
export async function askTokens(road: TokenRoad, request: FormRequest): Promise<TokenOutcome> {
  const { provider } = road;
  try {
    const answer = await send(road, request, { answer: provider.grant, patienceMs: TOKEN_PATIENCE_MS });
    if (answer.kind === 'ok') return { kind: 'granted', grant: answer.value };
    const judged = answer.kind === 'refused' ? provider.judge(answer.code) : 'client_refused';
    return { kind: judged === 'transient' ? 'refused' : judged };
  } catch (error) {
    if (!(error instanceof OutboundFailed)) throw error;
    const { reason, retryAfterMs, unsent } = error;
    return {
      kind: 'transient',
      trouble: reason === 'limited' ? 'limited' : 'unreachable',
      retryAfterMs,
      answerLost: !unsent && !UNDONE.has(reason),
    };
  }
}

/** Failures after which the provider surely did nothing. */
const UNDONE: ReadonlySet<OutboundFailed['reason']> = new Set([
  'limited',
  'breaker_open',
  'queue_full',
  'address_refused',
]);

/** Has credentials revoked. Never throws for what the provider does: whatever goes wrong, they are not kept. */
export async function revokeTokens(road: TokenRoad, credentials: Credentials): Promise<Disconnected['revocation']> {
  const [first, ...others] = road.provider.revoke(credentials);
  if (first === undefined) return 'unconfirmed';
  const verdict = await revoke(road, first);
  for (const other of others) await revoke(road, other);
  return verdict;
}

async function revoke(road: TokenRoad, request: FormRequest): Promise<Disconnected['revocation']> {
  try {
    const answer = await send(road, request, { answer: z.unknown(), patienceMs: REVOCATION_PATIENCE_MS });
    if (answer.kind === 'ok') return 'revoked';
    return answer.kind === 'refused' && road.provider.isDead(answer.code) ? 'already_dead' : 'unconfirmed';
  } catch (error) {
    if (error instanceof OutboundFailed) return 'unconfirmed';
    throw error;
  }
}

function send<T>(
  { provider, lane }: TokenRoad,
  { url, form, headers = {} }: FormRequest,
  { answer, patienceMs }: { readonly answer: z.ZodType<T>; readonly patienceMs: number },
): Promise<LaneAnswer<T>> {
  return lane.ask({
    url,
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
    answer,
    dialect: provider.tokenDialect,
    reach: provider.reach,
    retry: 'unsent_only',
    signal: AbortSignal.timeout(patienceMs),
  });
}
