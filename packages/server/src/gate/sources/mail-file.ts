// The front of the mail sources: any stream or path of mail becomes messages and counted skips, one after the other.
// Formats and gzip are told by content; memory stays constant; a run can go on at the `end` of any item.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { SourceKind } from '@sentinel/contract';
import { problem } from '../../platform/problem.ts';
import type { InboundMessage } from '../admission/message.ts';
import { peekStream, skipBytes, type PeekedStream } from './byte-stream.ts';
import { MAX_CALENDAR_BYTES, readCalendar } from './calendar-file.ts';
import { BrokenGzip, gunzip, looksGzipped } from './gunzip.ts';
import { readMailContent } from './mail-content.ts';
import { inspectMailFolder, streamMailFolder } from './mail-folder.ts';
import type { MailFormat, MailItem, SkipReason } from './mail-item.ts';
import { MAX_MESSAGE_BYTES, splitMbox, unquoteFromLines } from './mbox.ts';
import { detectFormat, isEnvelopeLike } from './mail-format.ts';
import { readMailHeader } from './mime-headers.ts';
import { readableBytes } from './readable-bytes.ts';

export interface ReadMailOptions {
  readonly format: 'auto' | MailFormat;
  /** Offset of the first byte of `input` in its uncompressed source: 0, or the `end` of an item read before. */
  readonly startAt?: number;
  /** What the messages say they come from; by the format when absent. */
  readonly source?: SourceKind;
  /** Asked once `input` has ended: a defect that ended it (`OpenedMail.defect`) becomes the last skipped item. */
  readonly defect?: () => SkipReason | null;
}

export interface OpenedMail {
  /**
   * The uncompressed bytes from an offset on; may be called again for another run. A gzip file that is cut or damaged
   * ends early: a mailbox before the message that is cut, where it is shorter than 1 MiB.
   */
  input(startAt?: number): AsyncIterable<Uint8Array>;
  /** Why the newest `input` ended early; null when it did not, or has not ended. */
  defect(): SkipReason | null;
  readonly format: MailFormat;
  /** Uncompressed size in bytes; null where only reading would tell (gzip, folders). */
  readonly bytes: number | null;
  readonly source: SourceKind;
}

/** Bytes a format is told by. */
const HEAD = 4_096;
const READ_SIZE = 256 * 1024;

/**
 * Reads messages from a stream of mail: mbox, one mail, or a calendar, each also as gzip.
 *
 * @param input plain or gzip bytes; with `startAt` beyond 0 plain bytes that begin there
 * @throws problem file_invalid when it is none of these, a gzip bomb, or a calendar from its middle on; too_large for a calendar over MAX_CALENDAR_BYTES.
 *   What the input throws is passed on. Everything else that is wrong is a skipped item
 */
export async function* readMail(input: AsyncIterable<Uint8Array>, options: ReadMailOptions): AsyncGenerator<MailItem> {
  const startAt = options.startAt ?? 0;
  const defect = options.defect ?? (() => null);
  const plain = await openPlain(input, startAt === 0);
  let end = startAt;
  try {
    const format = chooseFormat(plain.head, options.format, startAt);
    if (format !== null) {
      const reading = { startAt, source: options.source ?? format, defect };
      for await (const item of readFormat(plain.all, format, reading)) {
        end = item.kind === 'message' ? item.message.end : item.end;
        yield item;
      }
    }
    const reason = defect();
    if (reason !== null) yield { kind: 'skipped', reason, end };
  } catch (error) {
    if (!(error instanceof BrokenGzip)) throw error;
    yield { kind: 'skipped', reason: error.reason, end };
  } finally {
    await plain.close();
  }
}

/**
 * Opens a file, a Maildir or a folder of .eml files.
 *
 * @throws problem file_invalid when the path is missing, unreadable, or holds no mail
 */
export async function openMailPath(path: string): Promise<OpenedMail> {
  const info = await stat(path).catch(() => null);
  if (info?.isDirectory() === true) return openFolder(path);
  if (info?.isFile() !== true) throw problem('file_invalid', 'There is no file or folder of mail at this path.');
  const open = (start: number): AsyncIterable<Buffer> => createReadStream(path, { start, highWaterMark: READ_SIZE });
  const raw = await peekStream(open(0), HEAD).catch(() => null);
  if (raw === null) throw problem('file_invalid', 'The file cannot be read.');
  await raw.close();
  const zipped = looksGzipped(raw.head);
  const plain = await openPlain(open(0), true);
  await plain.close();
  const format = chooseFormat(plain.head, 'auto', 0) ?? 'mbox';
  if (!zipped)
    return { format, source: format, bytes: info.size, input: (startAt = 0) => open(startAt), defect: NEVER };
  let defect: SkipReason | null = null;
  return {
    format,
    source: format,
    bytes: null,
    defect: () => defect,
    input: (startAt = 0) => {
      defect = null;
      const unpacked = readableBytes(gunzip(open(0)), format, (reason) => {
        defect = reason;
      });
      return skipBytes(unpacked, startAt);
    },
  };
}

const NEVER = (): null => null;

async function openFolder(path: string): Promise<OpenedMail> {
  const source = await inspectMailFolder(path);
  if (source === null) throw problem('file_invalid', 'The folder is no Maildir and holds no .eml file.');
  const input = (startAt = 0): AsyncIterable<Uint8Array> => skipBytes(streamMailFolder(path), startAt);
  return { format: 'mbox', source, bytes: null, input, defect: NEVER };
}

/** Looks ahead into the stream, unpacked when it is gzip. */
async function openPlain(input: AsyncIterable<Uint8Array>, mayBeGzip: boolean): Promise<PeekedStream> {
  const raw = await peekStream(input, HEAD);
  if (!mayBeGzip || !looksGzipped(raw.head)) return raw;
  try {
    const unpacked = await peekStream(gunzip(raw.all), HEAD);
    return { ...unpacked, close: () => unpacked.close().then(() => raw.close()) };
  } catch (error) {
    await raw.close();
    if (error instanceof BrokenGzip)
      throw problem('file_invalid', 'The gzip file cannot be unpacked.', { cause: error });
    throw error;
  }
}

/** Null when there is nothing to read. */
function chooseFormat(head: Buffer, wanted: 'auto' | MailFormat, startAt: number): MailFormat | null {
  if (head.length === 0) return null;
  if (wanted === 'eml' || wanted === 'mbox') return wanted;
  const found = detectFormat(head);
  if (startAt > 0 && (wanted === 'ics' || found === 'ics'))
    throw problem(
      'file_invalid',
      'A calendar file is read from its start: its time zones stand there. Send the whole of it again.',
    );
  if (wanted === 'ics' && found === 'ics') return wanted;
  if (wanted === 'ics') throw problem('file_invalid', 'This is no calendar: it does not begin with BEGIN:VCALENDAR.');
  if (found === 'empty') return null;
  if (found === null) throw problem('file_invalid', 'This is no mbox, mail or calendar, nor a gzip file of one.');
  return found;
}

interface Reading {
  readonly startAt: number;
  readonly source: SourceKind;
  readonly defect: () => SkipReason | null;
}

function readFormat(input: AsyncIterable<Buffer>, format: MailFormat, reading: Reading): AsyncGenerator<MailItem> {
  switch (format) {
    case 'mbox':
      return readMbox(input, reading);
    case 'eml':
      return readSingleMail(input, reading);
    case 'ics':
      return readCalendarStream(input);
  }
}

async function* readMbox(input: AsyncIterable<Buffer>, reading: Reading): AsyncGenerator<MailItem> {
  for await (const { bytes, size, end } of splitMbox(input, reading.startAt)) {
    yield readMailMessage(bytes, { source: reading.source, size, end, quoted: true });
  }
}

async function* readSingleMail(input: AsyncIterable<Buffer>, reading: Reading): AsyncGenerator<MailItem> {
  const { bytes, size, broken } = await collect(input, MAX_MESSAGE_BYTES);
  if (size === 0 && reading.startAt > 0) return;
  const end = reading.startAt + size;
  // A header that is cut may name somebody else: an address without its end can be another address.
  if ((broken === null && reading.defect() === null) || EMPTY_LINE.test(bytes.toString('latin1')))
    yield readMailMessage(withoutPreface(bytes), { source: reading.source, size, end, quoted: false });
  if (broken !== null) throw broken;
}

const EMPTY_LINE = /\n\r?\n/;

async function* readCalendarStream(input: AsyncIterable<Buffer>): AsyncGenerator<MailItem> {
  const { bytes, size, broken } = await collect(input, MAX_CALENDAR_BYTES);
  if (size > MAX_CALENDAR_BYTES)
    throw problem('too_large', 'A calendar file may have 50 MiB at most; export it in parts.');
  yield* readCalendar(bytes);
  if (broken !== null) throw broken;
}

function readMailMessage(
  bytes: Buffer,
  facts: { source: SourceKind; size: number; end: number; quoted: boolean },
): MailItem {
  const read = readMailHeader(bytes);
  if (read.kind === 'refused') return { kind: 'skipped', reason: read.reason, end: facts.end };
  const { from, to, cc, bcc, authenticationResults, messageId, labels, fromList } = read.header;
  const message: InboundMessage = {
    kind: 'mail',
    source: facts.source,
    key: messageId,
    participants: { form: 'headers', from, to, cc, bcc },
    authenticationResults,
    labels,
    fromList,
    end: facts.end,
    size: facts.size,
    content: () => readMailContent(facts.quoted ? unquoteFromLines(bytes) : bytes),
  };
  return { kind: 'message', message };
}

/** A byte order mark, blank lines, or the envelope line of a mailbox in front of a single mail are none of its header. */
function withoutPreface(bytes: Buffer): Buffer {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (bytes[at] === 0x0a || bytes[at] === 0x0d) at += 1;
  if (isEnvelopeLike(bytes.toString('latin1', at, at + 100))) {
    const newline = bytes.indexOf(0x0a, at);
    at = newline === -1 ? bytes.length : newline + 1;
  }
  return bytes.subarray(at);
}

/** Gathers a stream up to a bound; beyond it bytes are counted only. A broken gzip stream ends it, and is told apart. */
async function collect(
  input: AsyncIterable<Buffer>,
  bound: number,
): Promise<{ bytes: Buffer; size: number; broken: BrokenGzip | null }> {
  const parts: Buffer[] = [];
  let kept = 0;
  let size = 0;
  let broken: BrokenGzip | null = null;
  try {
    for await (const chunk of input) {
      const part = chunk.subarray(0, bound - kept);
      if (part.length > 0) parts.push(part);
      kept += part.length;
      size += chunk.length;
    }
  } catch (error) {
    if (!(error instanceof BrokenGzip)) throw error;
    broken = error;
  }
  return { bytes: Buffer.concat(parts), size, broken };
}
