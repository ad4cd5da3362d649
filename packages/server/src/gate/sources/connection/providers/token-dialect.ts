// What answers of token endpoints mean, for all providers: a refusal keeps the provider's code, since that code decides
// between one dead connection, a wrong client secret and a bad moment.
import { z } from 'zod';
import { type Dialect, plainDialect } from '../../../../platform/outbound/dialect.ts';

const OAuthError = z.object({ error: z.string() });

export interface TokenWords {
  /** The code of a refusal; null when the answer is none. */
  readonly codeOf?: (json: unknown) => string | null;
  /** Codes that ask for fewer requests. */
  readonly limited?: ReadonlySet<string>;
  /** Codes that mean that the provider cannot answer now. */
  readonly unavailable?: ReadonlySet<string>;
}

/** RFC 6749 §5.2, with a provider's own words beside it. */
export function tokenDialect(words: TokenWords = {}): Dialect {
  const { codeOf = oauthCode, limited = NONE, unavailable = NONE } = words;
  return {
    judge(answer) {
      const code = codeOf(answer.json);
      if (code !== null && limited.has(code)) return { kind: 'limited', retryAfterMs: null };
      if (code !== null && (unavailable.has(code) || UNABLE.has(code)))
        return { kind: 'unavailable', retryAfterMs: null };
      const plain = plainDialect.judge(answer);
      if (plain.kind === 'limited' || plain.kind === 'unavailable') return plain;
      // A 401 here is about the client, never about a token.
      if (code !== null || plain.kind !== 'ok') return { kind: 'refused', code: wordOf(code, answer.status) };
      return plain;
    },
  };
}

const NONE: ReadonlySet<string> = new Set();
/** RFC 6749 §4.1.2.1. */
const UNABLE: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

/** Codes go into logs and metrics, so a text that is no plain word is not repeated. */
function wordOf(code: string | null, status: number): string {
  return code !== null && /^[\w.:-]{1,60}$/.test(code) ? code : `http_${status}`;
}

export function oauthCode(json: unknown): string | null {
  return OAuthError.safeParse(json).data?.error ?? null;
}
