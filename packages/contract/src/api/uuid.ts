// Ids as callers may spell them: a UUID with or without hyphens, in any case. Out comes the one spelling we use.
import { z } from 'zod';

const HYPHENATED = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const BARE = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** A UUID of any version (RFC 9562 §4). Accepts upper case and hyphen-less spellings, gives lower case with hyphens. */
export const UuidInput = z
  .string()
  .max(64)
  .transform((text, context) => {
    const lower = text.toLowerCase();
    const uuid = HYPHENATED.test(lower) ? lower : lower.replace(BARE, '$1-$2-$3-$4-$5');
    if (HYPHENATED.test(uuid)) return uuid;
    context.addIssue({ code: 'custom', message: 'This is not a UUID.', input: text });
    return z.NEVER;
  })
  .meta({ description: 'UUID; upper case and hyphen-less spellings are accepted' });
