// The command as scripts and people meet it: exit codes tell "no" from "could not ask", errors are sentences, looking never
// makes anything, and an exported audit log proves itself with a key that came another way.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, install, type Installation, setUp } from './installation.ts';

describe('the command line', () => {
  let here: Installation;
  const at = (name: string) => join(here.tempDir, name);
  const mail = (from: string) =>
    `From: ${from}\nTo: mira@acme.example\nSubject: Hello\nMessage-ID: <1@x.example>\n\nHi\n`;

  beforeAll(async () => {
    here = await install();
    await writeFile(at('contacts.csv'), 'Email,Name\nalice@crm.example,Alice\nnot-an-address,Nobody\n');
    await writeFile(at('contact.eml'), mail('alice@crm.example'));
    await writeFile(at('stranger.eml'), mail('eve@else.example'));
  });
  afterAll(async () => await here.remove());

  const expectSentence = (ended: Ended, code: number, text: string) => {
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code, stderr: expect.stringContaining(text) });
    expect(ended.stderr).not.toMatch(/\n\s+at /);
  };

  it('makes nothing when it only looks', async () => {
    expect((await here.run('status')).code).toBe(3);
    await here.run('doctor');
    if (here.server === null) {
      expectSentence(await here.run('gate', 'ledger'), 1, 'no Sentinel');
      expect(existsSync(here.dataDir)).toBe(false);
    }
  });

  it('sets up without a browser', async () => {
    await setUp(here, at('contacts.csv'));
    expect((await here.run('gate', 'policy', 'show')).code).toBe(0);
  });

  it.each([
    [
      'a book that is not there',
      ['try', '--book', 'nope.csv', '--mail', 'x', '--mailbox', 'a@b.example'],
      2,
      'no file nope.csv',
    ],
    ['a mailbox that is no address', ['gate', 'import', 'contact.eml', '--mailbox', 'me'], 2, 'not a valid address'],
    ['a flag that is wrong', ['status', '--nope'], 2, 'nope'],
    ['a setting that is wrong', ['up', '--port', 'abc'], 2, 'port'],
  ] as const)('says in a sentence what is wrong with %s', async (_what, args, code, text) => {
    expectSentence(await here.run(...args.map((arg) => (arg === 'contact.eml' ? at(arg) : arg))), code, text);
  });

  it('tries a mail and explains it, and says which rows of the book were of no use', async () => {
    const args = ['--book', at('contacts.csv'), '--mailbox', 'mira@acme.example', '--explain', '1', '--json'];
    const kept = JSON.parse((await here.run('try', '--mail', at('contact.eml'), ...args)).stdout);
    expect(kept).toMatchObject({
      messages: 1,
      outcomes: { passed: 1 },
      bookSkipped: 1,
      explanation: { outcome: 'passed' },
    });
    const dropped = JSON.parse((await here.run('try', '--mail', at('stranger.eml'), ...args)).stdout);
    expect(dropped.outcomes).toEqual({ passed: 0, dropped_no_crm_match: 1 });
    expect(JSON.stringify(dropped)).not.toContain('else.example');
  });

  it('says when an import had nothing to do', async () => {
    const args = ['gate', 'import', at('contact.eml'), '--mailbox', 'mira@acme.example'];
    expect((await here.run(...args)).code).toBe(0);
    expect((await here.run(...args)).stderr).toContain('--again');
  });

  it('publishes only a complete policy', async () => {
    await writeFile(at('part.json'), '{"match":"counterparty_only"}');
    expectSentence(await here.run('gate', 'policy', 'publish', at('part.json')), 2, 'not a complete policy');
    await writeFile(at('whole.json'), (await here.run('gate', 'policy', 'show')).stdout);
    expect((await here.run('gate', 'policy', 'publish', at('whole.json'))).code).toBe(0);
  });

  it('proves an exported audit log, and finds a changed byte in it', async () => {
    await writeFile(at('audit.pem'), (await here.run('audit', 'key')).stdout);
    expect((await here.run('audit', 'export', at('audit.jsonl'))).code).toBe(0);
    expectSentence(await here.run('audit', 'export', at('audit.jsonl')), 2, 'exists already');
    expectSentence(await here.run('audit', 'verify', at('audit.jsonl')), 2, 'came another way');
    expect((await here.run('audit', 'verify', at('audit.jsonl'), '--key', at('audit.pem'))).code).toBe(0);
    const text = await readFile(at('audit.jsonl'), 'utf8');
    await writeFile(at('forged.jsonl'), text.replace('book.imported', 'book.ignored0'));
    expect((await here.run('audit', 'verify', at('forged.jsonl'), '--key', at('audit.pem'))).code).toBe(3);
    expect((await here.run('audit', 'verify')).code).toBe(0);
  });
});
