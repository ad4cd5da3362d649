// Real mail with outcomes that an independent program computed. Runs wherever the corpus lies beside the checkout.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ended, install, type Installation, setUp } from './installation.ts';

const folder = fileURLToPath(new URL('../../../shared/corpora', import.meta.url));
const isThere = existsSync(`${folder}/lists.mbox`);
if (!isThere) console.warn('skipped: the corpus of real mail is not beside this checkout');

const Expected = z.object({
  messages: z.int(),
  outcomes: z.record(z.string(), z.int()),
  matches_per_contact: z.record(z.string(), z.int()),
  mailbox_owner: z.string(),
});

describe.skipIf(!isThere)('263 real mails', () => {
  const expected = isThere ? Expected.parse(JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))) : null;
  let here: Installation;
  const imported = ['gate', 'import', `${folder}/lists.mbox`, '--mailbox', 'cworth@cworth.org', '--json'];

  beforeAll(async () => {
    here = await install();
    await setUp(here, `${folder}/book.csv`);
  });
  afterAll(async () => await here.remove());

  it('are decided in memory as the independent program decided them', async () => {
    const tried = await here.run(
      'try',
      '--book',
      `${folder}/book.csv`,
      '--mail',
      `${folder}/lists.mbox`,
      '--mailbox',
      expected?.mailbox_owner ?? '',
      '--json',
    );
    const report = z
      .object({
        messages: z.int(),
        outcomes: z.record(z.string(), z.int()),
        topContacts: z.array(z.object({ address: z.string(), messages: z.int() })),
      })
      .parse(JSON.parse(tried.stdout));
    expect(report.messages).toBe(expected?.messages);
    expect(report.outcomes).toEqual(expected?.outcomes);
    expect(Object.fromEntries(report.topContacts.map(({ address, messages }) => [address, messages]))).toEqual(
      expected?.matches_per_contact,
    );
  });

  it('leave exactly the passed messages when two imports run at once, and when run again', async () => {
    const both = await Promise.all([here.begin(...imported), here.begin(...imported)].map(ended));
    expect(both.map(({ code, stderr }) => ({ code, stderr: code === 0 ? '' : stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    const again = await here.run(...imported, '--again');
    expect(again.code).toBe(0);
    const running = await here.up();
    const ledger = z.object({ total: z.int() });
    const kept = ledger.parse(await (await here.ask(running, '/v1/gate/ledger?outcome=passed&limit=1')).json());
    await running.stop();
    expect(kept.total).toBe(expected?.outcomes['passed']);
  });
});
