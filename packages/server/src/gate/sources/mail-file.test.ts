import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemError } from '../../platform/problem.ts';
import { BROKEN_CALENDARS } from './broken-mails/broken-calendars.ts';
import type { BrokenMail, ExpectedMessage } from './broken-mails/broken-mail.ts';
import { BROKEN_MAILS } from './broken-mails/broken-mails.ts';
import { openMailPath, readMail, type ReadMailOptions } from './mail-file.ts';
import type { MailItem } from './mail-item.ts';

async function* stream(bytes: Uint8Array, size = 4_096): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(
  input: AsyncIterable<Uint8Array>,
  options: ReadMailOptions = { format: 'auto' },
): Promise<MailItem[]> {
  const items: MailItem[] = [];
  for await (const item of readMail(input, options)) items.push(item);
  return items;
}

/** A message reduced to what the case names. */
async function describeMessage(item: MailItem, like: unknown): Promise<unknown> {
  if (item.kind === 'skipped') return item.reason;
  const { message } = item;
  const content = await message.content();
  const all: Required<ExpectedMessage> = {
    from: message.participants.from,
    to: message.participants.to,
    key: message.key,
    labels: message.labels,
    fromList: message.fromList,
    subject: content.subject,
    text: content.text,
    sentAt: content.sentAt?.toISOString() ?? null,
    attachments: content.attachments.map((part) => part.name),
    startsAt: content.startsAt?.toISOString() ?? null,
    endsAt: content.endsAt?.toISOString() ?? null,
  };
  if (typeof like !== 'object' || like === null) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in like));
}

/** What reading a case answers, in the form the case expects it. */
async function describeRead(input: AsyncIterable<Uint8Array>, entry: BrokenMail): Promise<unknown> {
  try {
    const items = await readAll(input, { format: entry.format });
    const likes: readonly unknown[] = typeof entry.expect === 'string' ? [] : entry.expect;
    return await Promise.all(items.map((item, index) => describeMessage(item, likes[index])));
  } catch (error) {
    return error instanceof ProblemError ? error.code : error;
  }
}

const problemOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no problem',
    (error: unknown) => (error instanceof ProblemError ? error.code : String(error)),
  );

const mail = (n: number): string =>
  `From: ann${n}@example.com\nTo: bob@example.net\nMessage-ID: <${n}@example.com>\n\nText ${n}\n`;
const mbox = (count: number): string =>
  Array.from({ length: count }, (_, n) => `From x@example.com Thu Jan  1 00:00:00 1970\n${mail(n)}\n`).join('');

const CASES = [...BROKEN_MAILS, ...BROKEN_CALENDARS];

describe('broken mails', () => {
  it('has a corpus worth the name', () => {
    expect(CASES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(CASES.map((entry) => entry.name)).size).toBe(CASES.length);
  });

  for (const entry of CASES) {
    for (const chunk of [1 << 20, 7]) {
      if (chunk === 7 && entry.bytes.length > 50_000) continue;
      it(`${entry.name} (chunks of ${chunk})`, { timeout: 10_000 }, async () => {
        const input = stream(Buffer.from(entry.bytes, 'latin1'), chunk);
        expect(await describeRead(input, entry)).toEqual(entry.expect);
      });
    }
  }
});

describe('bombs', () => {
  const nested = Array.from(
    { length: 30 },
    (_, n) => `--b${n}\nContent-Type: multipart/mixed; boundary=b${n + 1}\n\n`,
  ).join('');
  const bombs: readonly (readonly [string, string])[] = [
    [
      'boundaries of every level over and over',
      `Content-Type: multipart/mixed; boundary=b0\n\n${nested}${'\n--b\n'.repeat(2_000_000)}`,
    ],
    [
      'a thousand parts of HTML',
      `Content-Type: multipart/mixed; boundary=x\n\n${`--x\nContent-Type: text/html\n\n${'<p> '.repeat(5_000)}\n`.repeat(1_000)}`,
    ],
    ['a million paddings', `Content-Transfer-Encoding: base64\n\n${'a='.repeat(1_000_000)}`],
    ['a million parameters', `Content-Type: text/plain${';a*0*=x'.repeat(140_000)}\n\nhi`],
    ['a million open comments', `Content-Type: ${'('.repeat(1_000_000)}\n\nhi`],
    ['a million open tags', `Content-Type: text/html\n\n${'<a href="'.repeat(400_000)}`],
    ['a million encoded words', `Subject: ${'=?utf-8?q?a?= '.repeat(70_000)}\n\nhi`],
    ['a million references', `References: ${'<a@example.com>'.repeat(65_000)}\n\nhi`],
  ];

  for (const [name, text] of bombs) {
    it(`${name} end within seconds, in bounded content`, { timeout: 20_000 }, async () => {
      const [item] = await readAll(stream(Buffer.from(`From: ann@example.com\n${text}`), 1 << 18));
      if (item?.kind !== 'message') throw new Error('no message');
      const content = await item.message.content();
      expect(content.text.length).toBeLessThanOrEqual(256 * 1024);
      expect(content.subject.length).toBeLessThanOrEqual(2_000);
      expect(content.references.length).toBeLessThanOrEqual(100);
      expect(content.attachments.length).toBeLessThanOrEqual(500);
    });
  }
});

describe('parameters without end', () => {
  it.each([
    ['long fields', `--x\nContent-Type: image/png${';a*0*=x'.repeat(5_000)}\n\n\n`.repeat(300)],
    ['many fields', `--x\nContent-Type: image/png${';a*0*=x'.repeat(1_000)}\n\n\n`.repeat(1_000)],
  ])('cost next to nothing in %s', { timeout: 20_000 }, async (_name, parts) => {
    const text = `Content-Type: multipart/mixed; boundary=x\n\n${parts}`;
    const [item] = await readAll(stream(Buffer.from(`From: ann@example.com\n${text}`), 1 << 18));
    if (item?.kind !== 'message') throw new Error('no message');
    const before = process.cpuUsage();
    const content = await item.message.content();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(800);
    expect(content.attachments.length).toBeGreaterThanOrEqual(300);
  });
});

describe('any bytes at all', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'From: ',
      'To: a@example.com',
      'Subject: =?utf-8?b?',
      '=?utf-16be?B?2AA=?=',
      'Content-Type: multipart/mixed; boundary=x',
      'Content-Type: text/html',
      'Content-Transfer-Encoding: base64',
      '--x',
      '--x--',
      '\n',
      '\r\n',
      '\n\n',
      ' ',
      '\0',
      '\xff',
      '<a ',
      '&#0;',
      'BEGIN:VEVENT',
      'END:VEVENT',
      'BEGIN:VALARM',
      'ATTENDEE;CN="',
      ':mailto:a@example.com',
      'DTSTART;TZID=Europe/Berlin:2026',
      'From a Thu Jan  1 00:00:00 1970',
    ),
    fc.string({ maxLength: 8 }),
  );
  const starts = [
    'From: ann@example.com\n',
    'From a Thu Jan  1 00:00:00 1970\n',
    'BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n',
  ];

  it('are read to their end, into text that a database takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...starts),
        fc.array(piece, { maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        async (start, pieces, size) => {
          const bytes = Buffer.from(start + pieces.join(''), 'latin1');
          for (const item of await readAll(stream(bytes, size))) {
            if (item.kind === 'skipped') continue;
            const { participants: _raw, authenticationResults: _results, ...kept } = item.message;
            const text = JSON.stringify([kept.key, kept.labels, await kept.content()]);
            expect(text).not.toContain('\\u0000');
            expect(text).not.toMatch(/\\ud[89a-f]/);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('reading mail', () => {
  it('tells the format and gzip by content, and the messages say their source', async () => {
    for (const [text, source] of [
      [mbox(3), 'mbox'],
      [mail(1), 'eml'],
      ['BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n', 'ics'],
    ] as const) {
      for (const bytes of [Buffer.from(text), gzipSync(text)]) {
        const items = await readAll(stream(bytes, 11));
        expect(items.length).toBe(source === 'mbox' ? 3 : 1);
        for (const item of items) expect(item.kind === 'message' && item.message.source).toBe(source);
      }
    }
  });

  it('closes the input when the reader stops early', async () => {
    let closed = false;
    async function* watched(): AsyncGenerator<Uint8Array> {
      try {
        yield* stream(Buffer.from(mbox(2_000)), 512);
      } finally {
        closed = true;
      }
    }
    for await (const item of readMail(watched(), { format: 'auto' })) {
      expect(item.kind).toBe('message');
      break;
    }
    expect(closed).toBe(true);
  });

  it('passes on what the input throws', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(mbox(3));
      throw new Error('connection lost');
    }
    await expect(readAll(failing())).rejects.toThrow('connection lost');
  });

  it('refuses a calendar that is too large without holding it', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('BEGIN:VCALENDAR\r\n');
      for (let n = 0; n < 60; n += 1) yield Buffer.alloc(1 << 20, 'X');
    }
    expect(await problemOf(readAll(endless()))).toBe('too_large');
  });

  it('reads five thousand attendees', async () => {
    const lines = Array.from({ length: 5_000 }, (_, n) => `ATTENDEE;CN="N ${n}":mailto:a${n}@example.com\r\n`).join('');
    const [item] = await readAll(
      stream(Buffer.from(`BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n${lines}END:VEVENT\r\nEND:VCALENDAR\r\n`)),
    );
    expect(item?.kind === 'message' && item.message.participants.to.length).toBe(5_000);
  });

  it('refuses to go on in the middle of a calendar, whose zones stand before it', async () => {
    const rest = Buffer.from('BEGIN:VEVENT\nUID:2\nDTSTART;TZID=Ours:20260701T100000\nEND:VEVENT\nEND:VCALENDAR\n');
    for (const format of ['ics', 'auto'] as const)
      expect(await problemOf(readAll(stream(rest), { format, startAt: 500 }))).toBe('file_invalid');
  });

  it('decides a mail beyond the memory bound by its header and cuts its content', { timeout: 30_000 }, async () => {
    async function* large(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`From x@example.com Thu Jan  1 00:00:00 1970\n${mail(0)}`);
      for (let n = 0; n < 40; n += 1)
        yield Buffer.from(`${'a long line of text that repeats. '.repeat(2)}\n`.repeat(16_000));
      yield Buffer.from(`\n${mbox(1)}`);
    }
    const items = await readAll(large());
    expect(items.map((item) => item.kind)).toEqual(['message', 'message']);
    const [first] = items;
    if (first?.kind !== 'message') throw new Error('no message');
    expect(first.message.size).toBeGreaterThan(40 * 1024 * 1024);
    expect(first.message.participants.from).toEqual([' ann0@example.com']);
    const content = await first.message.content();
    expect(content.text.startsWith('Text 0\na long line')).toBe(true);
    expect(content.text.length).toBeLessThanOrEqual(256 * 1024);
  });

  it('reads the content of a mail of thirty million empty lines', { timeout: 30_000 }, async () => {
    const [item] = await readAll(
      stream(Buffer.concat([Buffer.from(`${mail(0)}`), Buffer.alloc(30_000_000, '\n')]), 1 << 20),
    );
    if (item?.kind !== 'message') throw new Error('no message');
    expect((await item.message.content()).text).toBe('Text 0');
  });
});

describe('opening a path', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mail-file-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('resumes a plain and a gzip file at every boundary', async () => {
    const text = mbox(20);
    writeFileSync(join(folder, 'a.mbox'), text);
    writeFileSync(join(folder, 'a.mbox.gz'), gzipSync(text));
    for (const name of ['a.mbox', 'a.mbox.gz']) {
      const opened = await openMailPath(join(folder, name));
      expect(opened.format).toBe('mbox');
      expect(opened.bytes).toBe(name === 'a.mbox' ? text.length : null);
      const items = await readAll(opened.input(), { format: opened.format });
      expect(items.length).toBe(20);
      for (const [index, item] of items.entries()) {
        const end = item.kind === 'message' ? item.message.end : item.end;
        const rest = await readAll(opened.input(end), { format: opened.format, startAt: end });
        expect(rest.map((left) => left.kind === 'message' && left.message.key)).toEqual(
          items.slice(index + 1).map((left) => left.kind === 'message' && left.message.key),
        );
      }
    }
  });

  it('answers a problem for what is no mail', async () => {
    writeFileSync(join(folder, 'a.txt'), 'nothing of interest');
    expect(await problemOf(openMailPath(join(folder, 'missing')))).toBe('file_invalid');
    expect(await problemOf(openMailPath(join(folder, 'a.txt')))).toBe('file_invalid');
    expect(await problemOf(openMailPath('/dev/null'))).toBe('file_invalid');
  });
});

const corpus = join(import.meta.dirname, '../../../../../../shared/corpora/lists.mbox');
if (!existsSync(corpus)) console.info('lists.mbox is not beside the repository: its test is skipped');

describe.skipIf(!existsSync(corpus))('a mailbox of real lists', () => {
  it('has 263 messages with a key, a date and a text', async () => {
    const items = await readAll(stream(readFileSync(corpus), 65_536));
    expect(items.length).toBe(263);
    for (const item of items) {
      if (item.kind === 'skipped') throw new Error(`skipped: ${item.reason}`);
      const content = await item.message.content();
      expect(item.message.key).toMatch(/^<.+>$/);
      expect(content.sentAt).not.toBeNull();
      expect(content.text).not.toBe('');
    }
  });
});
