// An import is interrupted, resumed and doubled; what may be kept is kept exactly once, and every message is decided exactly once.
import type { ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Import, LedgerPage } from '@sentinel/contract';
import { makeCompany } from '@sentinel/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, install, type Installation, type Running, setUp } from './installation.ts';

const HOUR_MS = 3_600_000;
const MAILBOX = 'mira.okafor@acme.example';

/** Two weeks of the made-up company's mail. */
function fortnight(contacts: number): { book: string; mail: string; messages: number } {
  const company = makeCompany(contacts);
  const start = Date.UTC(2026, 2, 2);
  const mail = Array.from({ length: 14 * 24 }, (_, hour) => company.mailOf(new Date(start + hour * HOUR_MS))).join('');
  return { book: company.contactsCsv, mail, messages: mail.match(/^From sender /gm)?.length ?? 0 };
}

describe('an import', () => {
  let here: Installation;
  const { book, mail, messages } = fortnight(64);
  let file: string;

  beforeAll(async () => {
    here = await install();
    file = join(here.tempDir, 'inbox.mbox');
    await writeFile(join(here.tempDir, 'contacts.csv'), book);
    await writeFile(file, mail);
    await setUp(here, join(here.tempDir, 'contacts.csv'));
  });
  afterAll(async () => await here.remove());

  const tried = async () => {
    const { stdout } = await here.run(
      'try',
      '--book',
      join(here.tempDir, 'contacts.csv'),
      '--mail',
      file,
      '--mailbox',
      MAILBOX,
      '--own-domain',
      'acme.example',
      '--json',
    );
    return JSON.parse(stdout) as { outcomes: Record<string, number> };
  };
  const ledgerOf = async (running: Running, query: string) =>
    LedgerPage.parse(await (await here.ask(running, `/v1/gate/ledger?${query}`)).json());

  it('goes on after a kill, is shared by two runs at once, and decides each message once', async () => {
    expect(messages).toBeGreaterThan(3000);
    const first = here.begin('gate', 'import', file, '--mailbox', MAILBOX);
    const closed = ended(first);
    await untilSomeAreDecided(here, first);
    first.kill('SIGKILL');
    await closed;

    const both = await Promise.all(
      [1, 2].map(() => ended(here.begin('gate', 'import', file, '--mailbox', MAILBOX, '--json'))),
    );
    for (const { code, stderr } of both) expect(code, stderr).toBe(0);
    const done = both.map(({ stdout }) => Import.parse(JSON.parse(stdout)));
    expect(new Set(done.map(({ id }) => id)).size).toBe(1);
    expect(done.map(({ messages: decided }) => decided)).toEqual([messages, messages]);

    const running = await here.up();
    const { outcomes } = await tried();
    for (const [outcome, count] of Object.entries(outcomes)) {
      expect({ outcome, total: (await ledgerOf(running, `outcome=${outcome}&limit=1`)).total }).toEqual({
        outcome,
        total: count,
      });
    }
    expect((await ledgerOf(running, 'limit=1')).total).toBe(messages);
    await running.stop();
  });

  it('of the same mail under another name, compressed, keeps nothing twice', async () => {
    const other = join(here.tempDir, 'same.mbox.gz');
    await writeFile(other, gzipSync(mail));
    const { stdout, code, stderr } = await here.run('gate', 'import', other, '--mailbox', MAILBOX, '--json');
    expect(code, stderr).toBe(0);
    const done = Import.parse(JSON.parse(stdout));
    expect(done.outcomes.passed).toBe(0);
    expect(done.outcomes.duplicate).toBeGreaterThan(0);
  });

  it('without an own mailbox that could be meant is refused with a sentence', async () => {
    const { code, stderr } = await here.run('gate', 'import', file, '--mailbox', 'not an address');
    expect(code).toBe(2);
    expect(stderr).toContain('not a valid address');
  });
});

/** Waits until a page has been written, so that the kill falls into the middle. */
async function untilSomeAreDecided(here: Installation, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 1200 && child.exitCode === null; tries += 1) {
    if ((await readFile(here.outputFile, 'utf8')).includes('gate.page_decided')) return;
    await pause(25);
  }
}
