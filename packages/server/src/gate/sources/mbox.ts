// Cuts an mbox stream into its messages in constant memory (mboxo, mboxrd, mboxcl; LF and CRLF).
// A message begins at a "From " line that stands after a blank line (or first) and reads as an envelope,
// so running text that starts with "From " does not cut, and the same cuts come out however the stream is chunked.
// Limit: where the writer does not quote such lines in bodies (mboxcl2), a sender's body can begin a message of its own.
// Content-Length is not believed, since a stranger's would swallow real mail; see docs/why/gate-rules.md.
import { problem } from '../../platform/problem.ts';
import { asBuffer } from './byte-stream.ts';

/** How much of one message is kept; the rest of a larger one is counted but not held. */
export const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

export interface MboxEntry {
  /** The message without its envelope line and without the blank line that ends it; at most MAX_MESSAGE_BYTES. */
  readonly bytes: Buffer;
  /** Whole size in the mbox, envelope line included. */
  readonly size: number;
  /** Offset of the byte after the entry: the next envelope line, or the end of the stream. */
  readonly end: number;
}

/** Longest envelope line that is recognised, and how far behind it a decision may look. */
const MAX_ENVELOPE = 1024;
const LOOK_BEHIND = 128;
const LF = 0x0a;
const CR = 0x0d;
const CUT = Buffer.from('\nFrom ');

/**
 * Streams the entries of an mbox.
 *
 * @param startAt offset in bytes of the first byte of `input`; must be a message boundary
 * @throws problem file_invalid when the stream does not begin with an envelope line
 */
export async function* splitMbox(input: AsyncIterable<Uint8Array>, startAt = 0): AsyncGenerator<MboxEntry> {
  const entry = new EntryBuffer(startAt);
  let window: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of input) {
    window = window.length === 0 ? asBuffer(chunk) : Buffer.concat([window, chunk]);
    if (!begun) {
      const start = findStart(window, false);
      entry.skip(start.at);
      window = window.subarray(start.at);
      begun = start.found;
    }
    if (begun) window = yield* cutWindow(window, entry, false);
  }
  if (!begun) {
    const start = findStart(window, true);
    if (!start.found) return;
    entry.skip(start.at);
    window = window.subarray(start.at);
  }
  entry.add(yield* cutWindow(window, entry, true));
  if (entry.size > 0) yield entry.take();
}

/** Undoes the quoting of "From " lines (mboxrd: one ">" is taken off each ">From ", ">>From "…). */
export function unquoteFromLines(bytes: Buffer): Buffer {
  if (!bytes.includes('>From ')) return bytes;
  const parts: Buffer[] = [];
  let copied = 0;
  let lineStart = 0;
  while (lineStart < bytes.length) {
    if (isQuotedFromLine(bytes, lineStart)) {
      parts.push(bytes.subarray(copied, lineStart));
      copied = lineStart + 1;
    }
    const newline = bytes.indexOf(LF, lineStart);
    if (newline === -1) break;
    lineStart = newline + 1;
  }
  parts.push(bytes.subarray(copied));
  return Buffer.concat(parts);
}

/** Whether a line reads as an envelope: `From `, a sender, and a date as asctime or RFC 5322 write it. */
export function isDatedEnvelope(line: string): boolean {
  return line.startsWith('From ') && (ASCTIME.test(line) || MAIL_DATE.test(line));
}

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const TIME = '\\d{1,2}:\\d{2}(?::\\d{2})?';
// Zones stand before or after the year, and UUCP left a "remote from" behind it.
const ASCTIME = new RegExp(
  `[ \\t]${DAY},?[ \\t]{1,4}${MONTH}[ \\t]{1,4}\\d{1,2}[ \\t]{1,4}${TIME}(?:[ \\t]{1,4}[A-Z+-][A-Za-z0-9:+-]{0,9}){0,2}[ \\t]{1,4}\\d{2,4}(?:[ \\t]{1,4}[A-Z+-][A-Za-z0-9:+-]{0,9}){0,2}(?:[ \\t]+remote from [^ ]+)?[ \\t]*$`,
);
const MAIL_DATE = new RegExp(
  `[ \\t]${DAY},?[ \\t]{1,4}\\d{1,2}[ \\t]{1,4}${MONTH}[ \\t]{1,4}\\d{2,4}[ \\t]{1,4}${TIME}[^@]{0,20}$`,
);
const BARE_ENVELOPE = /^From [^ \t]+@[^ \t]+[ \t]*$/;
const FIELD_START = /^[!-9;-~]{1,76}:/;

class EntryBuffer {
  size = 0;
  #parts: Buffer[] = [];
  #kept = 0;
  #end: number;

  constructor(startAt: number) {
    this.#end = startAt;
  }

  skip(count: number): void {
    this.#end += count;
  }

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.size += bytes.length;
    this.#end += bytes.length;
    const kept = bytes.subarray(0, MAX_MESSAGE_BYTES - this.#kept);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#kept += kept.length;
  }

  take(): MboxEntry {
    const [only] = this.#parts;
    const whole = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
    const entry = { bytes: withoutFrame(whole, this.size === this.#kept), size: this.size, end: this.#end };
    this.size = 0;
    this.#parts = [];
    this.#kept = 0;
    return entry;
  }
}

/** Yields what is complete in the window and answers the bytes that must wait for more. */
function* cutWindow(window: Buffer, entry: EntryBuffer, last: boolean): Generator<MboxEntry, Buffer> {
  let from = 0;
  let search = 0;
  for (;;) {
    const at = window.indexOf(CUT, search);
    if (at === -1) break;
    search = at + 1;
    if (!followsBlankLine(window, at)) continue;
    const verdict = judgeEnvelope(window, at + 1, last);
    if (verdict === 'unknown') {
      const wait = Math.max(from, at - 2);
      entry.add(window.subarray(from, wait));
      return window.subarray(wait);
    }
    if (verdict === 'no') continue;
    entry.add(window.subarray(from, at + 1));
    yield entry.take();
    from = at + 1;
  }
  // A cut may be half in the window: its pattern and the two bytes that show a blank line before it stay.
  const wait = Math.max(from, window.length - CUT.length - 2);
  entry.add(window.subarray(from, wait));
  return window.subarray(wait);
}

/** The line that ends at `newline` is preceded by an empty one: LF LF, or LF CR LF. */
function followsBlankLine(window: Buffer, newline: number): boolean {
  const before = window[newline - 1];
  return before === LF || (before === CR && window[newline - 2] === LF);
}

function judgeEnvelope(window: Buffer, at: number, last: boolean): 'yes' | 'no' | 'unknown' {
  const newline = window.indexOf(LF, at);
  const lineEnd = newline === -1 ? window.length : newline;
  if (lineEnd - at > MAX_ENVELOPE) return 'no';
  if (!last && (newline === -1 || window.length - newline <= LOOK_BEHIND)) return 'unknown';
  const line = window.toString('latin1', at, lineEnd).replace(/\r$/, '');
  if (isDatedEnvelope(line)) return 'yes';
  // Some writers leave the date out; then the next line has to be a header field.
  return BARE_ENVELOPE.test(line) && FIELD_START.test(window.toString('latin1', lineEnd + 1, lineEnd + LOOK_BEHIND))
    ? 'yes'
    : 'no';
}

/** Passes over a byte order mark and blank lines to the first envelope line; not found yet when more bytes are needed. */
function findStart(window: Buffer, last: boolean): { readonly at: number; readonly found: boolean } {
  let at = window[0] === 0xef && window[1] === 0xbb && window[2] === 0xbf ? 3 : 0;
  while (window[at] === LF || window[at] === CR) at += 1;
  const verdict = at >= window.length ? 'unknown' : judgeEnvelope(window, at, last);
  if (verdict === 'no')
    throw problem(
      'file_invalid',
      'This is no mbox: it does not begin with a "From " line that names a sender and a date.',
    );
  return { at, found: verdict === 'yes' };
}

/** Takes off the envelope line and, of a whole message, the blank line that only separates it from the next. */
function withoutFrame(whole: Buffer, complete: boolean): Buffer {
  const newline = whole.indexOf(LF);
  if (newline === -1) return whole.subarray(whole.length);
  let end = whole.length;
  if (complete && end - 1 > newline && whole[end - 1] === LF) {
    if (whole[end - 2] === LF) end -= 1;
    else if (whole[end - 2] === CR && whole[end - 3] === LF) end -= 2;
  }
  return whole.subarray(newline + 1, Math.max(end, newline + 1));
}

function isQuotedFromLine(bytes: Buffer, lineStart: number): boolean {
  let at = lineStart;
  while (bytes[at] === 0x3e) at += 1;
  return at > lineStart && bytes[at] === 0x46 && bytes.toString('latin1', at, at + 5) === 'From ';
}
