// The console in a real browser against a real installation: from the one-time link to an explained message, and then
// every page, in both themes, by mouse and by keyboard.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Installation, install, type Running } from '../journeys/installation.ts';
import {
  axeFindings,
  CHROMIUM,
  cutOffCells,
  focusRing,
  launch,
  linksOf,
  openWatched,
  overflowAt320,
  type Watched,
} from './browser.ts';

const BUILD = fileURLToPath(new URL('../../packages/console/build.ts', import.meta.url));

const BOOK = [
  'First Name,Last Name,Email,Company name',
  'Dana,Lee,dana.lee@northwind.example,Northwind',
  'Tom,Brandt,tom@halden.example,Halden',
  'Nobody,,not an address,',
].join('\n');

const mail = (from: string, to: string, id: string) =>
  [
    `From: ${from}`,
    `To: ${to}`,
    `Message-ID: <${id}@mail.example>`,
    'Date: Tue, 03 Mar 2026 09:00:00 +0000',
    'Subject: hello',
    '',
    'Hello.',
    '',
  ].join('\r\n');

const STRANGER = mail('Sam Stranger <sam@elsewhere.example>', 'mira@acme.example', 's1');
const MBOX = [
  mail('Dana Lee <dana.lee@northwind.example>', 'mira@acme.example', 'k1'),
  mail('tom@halden.example', 'mira@acme.example, kim@acme.example', 'k2'),
  mail('sam@elsewhere.example', 'mira@acme.example', 'd1'),
  mail('kim@acme.example', 'mira@acme.example', 'd2'),
]
  .map((text) => `From MAILER Tue Mar  3 09:00:00 2026\n${text.replaceAll('\r\n', '\n')}\n`)
  .join('');

describe.skipIf(CHROMIUM === null)('the console', () => {
  let installation: Installation;
  let running: Running;
  let browser: Browser;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [BUILD, '--if-changed']);
    installation = await install();
    [running, browser] = await Promise.all([installation.up(), launch(CHROMIUM ?? '')]);
    // Signed out, the session is asked for and answered with 401: that is how the console learns it.
    watched = await openWatched(browser, (status, path) => status === 401 && path === '/v1/session');
    page = watched.page;
  });

  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await installation?.remove();
  });

  const open = async (path: string) => {
    await page.goto(new URL(path, running.url).href);
  };
  /** Takes an expected answer off what went wrong. */
  const forgive = (answer: string) => {
    watched.wrong.splice(0, watched.wrong.length, ...watched.wrong.filter((line) => line !== answer));
  };
  const heading = (name: string | RegExp) => page.getByRole('heading', { name }).first().waitFor();

  it('says how to get in to those who come without a link', async () => {
    await open('/console');
    await heading('There is no workspace yet');
    await open('/console/setup');
    await heading('Open the setup link');
    expect(await axeFindings(page)).toEqual([]);
    await open('/console/setup?step=contacts');
    await heading('There is no workspace yet');
    expect(await page.getByRole('main').count()).toBe(1);
  });

  it('leads from the setup link to an explained message', async () => {
    await page.goto(running.link);
    await heading('Whose boundary is this?');
    expect(page.url()).not.toContain('#');
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Create the workspace' }).click();
    await page.getByText('Give the workspace a name.').waitFor();
    await page.getByLabel('Workspace').fill('Acme');
    await page.getByLabel('Your name').fill('Mira Okafor');
    await page.getByLabel('Your address').fill('mira@acme.example');
    await page.getByLabel('Your domains').fill('acme');
    await page.getByRole('button', { name: 'Create the workspace' }).click();
    await page.getByText('“acme” is not a domain.').waitFor();
    // Looks like a domain, but is none: only the server knows.
    await page.getByLabel('Your domains').fill('acme.example, no_domain.example');
    await page.getByRole('button', { name: 'Create the workspace' }).click();
    await page.getByText('“no_domain.example”').waitFor();
    expect(await page.getByLabel('Your domains').getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByRole('alert').count()).toBe(0);
    forgive('422 /v1/setup');
    await page.getByLabel('Your domains').fill('acme.example');
    await page.getByRole('button', { name: 'Create the workspace' }).click();

    await heading('What do you want first?');
    await page.getByRole('button', { name: 'Continue' }).click();
    await heading('Who opens the gate?');
    await page
      .getByLabel('Drop a CSV or vCard file')
      .setInputFiles({ name: 'contacts.csv', mimeType: 'text/csv', buffer: Buffer.from(BOOK) });
    await page.getByText('1 row skipped, and why').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Import 2 contacts' }).click();

    await heading('Ask about one message');
    await page
      .getByLabel('Drop a mail or calendar file')
      .setInputFiles({ name: 'hello.eml', mimeType: 'message/rfc822', buffer: Buffer.from(STRANGER) });
    await heading(/^Dropped:/);
    await page.getByText('dropped_no_crm_match').waitFor();
    const steps = page.getByRole('list', { name: 'Steps of the decision' }).getByRole('listitem');
    expect(await steps.filter({ hasText: 'stopped here' }).count()).toBe(1);
    expect(await page.getByRole('region', { name: 'The answer' }).textContent()).not.toContain('sam@elsewhere.example');
    expect(await axeFindings(page)).toEqual([]);

    await page.getByRole('button', { name: 'Continue' }).click();
    await heading('What just happened');
    await page.getByRole('link', { name: 'Go to Home' }).click();
    await heading('Home');
  });

  it('does not let the setup link be used twice', async () => {
    const other = await openWatched(browser, () => true);
    await other.page.goto(running.link);
    await other.page.getByRole('heading', { name: 'This Sentinel is set up already' }).waitFor();
    expect(await other.page.getByLabel('Workspace').count()).toBe(0);
    await other.context.close();
  });

  it('shows on Home that the boundary holds, and links each number to its rows', async () => {
    const file = join(installation.tempDir, 'inbox.mbox');
    await writeFile(file, MBOX);
    const imported = await installation.run('gate', 'import', file, '--mailbox', 'mira@acme.example');
    expect(imported.stderr + imported.stdout).not.toContain('✗');
    await open('/console');
    await page.getByText('The boundary holds.').waitFor();
    await page.getByText('of 4 seen').waitFor();
    await page.getByRole('main').getByRole('link', { name: '2', exact: true }).first().click();
    await heading('Ledger');
    await page.getByText('2 rows', { exact: true }).waitFor();
  });

  it('explains a row of the ledger at an address that can be shared', async () => {
    await open('/console/ledger');
    await page.getByText('4 rows', { exact: true }).waitFor();
    await page.getByRole('row').filter({ hasText: 'dropped_self_user' }).getByRole('link').click();
    await heading(/^Dropped: only ourselves and colleagues/);
    const shared = page.url();
    expect(shared).toMatch(/entry=[0-9a-f-]{36}/);
    await page.reload();
    await heading(/^Dropped: only ourselves and colleagues/);
    expect(await page.getByRole('complementary', { name: 'Why' }).textContent()).toContain(
      'Counts only. Addresses were not kept.',
    );
    await page.getByRole('button', { name: 'Close' }).click();
    expect(page.url()).not.toContain('entry=');
  });

  it('narrows the ledger by a chip and by a bar of the chart', async () => {
    await open('/console/ledger');
    await page.getByLabel('Filter', { exact: true }).selectOption('outcome:passed');
    await page.getByText('2 rows', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Remove the filter on Outcome' }).click();
    await page.getByText('4 rows', { exact: true }).waitFor();
    await page.getByRole('link', { name: /2 passed, 2 dropped/ }).click();
    await page.waitForURL(/since=/);
    await page.getByText('4 rows', { exact: true }).waitFor();
    expect(page.url()).toMatch(/since=.+until=/);
  });

  it('answers pasted addresses and keeps them out of the address bar', async () => {
    await open('/console/ask');
    await page.getByLabel('From').fill('Dana Lee <dana.lee@northwind.example>');
    await page.getByLabel('To').fill('mira@acme.example');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await heading(/^Passed:/);
    expect(page.url()).not.toContain('dana');
  });

  it('excludes a contact and takes it back', async () => {
    await open('/console/book');
    await page.getByRole('button', { name: 'Exclude Dana Lee' }).click();
    await page.getByText('Dana Lee no longer opens the gate.').waitFor();
    await page.getByRole('button', { name: 'Include Dana Lee' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Exclude Dana Lee' }).waitFor();
    await page.getByRole('searchbox').fill('halden');
    await page.getByText('1 contact', { exact: true }).waitFor();
    expect(page.url()).toContain('search=halden');
  });

  it('says what is wrong with a file that holds no contacts', async () => {
    await open('/console/book?import=true');
    await page
      .getByLabel('Drop a CSV or vCard file')
      .setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') });
    await page.getByRole('alert').getByText('file_invalid').waitFor();
    expect(await page.getByRole('button', { name: /^Import \d/ }).count()).toBe(0);
    forgive('400 /v1/book/import');
  });

  it('verifies the audit chain and hands it out', async () => {
    await open('/console/audit');
    await page.getByRole('button', { name: 'Verify chain' }).click();
    await page.getByText('The chain is intact.').waitFor();
    await page.getByRole('row').filter({ hasText: 'workspace.created' }).getByRole('link').click();
    await page.getByText('Hash of this row').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export' }).click(),
    ]);
    expect(await download.failure()).toBeNull();
  });

  it.each([
    { path: '/console?range=9y', ready: 'hour by hour' },
    { path: '/console/ledger?range=9y&outcome=no&source=fax&since=soon&entry=x', ready: 'last 24 h' },
    { path: '/console/book?import=9', ready: 'Dana Lee' },
    { path: '/console/audit?range=9y&event=1&row=x', ready: 'workspace.created' },
    { path: '/console/setup?step=9', ready: 'This Sentinel is set up already' },
  ])('takes what it does not understand in an address as not said: $path', async ({ path, ready }) => {
    await open(path);
    await page.getByText(ready).first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.getByRole('complementary', { name: /Why|Row/ }).count()).toBe(0);
  });

  it.each([
    { width: 1440, height: 900 },
    { width: 1280, height: 720 },
    { width: 1024, height: 720 },
    { width: 390, height: 844 },
  ])('cuts nothing off beside an open entry at $width pixels', async (size) => {
    await page.setViewportSize(size);
    await open('/console/ledger');
    await page.getByText('4 rows', { exact: true }).waitFor();
    expect(await cutOffCells(page)).toEqual([]);
    await page.getByRole('row').filter({ hasText: 'dropped_self_user' }).getByRole('link').click();
    const promise = await page.getByText('Counts only. Addresses were not kept.').boundingBox();
    expect((promise?.y ?? size.height) + (promise?.height ?? 0)).toBeLessThanOrEqual(size.height);
    if (size.width >= 1280) expect(await cutOffCells(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  const PAGES = [
    { path: '/console', ready: 'The boundary holds.' },
    { path: '/console?range=30d', ready: 'day by day' },
    { path: '/console/ledger', ready: '4 rows' },
    { path: '/console/ledger?outcome=fail_closed', ready: 'No outcome fits these filters.' },
    { path: '/console/book', ready: 'Dana Lee' },
    { path: '/console/book?search=nobody', ready: 'No contact matches' },
    { path: '/console/book?import=true', ready: 'Drop a CSV or vCard file' },
    { path: '/console/ask', ready: 'Would this message be kept?' },
    { path: '/console/audit', ready: 'workspace.created' },
    { path: '/console/nowhere', ready: 'There is no such page' },
  ];

  it.each(PAGES)('is accessible in both themes and fits 320 pixels: $path', async ({ path, ready }) => {
    await open(path);
    await page.getByText(ready).first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect(await overflowAt320(page)).toBe(0);
  });

  it('has no link that leads nowhere', async () => {
    const links = new Set<string>();
    for (const { path, ready } of PAGES) {
      await open(path);
      await page.getByText(ready).first().waitFor();
      for (const link of await linksOf(page)) links.add(link);
    }
    expect(links.size).toBeGreaterThan(10);
    for (const link of links) {
      const answer = await watched.context.request.get(new URL(link, running.url).href);
      expect(`${link} ${answer.status()}`).toBe(`${link} 200`);
    }
    // The server gives the same page for any address of the console, so those are opened one by one, each kind once.
    const kinds = new Map(
      [...links].filter((link) => link.startsWith('/console')).map((link) => [link.split('?')[0], link]),
    );
    for (const link of kinds.values()) {
      await open(link);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(`${link}: ${await page.getByText('There is no such page').count()}`).toBe(`${link}: 0`);
    }
  });

  it('can be worked by keyboard alone', async () => {
    await open('/console');
    await page.getByText('The boundary holds.').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.type('gl');
    await page.getByText('4 rows', { exact: true }).waitFor();
    await page.keyboard.press('j');
    await page.getByRole('complementary', { name: 'Why' }).waitFor();
    const first = page.url();
    await page.keyboard.press(']');
    await page.waitForURL((url) => url.href !== first);
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.search.includes('entry'));
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find or do' }).fill('dana');
    await page.getByRole('option', { name: /Dana Lee/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/book\?search=/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('searchbox').fill('gl');
    expect(page.url()).toContain('/console/book');
  });

  it('shows every focus', async () => {
    await open('/console/ledger');
    await page.getByText('4 rows', { exact: true }).waitFor();
    for (let step = 0; step < 25; step += 1) {
      await page.keyboard.press('Tab');
      expect(['shown', 'body']).toContain(await focusRing(page));
    }
  });

  it('remembers a theme and sets it before the first paint', async () => {
    await open('/console');
    await page.getByRole('button', { name: 'Theme: as the system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.reload();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    await page.getByRole('button', { name: 'Theme: dark' }).click();
  });

  it('signs out, and back in by a new link that works once', async () => {
    await open('/console');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading('You are signed out');
    expect(await axeFindings(page)).toEqual([]);
    const printed = await installation.run('open', '--print');
    const link = /\S+\/console\/sign-in#\S+/.exec(printed.stdout)?.[0] ?? '';
    await page.goto(link);
    await page.getByText('The boundary holds.').waitFor();
    const other = await openWatched(browser, () => true);
    await other.page.goto(link);
    await other.page.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
    await other.context.close();
  });

  it('never met an error, a failed request or a policy violation on the way', () => {
    expect(watched.wrong).toEqual([]);
  });
});
