// Presents a Maildir (with its folders) or a folder of .eml files as one mbox stream, always in the same order,
// so that a run over a folder resumes by offset like one over a file. Symbolic links are not followed.
import { createReadStream, type Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { peekStream } from './byte-stream.ts';
import { gunzip, looksGzipped } from './gunzip.ts';

const SEPARATOR = Buffer.from('From sentinel Thu Jan  1 00:00:00 1970\n');
const LF = 0x0a;
const MAX_DEPTH = 32;
/** A run of ">" longer than this in front of "From " needs no quoting to be told from an envelope line. */
const MAX_QUOTES = 1_024;

const FLAGS: readonly (readonly [string, string])[] = [
  ['D', 'draft'],
  ['F', 'flagged'],
  ['P', 'passed'],
  ['R', 'replied'],
  ['S', 'seen'],
  ['T', 'trashed'],
];

interface MailEntry {
  readonly path: string;
  readonly labels: readonly string[];
  readonly kind: 'maildir' | 'eml';
}

/** Which kind of folder it is by its first mail (or by an empty Maildir); null when it holds no mail. */
export async function inspectMailFolder(root: string): Promise<'maildir' | 'eml' | null> {
  const names = await list(root);
  if (names.some((entry) => entry.isDirectory() && (entry.name === 'cur' || entry.name === 'new'))) return 'maildir';
  for await (const entry of walk(root, '', 0)) return entry.kind;
  return null;
}

/** The whole folder as mboxrd. A file that cannot be read is an entry without content, so that it is counted. */
export async function* streamMailFolder(root: string): AsyncGenerator<Buffer> {
  for await (const entry of walk(root, '', 0)) {
    yield SEPARATOR;
    let begun = false;
    for await (const bytes of quoteFromLines(readEntry(entry.path))) {
      if (!begun && entry.labels.length > 0) yield Buffer.from(`Keywords: ${entry.labels.join(', ')}\n`);
      begun = true;
      yield bytes;
    }
    yield Buffer.from('\n');
  }
}

async function* walk(root: string, folder: string, depth: number): AsyncGenerator<MailEntry> {
  const mailbox = /(?:^|\/)(?:cur|new)$/.test(folder);
  const items = await list(join(root, folder));
  const maildir = items.some((item) => item.name === 'cur' || item.name === 'new');
  for (const item of items) {
    const path = folder === '' ? item.name : `${folder}/${item.name}`;
    if (item.isDirectory()) {
      // What lies in a Maildir's tmp is not delivered yet.
      if (depth < MAX_DEPTH && !(maildir && item.name === 'tmp')) yield* walk(root, path, depth + 1);
    } else if (item.isFile() && mailbox && !item.name.startsWith('.')) {
      yield { path: join(root, path), labels: [...folderLabels(folder), ...flagLabels(item.name)], kind: 'maildir' };
    } else if (item.isFile() && /\.eml(?:\.gz)?$/i.test(item.name)) {
      yield { path: join(root, path), labels: [], kind: 'eml' };
    }
  }
}

async function list(folder: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    // A folder that may not be read holds nothing for us.
    return [];
  }
}

/** `uniq:2,RS` → replied, seen (Maildir's info suffix; some systems write ";" or "!" for the colon). */
function flagLabels(name: string): readonly string[] {
  const flags = /[:;!]2,([A-Za-z]*)$/.exec(name)?.[1] ?? '';
  return FLAGS.filter(([flag]) => flags.includes(flag)).map(([, label]) => label);
}

/** The folder a mail lies in, so that a policy can exclude it: `.Archive.2024/cur` → Archive/2024; none for the inbox. */
function folderLabels(folder: string): readonly string[] {
  const name = folder.replace(/\/?(?:cur|new)$/, '');
  if (name === '') return [];
  const path = name.startsWith('.') ? name.slice(1).replaceAll('.', '/') : name;
  const label = decodeFolderName(path)
    .replace(/[\p{Cc},"]/gu, ' ')
    .trim();
  return label === '' ? [] : [label];
}

/** Modified UTF-7 of mailbox names (RFC 3501 §5.1.3): `Priv&AOk-` → Privé. */
function decodeFolderName(name: string): string {
  return name.replace(/&([A-Za-z0-9+,]*)-/g, (_whole, code: string) => {
    if (code === '') return '&';
    return new TextDecoder('utf-16be').decode(Buffer.from(code.replaceAll(',', '/'), 'base64'));
  });
}

async function* readEntry(path: string): AsyncGenerator<Buffer> {
  try {
    const raw = await peekStream(createReadStream(path), 3);
    yield* looksGzipped(raw.head) ? gunzip(raw.all) : raw.all;
  } catch {
    // What was read so far stands; nothing at all makes an empty entry, which is counted as skipped.
  }
}

/**
 * Puts a ">" in front of every line that begins with "From " or with ">"s before it (mboxrd), drops blank lines and a
 * byte order mark at the top, and ends the last line. Lines may be of any length.
 */
async function* quoteFromLines(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  let begun = false;
  let lineOpen = false;
  for await (const chunk of input) {
    let window = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    if (!begun) window = window.subarray(topBlanks(window));
    begun ||= window.length > 0;
    const done = quoteWindow(window, lineOpen, false);
    if (done.bytes.length > 0) yield done.bytes;
    lineOpen = done.lineOpen;
    waiting = done.waiting;
  }
  const rest = quoteWindow(waiting, lineOpen, true);
  if (rest.bytes.length > 0) yield rest.bytes;
  if (rest.lineOpen) yield Buffer.from('\n');
}

interface Quoted {
  readonly bytes: Buffer;
  /** Whether `bytes` ends in the middle of a line. */
  readonly lineOpen: boolean;
  /** The beginning of a line too short to be judged yet. */
  readonly waiting: Buffer;
}

function quoteWindow(window: Buffer, lineOpen: boolean, last: boolean): Quoted {
  const parts: Buffer[] = [];
  let copied = 0;
  let open = lineOpen;
  for (let at = 0; at < window.length; ) {
    if (!open) {
      const verdict = needsQuote(window, at);
      if (verdict === 'unknown' && !last)
        return {
          bytes: Buffer.concat([...parts, window.subarray(copied, at)]),
          lineOpen: false,
          waiting: window.subarray(at),
        };
      if (verdict === 'yes') {
        parts.push(window.subarray(copied, at), Buffer.from('>'));
        copied = at;
      }
    }
    const newline = window.indexOf(LF, at);
    open = newline === -1;
    at = newline === -1 ? window.length : newline + 1;
  }
  parts.push(window.subarray(copied));
  return { bytes: Buffer.concat(parts), lineOpen: open, waiting: Buffer.alloc(0) };
}

function needsQuote(window: Buffer, lineStart: number): 'yes' | 'no' | 'unknown' {
  let at = lineStart;
  while (window[at] === 0x3e && at - lineStart < MAX_QUOTES) at += 1;
  const word = window.toString('latin1', at, at + 5);
  if (word === 'From ') return 'yes';
  return 'From '.startsWith(word) && word.length < 5 ? 'unknown' : 'no';
}

function topBlanks(window: Buffer): number {
  let at = window[0] === 0xef && window[1] === 0xbb && window[2] === 0xbf ? 3 : 0;
  while (window[at] === LF || window[at] === 0x0d) at += 1;
  return at;
}
