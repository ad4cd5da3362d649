// The content of an admitted mail: subject, text, date, thread and the names of its attachments.
// Whatever the mail is made of, reading it ends, stays bounded and never throws; what cannot be read is left out.
import PostalMime, { decodeWords, type Email } from 'postal-mime';
import { MAX_TEXT_LENGTH, type MessageContent } from '../admission/message.ts';
import { cleanText, cleanTextTo } from './clean-text.ts';
import { htmlToPlainText } from './html-text.ts';
import { parseMailDate } from './mail-date.ts';
import { scanFields, wantFields } from './mime-headers.ts';
import { divideParts, PART_FIELDS, type MailPart, type PartLeaf } from './mime-parts.ts';

export const MAX_SUBJECT_LENGTH = 2_000;
export const MAX_REFERENCES = 100;
export const MAX_ATTACHMENTS = 500;

/** How much of one encoded text part is decoded; MAX_TEXT_LENGTH fits in, also as markup. */
const MAX_PART_BYTES = 1024 * 1024;

const MAIL_FIELDS = wantFields(['subject', 'date', 'in-reply-to', 'references', ...PART_FIELDS]);

const NOTHING: MessageContent = {
  subject: '', text: '', sentAt: null, inReplyTo: null, references: [], attachments: [], startsAt: null, endsAt: null,
};

/**
 * Reads the content of one mail.
 *
 * @param bytes the mail from its first header line on, already unquoted
 */
export async function readMailContent(bytes: Buffer): Promise<MessageContent> {
  const scan = scanFields(bytes, MAIL_FIELDS);
  if (scan.kind === 'refused') return NOTHING;
  const first = (name: string): string | undefined => scan.values.get(name)?.[0];
  const references = readIds(scan.values.get('references') ?? []);
  const body = await readBody(divideParts(scan.values, bytes.subarray(scan.bodyAt)));
  return {
    ...NOTHING,
    subject: readSubject(first('subject') ?? ''),
    text: cleanTextTo(body.text.replace(/\r\n?/g, '\n').trim(), MAX_TEXT_LENGTH),
    sentAt: parseMailDate(first('date')),
    inReplyTo: readIds(scan.values.get('in-reply-to') ?? []).at(0) ?? null,
    // The nearest ancestors stand last (RFC 5322 §3.6.4).
    references: references.slice(-MAX_REFERENCES),
    attachments: body.attachments,
  };
}

interface Body {
  readonly text: string;
  readonly attachments: MessageContent['attachments'];
}

async function readBody(part: MailPart): Promise<Body> {
  if (part.kind === 'leaf') return readLeaf(part);
  if (part.subtype === 'alternative') return readAlternative(part.parts);
  let text = '';
  const attachments: MessageContent['attachments'][number][] = [];
  for (const child of part.parts) {
    const body = text.length < MAX_TEXT_LENGTH || !isText(child) ? await readBody(child) : { text: '', attachments: [] };
    if (body.text.trim() !== '') text += text === '' ? body.text : `\n${body.text}`;
    attachments.push(...body.attachments.slice(0, MAX_ATTACHMENTS - attachments.length));
  }
  return { text, attachments };
}

/** Plain text where an alternative has it, else the first that says anything. */
async function readAlternative(parts: readonly MailPart[]): Promise<Body> {
  const plainFirst = parts.toSorted((a, b) => Number(isText(b, 'text/plain')) - Number(isText(a, 'text/plain')));
  let text = '';
  const attachments: MessageContent['attachments'][number][] = [];
  for (const part of plainFirst) {
    if (text.trim() !== '' && isText(part)) continue;
    const body = await readBody(part);
    if (text.trim() === '') text = body.text;
    attachments.push(...body.attachments.slice(0, MAX_ATTACHMENTS - attachments.length));
  }
  return { text, attachments };
}

function isText(part: MailPart, type?: string): boolean {
  return part.kind === 'leaf' && !part.attached && (type === undefined ? part.type === 'text/plain' || part.type === 'text/html' : part.type === type);
}

async function readLeaf(part: PartLeaf): Promise<Body> {
  const text = isText(part);
  const email = await decode(part, text ? part.body.subarray(0, MAX_PART_BYTES) : Buffer.alloc(0));
  if (email === null) return { text: '', attachments: [] };
  const [attached] = email.attachments;
  if (attached === undefined) {
    const html = email.html ?? '';
    return { text: (email.text ?? htmlToPlainText(html, MAX_TEXT_LENGTH)).slice(0, MAX_TEXT_LENGTH * 2), attachments: [] };
  }
  const name = cleanTextTo(attached.filename ?? '', 255);
  return { text: '', attachments: [{ name, type: cleanTextTo(attached.mimeType, 127), bytes: decodedSize(part) }] };
}

/** Lets the MIME library decode one part: transfer encoding, charset, flowed text, and the ways to write a file name. */
async function decode(part: PartLeaf, body: Buffer): Promise<Email | null> {
  const encoded = part.encoding === 'base64' || part.encoding === 'quoted-printable';
  const lines: string[] = [];
  for (const name of PART_FIELDS) {
    const value = part.fields.get(name)?.[0];
    if (value !== undefined && name !== 'content-transfer-encoding') lines.push(`${name}:${value}`);
  }
  if (!part.fields.has('content-type')) lines.push(`content-type:${part.type}`);
  // The library keeps an object per line of what is not encoded (seconds for a long log); base64 costs it nothing.
  lines.push(`content-transfer-encoding:${encoded ? part.encoding : 'base64'}`);
  try {
    const raw = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), encoded ? body : Buffer.from(body.toString('base64'))]);
    return await PostalMime.parse(raw, { forceRfc822Attachments: true, maxNestingDepth: 2 });
  } catch {
    // Fields the library refuses: the part is left out, the mail stays.
    return null;
  }
}

/** Size of a part once decoded, counted without decoding it. */
function decodedSize(part: PartLeaf): number {
  if (part.encoding !== 'base64' && part.encoding !== 'quoted-printable') return part.body.length;
  const base64 = part.encoding === 'base64';
  let count = 0;
  for (let at = 0; at < part.body.length; at += 1) {
    const byte = part.body[at] ?? 0;
    if (base64) {
      if (byte > 0x20 && byte !== 0x3d) count += 1;
    } else if (byte !== 0x3d) count += 1;
    else if (isHex(part.body[at + 1]) && isHex(part.body[at + 2])) {
      count += 1;
      at += 2;
    } else at += part.body[at + 1] === 0x0d ? 2 : 1;
  }
  return base64 ? Math.floor((count * 3) / 4) : count;
}

function isHex(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66));
}

function readSubject(value: string): string {
  const unfolded = value.slice(0, 64 * 1024).replace(/\r?\n(?=[ \t])/g, '');
  return cleanTextTo(decodeWords(unfolded).replace(/[\r\n\t]+/g, ' ').trim(), MAX_SUBJECT_LENGTH);
}

/** Message ids in the order they stand. */
function readIds(values: readonly string[]): readonly string[] {
  const ids: string[] = [];
  for (const value of values) {
    for (const match of value.slice(0, 256 * 1024).matchAll(/<[^<>\s]{1,998}>/g)) ids.push(cleanText(match[0]));
  }
  return ids;
}
