// A mail as a tree of parts, and its two faces: the bytes of RFC 822 and the parts as Gmail's API shows them. Both come of
// the same tree, so they cannot disagree.

export interface MimePart {
  /** As they arrived: order, case and duplicates kept; unfolded. */
  readonly headers: readonly (readonly [string, string])[];
  /** `text/plain`, without parameters. */
  readonly mimeType: string;
  readonly filename: string;
  /** Decoded; null for a multipart. */
  readonly body: Buffer | null;
  readonly parts: readonly MimePart[];
}

const FOLD_AT = 76;

/** The bytes of the mail (RFC 5322, RFC 2045, RFC 2046), lines ending in CRLF. */
export function toRaw(part: MimePart): Buffer {
  const head = part.headers.map(([name, value]) => bytesOf(fold(`${name}: ${value}`))).join('\r\n');
  const body = part.body === null ? multipartBody(part) : encodeBody(part.body, encodingOf(part));
  return Buffer.from(`${head}\r\n\r\n${body}`, 'latin1');
}

/** A header's value, the first of that name in any case; null when there is none. */
export function headerOf({ headers }: MimePart, name: string): string | null {
  return headers.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1] ?? null;
}

/** RFC 2047: text that is not ASCII becomes encoded words of at most 75 characters. */
export function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  const chunks: string[] = [];
  let chunk = '';
  for (const character of text) {
    if (Buffer.byteLength(chunk + character) > 42) {
      chunks.push(chunk);
      chunk = '';
    }
    chunk += character;
  }
  return [...chunks, chunk].map((each) => `=?UTF-8?B?${Buffer.from(each).toString('base64')}?=`).join(' ');
}

/** Header text that is not ASCII leaves as UTF-8 (RFC 6532). */
const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function encodingOf(part: MimePart): string {
  return headerOf(part, 'content-transfer-encoding')?.toLowerCase() ?? '7bit';
}

function multipartBody(part: MimePart): string {
  const boundary = /boundary="([^"]+)"/.exec(headerOf(part, 'content-type') ?? '')?.[1] ?? '';
  const inner = part.parts.map((each) => `--${boundary}\r\n${toRaw(each).toString('latin1')}\r\n`).join('');
  return `${inner}--${boundary}--\r\n`;
}

function encodeBody(body: Buffer, encoding: string): string {
  if (encoding === 'base64') return `${body.toString('base64').replaceAll(/.{76}/g, '$&\r\n')}\r\n`;
  if (encoding === 'quoted-printable') return quotedPrintable(body);
  return body.toString('latin1');
}

/** RFC 2045 §6.7. The body's lines end in CRLF. */
function quotedPrintable(body: Buffer): string {
  const lines = body.toString('latin1').split('\r\n');
  return lines.map(quotedLine).join('\r\n');
}

function quotedLine(line: string): string {
  const atoms = line.split('').map((character, index) => {
    const plain = /[\t\x20-\x3c\x3e-\x7e]/.test(character);
    const trailing = index === line.length - 1 && /[\t ]/.test(character);
    return plain && !trailing ? character : `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
  let length = 0;
  return atoms
    .map((atom) => {
      const breaks = length + atom.length > FOLD_AT - 1;
      length = breaks ? atom.length : length + atom.length;
      return breaks ? `=\r\n${atom}` : atom;
    })
    .join('');
}

/** Folds before a space; a word that is too long stays whole, as RFC 5322 §2.2.3 allows. */
function fold(line: string): string {
  const words = line.split(' ');
  let length = 0;
  return words
    .map((word, index) => {
      const breaks = index > 1 && length + 1 + word.length > FOLD_AT;
      length = breaks ? word.length + 1 : length + 1 + word.length;
      return index === 0 ? word : `${breaks ? '\r\n ' : ' '}${word}`;
    })
    .join('');
}
