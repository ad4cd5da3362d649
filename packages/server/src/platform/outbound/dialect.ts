// What an answer means, in the words of one provider. The platform knows no provider: each brings a dialect of its own.
export type Verdict =
  | { readonly kind: 'ok' }
  /**
   * Asked too often; may be repeated. `retryAfterMs` says what only the body knows: null leaves it to the header. A limit
   * of a day is said with a day, or what is left of it: more than 15 minutes are never waited for, nor repeated after.
   */
  | { readonly kind: 'limited'; readonly retryAfterMs: number | null }
  /** Not able to answer now; may be repeated. `retryAfterMs` as above. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs: number | null }
  /** The token is not accepted. Never repeated here and never held against the provider. */
  | { readonly kind: 'unauthorised' }
  /** Any other refusal. Never repeated and never held against the provider. `code` is a fixed word of the provider. */
  | { readonly kind: 'refused'; readonly code: string };

export interface JudgedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body; null when it is empty, undefined when it is not JSON. */
  readonly json: unknown;
}

export interface Dialect {
  judge(answer: JudgedAnswer): Verdict;
}

/** What statuses mean where a provider adds nothing of its own (RFC 9110 §15). Redirects are refused, not followed. */
export const plainDialect: Dialect = {
  judge: ({ status }) => {
    if (status >= 200 && status < 300) return { kind: 'ok' };
    if (status === 401) return { kind: 'unauthorised' };
    if (status === 429) return { kind: 'limited', retryAfterMs: null };
    if (status >= 500) return { kind: 'unavailable', retryAfterMs: null };
    return { kind: 'refused', code: `http_${status}` };
  },
};
