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
/** How much of all its text parts together. */
const MAX_DECODED_BYTES = 4 * 1024 * 1024;

const MAIL_FIELDS = wantFields(['subject', 'date', 'in-reply-to', 'references', ...PART_FIELDS]);

const NOTHING: MessageContent = {
  subject: '',
  text: '',
  sentAt: null,
  inReplyTo: null,
  references: [],
  attachments: [],
  startsAt: null,
  endsAt: null,
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
  const body = await readBody(divideParts(scan.values, bytes.subarray(scan.bodyAt)), {
    textBytes: MAX_DECODED_BYTES,
    attachments: MAX_ATTACHMENTS,
  });
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

/** What decoding one mail may still cost. */
interface Budget {
  textBytes: number;
  attachments: number;
}

const NO_BODY: Body = { text: '', attachments: [] };

async function readBody(part: MailPart, budget: Budget): Promise<Body> {
  if (part.kind === 'leaf') return isText(part) ? readTextLeaf(part, budget) : readAttachment(part, budget);
  const alternative = part.subtype === 'alternative';
  // Plain text where an alternative has it, else the first that says anything.
  const parts = alternative
    ? part.parts.toSorted((a, b) => Number(isText(b, 'text/plain')) - Number(isText(a, 'text/plain')))
    : part.parts;
  const texts: string[] = [];
  let length = 0;
  const attachments: MessageContent['attachments'][number][] = [];
  for (const child of parts) {
    const enough = length > MAX_TEXT_LENGTH || (alternative && length > 0);
    const body = enough && isText(child) ? NO_BODY : await readBody(child, budget);
    if (body.text.trim() !== '' && !(alternative && length > 0)) {
      texts.push(body.text);
      length += body.text.length;
    }
    attachments.push(...body.attachments);
  }
  return { text: texts.join('\n'), attachments };
}

function isText(part: MailPart, type?: string): boolean {
  return (
    part.kind === 'leaf' &&
    !part.attached &&
    (type === undefined ? part.type === 'text/plain' || part.type === 'text/html' : part.type === type)
  );
}

async function readTextLeaf(part: PartLeaf, budget: Budget): Promise<Body> {
  const bytes = part.body.subarray(0, Math.min(MAX_PART_BYTES, budget.textBytes));
  budget.textBytes -= bytes.length;
  const email = bytes.length === 0 ? null : await decode(part, bytes);
  if (email === null) return NO_BODY;
  const text = email.text ?? htmlToPlainText(email.html ?? '', MAX_TEXT_LENGTH);
  return { text: text.slice(0, MAX_TEXT_LENGTH * 2), attachments: [] };
}

async function readAttachment(part: PartLeaf, budget: Budget): Promise<Body> {
  budget.attachments -= 1;
  const email = budget.attachments < 0 ? null : await decode(part, Buffer.alloc(0));
  const attached = email?.attachments[0];
  if (attached === undefined) return NO_BODY;
  const name = cleanTextTo(attached.filename ?? '', 255);
  return { text: '', attachments: [{ name, type: cleanTextTo(attached.mimeType, 127), bytes: decodedSize(part) }] };
}

/** Lets the MIME library decode one part: charset, flowed text, quoted-printable, and the ways to write a file name. */
async function decode(part: PartLeaf, body: Buffer): Promise<Email | null> {
  const quoted = part.encoding === 'quoted-printable';
  const lines = [`content-transfer-encoding:${quoted ? 'quoted-printable' : 'base64'}`];
  for (const name of ['content-type', 'content-disposition']) {
    const value = part.fields.get(name)?.[0];
    if (value !== undefined) lines.push(`${name}:${value}`);
  }
  if (!part.fields.has('content-type')) lines.push(`content-type:${part.type}`);
  // The library keeps an object per line of what is not encoded (seconds for a long log) and per padding in base64; one
  // line of clean base64 costs it nothing.
  const encoded = quoted
    ? body
    : Buffer.from((part.encoding === 'base64' ? decodeBase64(body) : body).toString('base64'));
  try {
    const raw = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), encoded]);
    return await PostalMime.parse(raw, { forceRfc822Attachments: true, maxNestingDepth: 2 });
  } catch {
    // Fields the library refuses: the part is left out, the mail stays.
    return null;
  }
}

/** Base64 with foreign characters passed over (RFC 2045 §6.8) and with padding in the middle, as some mailers write it. */
function decodeBase64(body: Buffer): Buffer {
  const text = body.toString('latin1').replace(/[^A-Za-z0-9+/=]+/g, '');
  return Buffer.concat(text.split(/=+/, MAX_BASE64_UNITS).map((unit) => Buffer.from(unit, 'base64')));
}

const MAX_BASE64_UNITS = 50_000;

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
  return (
    byte !== undefined &&
    ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66))
  );
}

function readSubject(value: string): string {
  const unfolded = value.slice(0, 64 * 1024).replace(/\r?\n(?=[ \t])/g, '');
  return cleanTextTo(
    decodeWords(unfolded)
      .replace(/[\r\n\t]+/g, ' ')
      .trim(),
    MAX_SUBJECT_LENGTH,
  );
}

/** Message ids in the order they stand. */
function readIds(values: readonly string[]): readonly string[] {
  const ids: string[] = [];
  for (const value of values) {
    for (const match of value.slice(0, 256 * 1024).matchAll(/<[^<>\s]{1,998}>/g)) ids.push(cleanText(match[0]));
  }
  return ids;
}
