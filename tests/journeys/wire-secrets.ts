// Listens to what passes between a system and the sandbox's stand-ins, and keeps everything in it that is secret: client
// secrets, codes, verifiers, and every token, also those in answers that never arrive.
import type { ProviderName, Sandbox, StandIn } from '@sentinel/sandbox/providers';

export const SECRET_KINDS = ['client secret', 'code', 'verifier', 'access token', 'refresh token'] as const;
export type SecretKind = (typeof SECRET_KINDS)[number];

export interface WireSecret {
  readonly provider: ProviderName;
  readonly kind: SecretKind;
  readonly text: string;
}

export interface WireSecrets {
  /** Each once, in the order in which they were first seen. */
  all(): readonly WireSecret[];
  of(provider: ProviderName, kind: SecretKind): readonly string[];
  /** Whether answers are kept back from now on: what is asked for is done, and whoever asked waits for ever. */
  keepBack(answers: boolean): void;
}

type Exchange = Parameters<StandIn['handle']>[0];

const ASKED: Readonly<Record<string, SecretKind>> = {
  client_secret: 'client secret',
  code: 'code',
  code_verifier: 'verifier',
  refresh_token: 'refresh token',
};
const ANSWERED: Readonly<Record<string, SecretKind>> = {
  access_token: 'access token',
  refresh_token: 'refresh token',
};

/** @param providers whose stand-ins are listened to from now on */
export function listenIn({ standIns }: Pick<Sandbox, 'standIns'>, providers: readonly ProviderName[]): WireSecrets {
  const seen = new Map<string, WireSecret>();
  let isKeptBack = false;
  const note = (provider: ProviderName, kind: SecretKind | undefined, text: unknown): void => {
    if (kind !== undefined && typeof text === 'string' && !seen.has(text)) seen.set(text, { provider, kind, text });
  };
  for (const name of providers) {
    const standIn: StandIn = standIns[name];
    const handle = standIn.handle.bind(standIn);
    standIn.handle = (exchange) => {
      for (const [field, text] of new URLSearchParams(exchange.body.toString('utf8'))) note(name, ASKED[field], text);
      const leaves = !isKeptBack;
      hearAnswer(exchange, leaves, (field, text) => note(name, ANSWERED[field], text));
      return handle(exchange);
    };
  }
  const all = () => [...seen.values()];
  return {
    keepBack: (answers) => void (isKeptBack = answers),
    all,
    of: (provider, kind) =>
      all().flatMap((each) => (each.provider === provider && each.kind === kind ? [each.text] : [])),
  };
}

/** Stand-ins end each answer with its whole body. A fault that is played around them may keep it from leaving, too. */
function hearAnswer({ response }: Exchange, leaves: boolean, hear: (field: string, value: unknown) => void): void {
  const end = response.end.bind(response);
  response.end = (chunk?: unknown) => {
    const body = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : null;
    for (const [field, value] of body === null ? [] : membersOf(body)) hear(field, value);
    if (!leaves) return response;
    return body === null ? end() : end(body);
  };
}

function membersOf(body: string | Uint8Array): readonly (readonly [string, unknown])[] {
  try {
    const json: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof json === 'object' && json !== null ? Object.entries(json) : [];
  } catch {
    return [];
  }
}
