// Divides the body of a mail into its parts (RFC 2046 §5.1) without decoding them.
// Depth and number of parts are bounded and every byte is looked at once per level, so nesting bombs cost nothing.
import { scanFields, wantFields } from './mime-headers.ts';

export const MAX_PARTS = 1_000;
export const MAX_PART_DEPTH = 20;
/** Longest Content-Type or Content-Disposition that is handed on; decoders take their time over parameters. */
export const MAX_PART_FIELD = 8 * 1024;
/** The same of all parts of a mail together. */
export const MAX_PART_FIELDS = 256 * 1024;

/** The fields that say what a part is; the MIME decoder gets these and no others. */
export const PART_FIELDS = ['content-type', 'content-transfer-encoding', 'content-disposition'] as const;
const WANTED = wantFields(PART_FIELDS);

export type PartFields = ReadonlyMap<string, readonly string[]>;

export interface PartLeaf {
  readonly kind: 'leaf';
  /** Lower-case media type. */
  readonly type: string;
  readonly attached: boolean;
  /** Lower-case transfer encoding; '' for none. */
  readonly encoding: string;
  readonly fields: PartFields;
  readonly body: Buffer;
}

export type MailPart =
  | PartLeaf
  | { readonly kind: 'multipart'; readonly subtype: string; readonly parts: readonly MailPart[] };

/**
 * @param fields content fields of the mail's own header
 * @returns the tree of its parts; what lies beyond MAX_PARTS or MAX_PART_DEPTH is left out, and what says too much about
 *   itself (MAX_PART_FIELD, MAX_PART_FIELDS) is bytes of no name
 */
export function divideParts(fields: PartFields, body: Buffer): MailPart {
  return dividePart(fields, body, {
    depth: 0,
    fallback: 'text/plain',
    budget: { left: MAX_PARTS, fields: MAX_PART_FIELDS },
  });
}

interface Place {
  readonly depth: number;
  /** Media type where none is said: message/rfc822 in a digest (RFC 2046 §5.1.5). */
  readonly fallback: string;
  readonly budget: { left: number; fields: number };
}

function dividePart(fields: PartFields, body: Buffer, place: Place): MailPart {
  const said = unfold(fields.get('content-type')?.[0] ?? '');
  const type = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(said)?.[1]?.toLowerCase() ?? place.fallback;
  if (!type.startsWith('multipart/')) {
    const attached = /^\s*attachment\b/i.test(fields.get('content-disposition')?.[0] ?? '');
    const encoding = /[\w-]+/.exec(fields.get('content-transfer-encoding')?.[0] ?? '')?.[0].toLowerCase() ?? '';
    if (isTooLong(fields, place.budget))
      return { kind: 'leaf', type: 'application/octet-stream', attached: true, encoding, fields: new Map(), body };
    return { kind: 'leaf', type, attached, encoding, fields, body };
  }
  const subtype = type.slice('multipart/'.length);
  const boundary = readBoundary(said);
  const parts: MailPart[] = [];
  if (boundary === null || place.depth >= MAX_PART_DEPTH) return { kind: 'multipart', subtype, parts };
  const inner = { ...place, depth: place.depth + 1, fallback: subtype === 'digest' ? 'message/rfc822' : 'text/plain' };
  for (const bytes of splitAtBoundary(body, boundary)) {
    if (place.budget.left <= 0) break;
    place.budget.left -= 1;
    const part = readPart(bytes, inner);
    if (part !== null) parts.push(part);
  }
  return { kind: 'multipart', subtype, parts };
}

function isTooLong(fields: PartFields, budget: { fields: number }): boolean {
  const lengths = DECODED.map((name) => fields.get(name)?.[0]?.length ?? 0);
  budget.fields -= Math.min(MAX_PART_FIELD, Math.max(...lengths));
  return budget.fields < 0 || lengths.some((length) => length > MAX_PART_FIELD);
}

const DECODED = ['content-type', 'content-disposition'];

function readPart(bytes: Buffer, place: Place): MailPart | null {
  const blank = bytes[0] === 0x0a ? 1 : bytes[0] === 0x0d && bytes[1] === 0x0a ? 2 : 0;
  if (blank > 0) return dividePart(new Map(), bytes.subarray(blank), place);
  const scan = scanFields(bytes, WANTED);
  return scan.kind === 'refused' ? null : dividePart(scan.values, bytes.subarray(scan.bodyAt), place);
}

function readBoundary(contentType: string): string | null {
  const match = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}

/** The bytes between delimiter lines; what follows the last one counts too, since mails are cut off. */
function* splitAtBoundary(body: Buffer, boundary: string): Generator<Buffer> {
  const delimiter = Buffer.from(`--${boundary}`);
  const lineDelimiter = Buffer.from(`\n--${boundary}`);
  let start = -1;
  let at = body.subarray(0, delimiter.length).equals(delimiter) ? 0 : findLine(body, lineDelimiter, 0);
  while (at !== -1) {
    const lineEnd = body.indexOf(0x0a, at);
    const next = lineEnd === -1 ? body.length : lineEnd + 1;
    const tail = next - at > delimiter.length + 100 ? 'x' : body.toString('latin1', at + delimiter.length, next);
    if (/^(?:--)?[ \t]*\r?\n?$/.test(tail)) {
      if (start !== -1) yield body.subarray(start, trimBreak(body, start, at));
      if (tail.startsWith('--')) return;
      start = next;
    }
    at = findLine(body, lineDelimiter, next - 1);
  }
  if (start !== -1) yield body.subarray(start);
}

/** Where a line that begins with the delimiter begins, or -1. */
function findLine(body: Buffer, lineDelimiter: Buffer, from: number): number {
  const at = body.indexOf(lineDelimiter, from);
  return at === -1 ? -1 : at + 1;
}

/** The line break before a delimiter belongs to the delimiter. */
function trimBreak(body: Buffer, start: number, at: number): number {
  let end = at;
  if (end > start && body[end - 1] === 0x0a) end -= 1;
  if (end > start && body[end - 1] === 0x0d) end -= 1;
  return end;
}

function unfold(value: string): string {
  return value.replace(/\r?\n(?=[ \t])/g, '');
}
