import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProblemError } from '../../platform/problem.ts';
import { openMailPath, readMail } from './mail-file.ts';
import type { MailItem } from './mail-item.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mail-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array): void {
  const whole = join(root, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
}

const mail = (id: string, text = 'hello\n'): string =>
  `From: ann@example.com\nMessage-ID: <${id}@example.com>\n\n${text}`;
const keyOf = (item: MailItem): string | null => (item.kind === 'message' ? item.message.key : item.reason);

async function read(startAt = 0): Promise<MailItem[]> {
  const opened = await openMailPath(root);
  const items: MailItem[] = [];
  for await (const item of readMail(opened.input(startAt), { format: opened.format, startAt, source: opened.source }))
    items.push(item);
  return items;
}

describe('a Maildir', () => {
  it('is read with its folders, flags and packed mails, in one order', async () => {
    put('cur/2:2,RS', mail('2'));
    put('cur/1', mail('1'));
    put('new/3', gzipSync(mail('3')));
    put('tmp/4', mail('4'));
    put('.Priv&AOk-.Spam/cur/5:2,', mail('5'));
    put('dovecot-uidlist', 'not a mail');
    const items = await read();
    expect(items.map(keyOf)).toEqual(['<5@example.com>', '<1@example.com>', '<2@example.com>', '<3@example.com>']);
    expect(items.map((item) => item.kind === 'message' && item.message.labels)).toEqual([
      ['Priv\u00e9/Spam'],
      [],
      ['replied', 'seen'],
      [],
    ]);
    expect(items.every((item) => item.kind === 'message' && item.message.source === 'maildir')).toBe(true);
  });

  it('gives mails back as they were, however they end and whatever lines they hold', async () => {
    const texts = [
      'no end',
      'From x Thu Jan  1 00:00:00 1970\n\nFrom y Thu Jan  1 00:00:00 1970\n>From z\n',
      '\n\n',
      'a\r\n\r\nFrom b Thu Jan  1 00:00:00 1970\r\n',
      `${'x'.repeat(300_000)}\n\nFrom b Thu Jan  1 00:00:00 1970`,
    ];
    for (const [index, text] of texts.entries()) put(`cur/${index}`, mail(String(index), text));
    const items = await read();
    expect(items.map(keyOf)).toEqual(texts.map((_, index) => `<${index}@example.com>`));
    for (const [index, item] of items.entries()) {
      if (item.kind !== 'message') throw new Error(item.reason);
      expect((await item.message.content()).text).toBe(
        (texts[index] ?? '')
          .replaceAll('\r\n', '\n')
          .trim()
          .slice(0, 256 * 1024),
      );
    }
  });

  it('does not hide an author behind the quoting of a mailbox', async () => {
    put('cur/1', `From : eve@example.org\n${mail('1')}`);
    const [item] = await read();
    expect(item?.kind === 'message' && item.message.participants.from).toEqual(['\0', ' ann@example.com']);
  });

  it('resumes behind every mail', async () => {
    for (let index = 0; index < 10; index += 1) put(`cur/${index}:2,S`, mail(String(index)));
    const items = await read();
    for (const [index, item] of items.entries()) {
      const end = item.kind === 'message' ? item.message.end : item.end;
      expect((await read(end)).map(keyOf)).toEqual(items.slice(index + 1).map(keyOf));
    }
  });

  it('counts an empty or unreadable mail, and follows no link', async () => {
    put('cur/1', mail('1'));
    put('cur/2:2,S', '');
    put('cur/4', mail('4'));
    put('elsewhere.txt', mail('9'));
    symlinkSync(join(root, 'elsewhere.txt'), join(root, 'cur', '3'));
    symlinkSync(root, join(root, '.Loop'));
    chmodSync(join(root, 'cur/4'), 0);
    const readable = process.getuid?.() === 0;
    expect((await read()).map(keyOf)).toEqual(['<1@example.com>', 'empty', readable ? '<4@example.com>' : 'empty']);
  });
});

describe('a folder of mails', () => {
  it('is read through all its folders', async () => {
    put('b.eml', mail('b'));
    put('a/c.EML', mail('c'));
    put('a/d.eml.gz', gzipSync(mail('d')));
    put('notes.txt', 'no mail');
    const items = await read();
    expect(items.map(keyOf)).toEqual(['<c@example.com>', '<d@example.com>', '<b@example.com>']);
    expect(items.every((item) => item.kind === 'message' && item.message.source === 'eml')).toBe(true);
  });

  it('is a problem when no mail is in it', async () => {
    put('notes.txt', 'no mail');
    const error: unknown = await openMailPath(root).catch((reason: unknown) => reason);
    expect(error instanceof ProblemError && error.code).toBe('file_invalid');
  });
});
