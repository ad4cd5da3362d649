import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMailPath, readMail, type ReadMailOptions } from './mail-file.ts';
import type { MailItem } from './mail-item.ts';

async function readAll(input: AsyncIterable<Uint8Array>, options: ReadMailOptions): Promise<MailItem[]> {
  const items: MailItem[] = [];
  for await (const item of readMail(input, options)) items.push(item);
  return items;
}

async function textOf(input: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const HEAD = 'From: ann@example.com\nMessage-ID: <1@example.com>\n\n';
const ENVELOPE = 'From x@example.com Thu Jan  1 00:00:00 1970\n';

describe('a broken gzip file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'readable-bytes-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('ends a mailbox before the message that is cut, and says why', async () => {
    const parts = Array.from(
      { length: 4_000 },
      (_, n) => `${ENVELOPE}${HEAD}${randomBytes(40).toString('hex')}\n\n${n}\n\n`,
    );
    const text = parts.join('');
    const whole = gzipSync(text);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, whole.length - 3_000, whole.length - 2_500);
    for (const [bytes, reason] of [
      [whole, null],
      [whole.subarray(0, whole.length - 3_000), 'source_truncated'],
      [damaged, 'source_corrupt'],
    ] as const) {
      writeFileSync(join(folder, 'b.mbox.gz'), bytes);
      const opened = await openMailPath(join(folder, 'b.mbox.gz'));
      expect(opened.defect()).toBeNull();
      const read = await textOf(opened.input());
      expect(opened.defect()).toBe(reason);
      expect(text.startsWith(read)).toBe(true);
      if (reason === null) expect(read).toBe(text);
      else expect(text.slice(read.length, read.length + 5)).toBe('From ');
      expect(read.length).toBeGreaterThan(text.length * 0.7);

      const rest = await textOf(opened.input(100));
      expect(rest).toBe(read.slice(100));
      const items = await readAll(opened.input(), { format: 'mbox', defect: opened.defect });
      const skips = reason === null ? [] : [{ kind: 'skipped', reason, end: read.length }];
      expect(items.filter((item) => item.kind === 'skipped')).toEqual(skips);
    }
  });

  it('gives what there is of a single mail, and says so', async () => {
    const body = Array.from({ length: 500 }, () => randomBytes(40).toString('hex')).join('\n');
    const whole = gzipSync(HEAD + body);
    writeFileSync(join(folder, 'c.eml.gz'), whole.subarray(0, whole.length - 500));
    const opened = await openMailPath(join(folder, 'c.eml.gz'));
    const items = await readAll(opened.input(), { format: 'eml', defect: opened.defect });
    expect(items.map((item) => (item.kind === 'message' ? item.message.key : item.reason))).toEqual([
      '<1@example.com>',
      'source_truncated',
    ]);
  });

  it('leaves out a single mail whose header is cut, and passes the body of a long one on', async () => {
    const path = join(folder, 'd.gz');
    const bytes = gzipSync(
      `To: ${Array.from({ length: 500 }, () => `${randomBytes(20).toString('hex')}@example.com`).join(', ')}`,
    );
    writeFileSync(path, bytes.subarray(0, bytes.length - 2_000));
    const mail = await openMailPath(path);
    expect((await readAll(mail.input(), { format: 'eml', defect: mail.defect })).map((item) => item.kind)).toEqual([
      'skipped',
    ]);

    const long = gzipSync(
      ENVELOPE + HEAD + `${randomBytes(30).toString('hex')}\n`.repeat(40_000) + randomBytes(90_000).toString('hex'),
    );
    writeFileSync(path, long.subarray(0, long.length - 1_000));
    const mailbox = await openMailPath(path);
    expect((await textOf(mailbox.input())).length).toBeGreaterThan(1024 * 1024);
    expect(mailbox.defect()).toBe('source_truncated');
  });
});
