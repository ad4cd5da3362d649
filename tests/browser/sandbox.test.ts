// The sandbox's switchboard in a real browser: a browser says by itself where a form came from, and its own page must be let in.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../packages/sandbox/src/frame/sandbox.ts';
import { axeFindings, CHROMIUM, launch } from './browser.ts';

describe.skipIf(CHROMIUM === null)('the switchboard', () => {
  let sandbox: Sandbox;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    sandbox = await startSandbox({ world: { contacts: 100 }, apps: {} });
    browser = await launch(CHROMIUM ?? '');
    page = await browser.newPage();
    await page.goto(sandbox.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await sandbox?.close();
  });

  it('moves time on', async () => {
    const before = sandbox.world.now().getTime();
    await page.getByRole('button', { name: 'One hour on' }).click();
    await page.getByRole('heading', { name: 'Time' }).waitFor();
    expect(sandbox.world.now().getTime() - before).toBeGreaterThanOrEqual(3_600_000);
  });

  it('sets a fault and clears it', async () => {
    await page.getByLabel('Provider').selectOption('hubspot');
    await page.getByLabel('What happens').selectOption('status');
    await page.getByRole('button', { name: 'Set the fault' }).click();
    await page.getByRole('button', { name: 'Clear all' }).waitFor();
    expect(sandbox.faults.list()).toMatchObject([{ provider: 'hubspot', kind: 'status' }]);
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Clear all' }).click();
    await page.getByText('None: everything works.').waitFor();
    expect(sandbox.faults.list()).toEqual([]);
  });

  it('is not for pages of others', async () => {
    const before = sandbox.world.now().getTime();
    const address = `${sandbox.origin}/_sandbox/world/advance`;
    await page.route('http://elsewhere.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${address}"><button name="step" value="hour">Go</button></form>`,
      }),
    );
    await page.goto('http://elsewhere.example/');
    const [answer] = await Promise.all([
      page.waitForResponse(address),
      page.getByRole('button', { name: 'Go' }).click(),
    ]);
    expect(answer.status()).toBe(403);
    expect(sandbox.world.now().getTime() - before).toBeLessThan(3_600_000);
  });
});
