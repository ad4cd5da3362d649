// Decide before you store, proven from outside. Thousands of messages that may not be kept carry a marked word in every
// field; the process is killed in the middle; then every byte it could have left anywhere is searched for the word, in
// several spellings. Admitted messages carry another word, which must be found, so that the search is known to work.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Import, Policy } from '@sentinel/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, install, type Installation, type Running, setUp } from './installation.ts';
import { filesLeftBehind } from './left-behind.ts';

const DROPPED = 'zqcanarydropped';
const KEPT = 'zqcanarykept';
const ROUNDS = 700;

describe('a message that may not be kept', () => {
  let here: Installation;
  /** Outside of everything that is searched: the input itself is full of the words. */
  let inputs: string;
  let inbox: string;
  const answers: string[] = [];

  beforeAll(async () => {
    here = await install();
    inputs = await mkdtemp(join(tmpdir(), 'sentinel-canary-input-'));
    inbox = join(inputs, 'inbox.mbox');
    await writeFile(inbox, Array.from({ length: ROUNDS }, (_, round) => messagesOf(round).join('')).join(''));
    await writeFile(join(inputs, 'contacts.csv'), 'Email,First Name\nalice@crm.example,Alice\ninfo@crm.example,Info\n');
    await setUp(here, join(inputs, 'contacts.csv'));
    const policy = join(inputs, 'policy.json');
    await writeFile(
      policy,
      JSON.stringify(
        Policy.parse({
          ownDomains: ['acme.example'],
          ownAddresses: ['mira@acme.example'],
          authservIds: ['mx.acme.example'],
          excludedAddresses: ['info@crm.example'],
        }),
      ),
    );
    expect((await here.run('gate', 'policy', 'publish', policy)).code).toBe(0);
  });
  afterAll(async () => {
    await rm(inputs, { recursive: true, force: true });
    await here.remove();
  });

  it('leaves no trace when the process is killed in the middle', async () => {
    const running = await here.up();
    const client = here.begin('gate', 'import', inbox, '--mailbox', 'mira@acme.example');
    const closed = ended(client);
    await untilOutputHas(here, 'gate.page_decided', 3);
    await running.kill();
    client.kill('SIGKILL');
    await closed;
    expect(await placesOf(here, DROPPED)).toEqual([]);
    expect((await placesOf(here, KEPT)).length).toBeGreaterThan(0);
  });

  it('leaves no trace after the import was resumed to its end, nor in anything that can be asked', async () => {
    const running = await here.up();
    const { code, stdout, stderr } = await here.run(
      'gate',
      'import',
      inbox,
      '--mailbox',
      'mira@acme.example',
      '--json',
    );
    expect(code, stderr).toBe(0);
    const done = Import.parse(JSON.parse(stdout));
    expect(done.outcomes).toMatchObject({
      passed: ROUNDS,
      dropped_no_crm_match: ROUNDS,
      dropped_self_user: ROUNDS,
      dropped_no_participants: ROUNDS,
      dropped_unauthenticated_sender: ROUNDS,
      dropped_excluded: ROUNDS,
    });
    expect(done.skipped).toEqual(expect.arrayContaining([{ reason: 'header_too_large', count: ROUNDS }]));
    answers.push(stdout, stderr, ...(await otherForms(here, inputs)), ...(await everythingAskable(here, running)));
    await askWithCanary(here, running, answers);
    await running.stop();
    expect(answers.join('\n').toLowerCase()).not.toContain(DROPPED);
    expect(await placesOf(here, DROPPED)).toEqual([]);
    expect((await placesOf(here, KEPT)).length).toBeGreaterThan(0);
  });
});

/** One message of every kind that is not kept, and one that is. */
function messagesOf(round: number): string[] {
  const word = `${DROPPED}${round}`;
  const person = (name: string) => `"${word}name" <${word}${name}@${word}.example>`;
  const fields = [
    `Subject: ${word}subject`,
    `Message-ID: <${word}id@${word}.example>`,
    `Reply-To: ${person('reply')}`,
    `Sender: ${person('sender')}`,
    `List-Id: <${word}list.example>`,
    `X-Note: ${word}note`,
    `Keywords: ${word}label`,
  ];
  const mail = (lines: readonly string[], body: string) =>
    `From ${word}@envelope.example Thu Jan  1 00:00:00 2026\n${lines.join('\n')}\n\n${body}\n\n`;
  const body = `${word}body with an attachment ${word}file.pdf`;
  return [
    mail([`From: ${person('a')}`, `To: mira@acme.example, ${person('b')}`, `Cc: ${person('c')}`, ...fields], body),
    mail([`From: "${word}" <mira@acme.example>`, 'To: tom@acme.example', ...fields], body),
    mail([`From: ${word} at nowhere`, `To: ${word}`, ...fields], body),
    // A contact is on it, but its header is beyond what is read, so nothing of it can be verified.
    mail(['From: alice@crm.example', ...fields, ...Array.from({ length: 2100 }, () => 'X-Fill: x')], body),
    // The only contact on it is excluded.
    mail(['From: info@crm.example', `To: ${person('b')}`, ...fields], body),
    // The author is a contact, and the receiving server says that somebody else sent it.
    mail(
      [
        'Authentication-Results: mx.acme.example; dmarc=fail',
        'From: alice@crm.example',
        `To: ${person('b')}`,
        ...fields,
      ],
      body,
    ),
    mail(
      [
        'From: alice@crm.example',
        'To: mira@acme.example',
        `Subject: ${KEPT}${round}`,
        `Message-ID: <${KEPT}${round}@crm.example>`,
      ],
      `${KEPT}${round} body`,
    ),
    `From ${word}@envelope.example Thu Jan  1 00:00:00 2026\n${word} is no header at all\n\n${body}\n\n`,
  ];
}

/** The same words in a calendar, in a gzip that breaks off, and in a Maildir. */
async function otherForms(here: Installation, inputs: string): Promise<string[]> {
  const event = (number: number) =>
    [
      'BEGIN:VEVENT',
      `UID:${DROPPED}${number}`,
      'DTSTART:20260301T100000Z',
      `ORGANIZER:mailto:${DROPPED}@else.example`,
      `ATTENDEE;CN=${DROPPED}:mailto:${DROPPED}b@else.example`,
      `SUMMARY:${DROPPED}`,
      `DESCRIPTION:${DROPPED}`,
      'END:VEVENT',
    ].join('\r\n');
  const calendar = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    ...Array.from({ length: 200 }, (_, number) => event(number)),
    'END:VCALENDAR',
    '',
  ];
  const stranger = messagesOf(7)[0]?.split('\n').slice(1).join('\n') ?? '';
  const packed = gzipSync(Array.from({ length: 400 }, () => messagesOf(7)[0]).join(''));
  await mkdir(join(inputs, 'Maildir', 'cur'), { recursive: true });
  await mkdir(join(inputs, 'Maildir', 'new'), { recursive: true });
  await writeFile(join(inputs, 'Maildir', 'cur', '1.mail:2,S'), stranger);
  await writeFile(join(inputs, 'calendar.ics'), calendar.join('\r\n'));
  await writeFile(join(inputs, 'broken.mbox.gz'), packed.subarray(0, packed.length - 40));
  const ends: string[] = [];
  for (const path of ['calendar.ics', 'broken.mbox.gz', 'Maildir']) {
    const { stdout, stderr } = await here.run(
      'gate',
      'import',
      join(inputs, path),
      '--mailbox',
      'mira@acme.example',
      '--json',
    );
    expect(Import.parse(JSON.parse(stdout)).outcomes, `${path}: ${stderr}`).toMatchObject({ passed: 0 });
    ends.push(stdout, stderr);
  }
  return ends;
}

async function everythingAskable(here: Installation, running: Running): Promise<string[]> {
  const paths = [
    '/metrics',
    '/v1/gate/ledger?limit=200',
    '/v1/gate/ledger?limit=200&outcome=fail_closed',
    '/v1/audit?limit=200',
    '/v1/audit/export',
    '/v1/home',
    '/v1/gate/imports',
    '/v1/gate/outcomes',
    '/v1/system',
    '/v1/book/contacts?limit=200',
  ];
  return await Promise.all(
    paths.map(async (path) => {
      const response = await here.ask(running, path);
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
      return await response.text();
    }),
  );
}

/** A question, and broken requests whose errors could echo what they were given. */
async function askWithCanary(here: Installation, running: Running, answers: string[]): Promise<void> {
  const json = { 'content-type': 'application/json' };
  const asked = [
    [
      '/v1/gate/ask',
      {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ from: `${DROPPED}@else.example`, to: 'mira@acme.example' }),
      },
    ],
    ['/v1/gate/ask', { method: 'POST', headers: json, body: `{"from": "${DROPPED}` }],
    ['/v1/gate/ask', { method: 'POST', headers: json, body: JSON.stringify({ from: [DROPPED] }) }],
    [
      '/v1/gate/ask/file',
      {
        method: 'POST',
        headers: { 'content-type': 'message/rfc822' },
        body: `From: ${DROPPED}@else.example\n\n${DROPPED}`,
      },
    ],
    [
      '/v1/gate/ask/file',
      { method: 'POST', headers: { 'content-type': 'message/rfc822' }, body: `${DROPPED} is no message` },
    ],
    ['/v1/gate/try', { method: 'POST', headers: { 'content-type': 'application/mbox' }, body: messagesOf(1).join('') }],
    ['/v1/gate/ledger/not-an-id', { method: 'GET' }],
    [
      `/v1/gate/imports?mailbox=${DROPPED}`,
      { method: 'POST', headers: { 'content-type': 'application/mbox' }, body: messagesOf(1).join('') },
    ],
    [`/v1/book/contacts?search=${DROPPED}`, { method: 'GET' }],
  ] as const;
  for (const [path, init] of asked) answers.push(await (await here.ask(running, path, init)).text());
}

/** Every file that holds the word, plain, in UTF-16, hex or base64 (any alignment), upper or lower case. */
async function placesOf(here: Installation, word: string): Promise<string[]> {
  const spellings = spellingsOf(word);
  const places: string[] = [];
  for (const file of await filesLeftBehind(here)) {
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) continue;
    const text = bytes.toString('latin1');
    const lower = text.toLowerCase();
    if (
      spellings.exact.some((spelling) => text.includes(spelling)) ||
      spellings.folded.some((spelling) => lower.includes(spelling))
    )
      places.push(file);
  }
  return places;
}

function spellingsOf(word: string): { exact: string[]; folded: string[] } {
  const base64 = ['', 'x', 'xx'].map((before) =>
    Buffer.from(before + word)
      .toString('base64')
      .slice(before.length === 0 ? 0 : 4, -4),
  );
  return {
    exact: base64,
    folded: [word, Buffer.from(word).toString('hex'), Buffer.from(word, 'utf16le').toString('latin1')],
  };
}

async function untilOutputHas(here: Installation, text: string, times: number): Promise<void> {
  for (let tries = 0; tries < 2400; tries += 1) {
    if ((await readFile(here.outputFile, 'utf8')).split(text).length > times) return;
    await pause(25);
  }
  throw new Error(`the output never had ${text} ${times} times`);
}
