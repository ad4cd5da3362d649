// Reads a compact JWS strictly, before anything in it is believed: three parts, each the one canonical base64url text
// of its bytes, header and claims objects in which no name stands twice. Parsers differ on everything else, and what
// two of them read differently could be signed as one thing and used as another.
import { z } from 'zod';

export interface JwsParts {
  readonly alg: string;
  readonly kid: string | null;
  readonly claims: unknown;
}

export const MAX_TOKEN_LENGTH = 16 * 1024;

/**
 * The header of an ID token, as far as we accept any: no extensions to understand (`crit`, RFC 7515 §4.1.11), no
 * unencoded payload, no compression. Members about keys are not even read.
 */
const Header = z.object({
  alg: z.string().max(16),
  kid: z.string().max(512).nullish(),
  typ: z
    .string()
    .refine((typ) => typ.toLowerCase() === 'jwt')
    .optional(),
  cty: z.undefined().optional(),
  crit: z.undefined().optional(),
  b64: z.undefined().optional(),
  zip: z.undefined().optional(),
  enc: z.undefined().optional(),
});

/** @returns null for whatever is not such a token */
export function readJws(token: string): JwsParts | null {
  if (token.length > MAX_TOKEN_LENGTH) return null;
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return null;
  if (decode(signature) === null) return null;
  const parsed = Header.safeParse(readObject(header));
  const claims = readObject(payload);
  if (!parsed.success || claims === null) return null;
  return { alg: parsed.data.alg, kid: parsed.data.kid ?? null, claims };
}

function readObject(part: string): object | null {
  const bytes = decode(part);
  if (bytes === null) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) && !repeatsName(text) ? value : null;
  } catch {
    return null;
  }
}

function decode(part: string): Buffer | null {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : null;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/**
 * Tells whether any object in a JSON text has two members of one name, which `JSON.parse` settles silently.
 *
 * @param text valid JSON
 */
export function repeatsName(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const name: unknown = JSON.parse(last);
      const names = open.at(-1);
      if (typeof name !== 'string' || names?.has(name) === true) return true;
      names?.add(name);
    }
    last = token;
  }
  return false;
}
