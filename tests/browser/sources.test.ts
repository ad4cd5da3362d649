// The Sources page in a real browser, against the stand-ins of the providers: accounts are connected by clicking through their
// consent screens, break there, are mended, paused and disconnected; and whoever may not do that sees how they are.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StandIns, startIdentityProviders } from '../../packages/sandbox/src/identity/identity-providers.ts';
import { type Installation, install, type Running } from '../journeys/installation.ts';
import { freePort, openProviderSandbox, type ProviderSandbox } from '../journeys/provider-sandbox.ts';
import {
  axeFindings,
  CHROMIUM,
  focusRing,
  launch,
  linksOf,
  openWatched,
  overflowAt320,
  type Watched,
} from './browser.ts';

const BUILD = fileURLToPath(new URL('../../packages/console/build.ts', import.meta.url));
const CLIENT = { clientId: 'sentinel', clientSecret: 'a-secret-of-the-stand-in' };
const OWNER = ['--owner', 'Mira Okafor', '--email', 'mira.okafor@acme.example'];

describe.skipIf(CHROMIUM === null)('the Sources page', () => {
  let signIn: StandIns;
  let wire: ProviderSandbox;
  let here: Installation;
  let running: Running;
  let browser: Browser;
  let mira: Watched;
  let page: Page;

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [BUILD, '--if-changed']);
    const port = await freePort();
    wire = await openProviderSandbox(`http://127.0.0.1:${port}`, false);
    signIn = await startIdentityProviders({
      clients: { google: [{ ...CLIENT, redirectUris: ['http://127.0.0.1/auth/callback/google'] }] },
    });
    here = await install({
      ...wire.settings,
      GOOGLE_CLIENT_ID: CLIENT.clientId,
      GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
      SENTINEL_GOOGLE_ISSUER: signIn.issuer('google'),
    });
    expect((await here.run('setup', '--name', 'Acme', ...OWNER)).stderr).not.toContain('✗');
    [running, browser] = await Promise.all([here.up('--port', String(port)), launch(CHROMIUM ?? '')]);
    mira = await openWatched(browser, () => false);
    page = mira.page;
    await page.goto(running.link);
    await heading('Home');
  });

  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await here?.remove();
    await wire?.sandbox.close();
    await signIn?.close();
  });

  const open = async (path: string, at = page) => {
    await at.goto(new URL(path, running.url).href);
  };
  const heading = (name: string, at = page) => at.getByRole('heading', { name }).first().waitFor();
  const expectGood = async (at = page) => {
    expect(await axeFindings(at)).toEqual([]);
    expect(await overflowAt320(at)).toBe(0);
  };
  const toast = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor();
  const notice = (text: string) => page.getByRole('main').getByText(text).waitFor();
  const card = (title: string, at = page) =>
    at.getByRole('listitem').filter({ has: at.getByRole('heading', { name: title }) });
  const press = (act: string, title: string) =>
    page.getByRole('button', { name: new RegExp(`^${act}: ${title},`) }).click();
  const standing = (title: string, word: string) => card(title).getByText(word, { exact: true }).waitFor();
  const dialog = (name: string) => page.getByRole('dialog', { name });
  /** From the Sources page to the provider's own consent screen. */
  const goToProvider = async (title: string) => {
    await open('/console/sources');
    await page.getByRole('button', { name: 'Connect an account' }).click();
    await page.getByLabel('Provider').selectOption({ label: title });
    await page.getByRole('button', { name: `Continue to ${title}` }).click();
    await page.getByRole('heading', { name: /asks for access$/ }).waitFor();
    expect(new URL(page.url()).origin).not.toBe(running.url);
  };
  const allow = (name: string | RegExp = /^Allow as/) => page.getByRole('button', { name }).first().click();

  it('says what comes first while nothing is connected, and nothing comes of Cancel', async () => {
    await open('/console/sources');
    await heading('No account is connected yet');
    await expectGood();
    await page.getByRole('button', { name: 'Connect an account' }).click();
    await dialog('Connect an account').waitFor();
    await page.getByText('crm.objects.contacts.read').waitFor();
    await expectGood();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.search === '');
    await goToProvider('Gmail');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await notice('Nothing was connected: the provider was told not to.');
    await expectGood();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.waitForURL((url) => url.search === '');
    expect(await page.getByText('Nothing was connected').count()).toBe(0);
  });

  it('is told when less was granted than is needed, and keeps nothing of it', async () => {
    // Gmail and Calendar ask Google for one thing each, so there is nothing to untick there; elsewhere there is.
    wire.sandbox.faults.set({ provider: 'hubspot', kind: 'partial_grant', times: 1 });
    await goToProvider('HubSpot');
    await allow();
    await notice('not everything that is needed was granted');
    await heading('No account is connected yet');
    expect(await page.getByRole('alert').count()).toBe(1);
    await expectGood();
    expect(wire.sandbox.asked('hubspot')).toContain('POST /oauth/2026-03/token/revoke');
  });

  it.each([
    ['HubSpot', 'Portal', 'until'],
    ['Salesforce', '127.0.0.1', 'end not told'],
    ['Gmail', 'mira.okafor@acme.example', 'until'],
    ['Google Calendar', 'mira.okafor@acme.example', 'until'],
    ['Slack', 'Acme Instruments', 'does not run out'],
  ])('connects %s through its own consent screen', async (title, account, token) => {
    await goToProvider(title);
    await allow();
    await page.getByText(`${title} is connected: ${account}`).waitFor();
    await standing(title, 'connected');
    expect(await card(title).locator('dl').textContent()).toContain(`Token${token}`);
    expect(page.url()).not.toMatch(/code=|state=/);
  });

  it('shows five cards that are well, with what was granted', async () => {
    await open('/console/sources');
    await heading('Are we connected?');
    expect(await page.getByRole('main').getByRole('heading', { level: 3 }).count()).toBe(5);
    await card('Gmail').getByText('What was granted').click();
    await card('Gmail').getByText('https://www.googleapis.com/auth/gmail.readonly').waitFor();
    await card('Gmail').getByText('connected by Mira Okafor').waitFor();
    await expectGood();
  });

  it('finds access withdrawn at the provider, says so on Home too, and connecting again mends it', async () => {
    await open('/console/sources');
    wire.sandbox.standIns.slack.revokeGrants();
    await press('Check', 'Slack');
    await standing('Slack', 'needs attention');
    await card('Slack').getByText('connection_revoked').waitFor();
    await card('Slack').getByText('The provider says that access was withdrawn').waitFor();
    await expectGood();
    await open('/console');
    await page.getByRole('link', { name: 'Open: Slack needs attention' }).click();
    await heading('Are we connected?');
    await press('Connect again', 'Slack');
    await page.getByRole('button', { name: 'Continue to Slack' }).click();
    await allow(/^Allow as .*Acme Instruments/);
    await notice('Slack is connected: Acme Instruments.');
    await standing('Slack', 'connected');
    expect(await page.getByText('connection_revoked').count()).toBe(0);
    expect(await page.getByRole('main').getByRole('heading', { level: 3 }).count()).toBe(5);
    await open('/console');
    await page.getByText('Nothing needs you.', { exact: true }).waitFor();
  });

  it('waits without alarm while a provider does not answer', async () => {
    await open('/console/sources');
    const { id } = wire.sandbox.faults.set({ provider: 'hubspot', kind: 'status', status: 503 });
    await press('Check', 'HubSpot');
    await standing('HubSpot', 'waiting');
    await toast('HubSpot: The provider does not answer.');
    await card('HubSpot').getByText('connection_unreachable').waitFor();
    await expectGood();
    wire.sandbox.faults.clear({ id });
  });

  it('pauses and resumes by keyboard, with the focus where it was', async () => {
    await open('/console/sources');
    await page.getByRole('button', { name: /^Pause: Google Calendar,/ }).press('Enter');
    await standing('Google Calendar', 'paused');
    const resume = page.getByRole('button', { name: /^Resume: Google Calendar,/ });
    expect(await resume.evaluate((button) => button.matches(':focus'))).toBe(true);
    expect(await focusRing(page)).toBe('shown');
    await expectGood();
    await resume.press('Enter');
    await standing('Google Calendar', 'connected');
  });

  it('shows a viewer how they are, and nothing to press', async () => {
    const invited = await page.evaluate(`fetch('/v1/invitations', { method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'tom.brandt@acme.example', role: 'viewer' }) }).then((answer) => answer.status)`);
    expect(invited).toBe(201);
    const tom = await openWatched(browser, (status, path) => status === 401 && path === '/v1/session');
    await open('/console/sources?connect=slack', tom.page);
    await tom.page.getByRole('button', { name: 'Continue with Google' }).click();
    await tom.page.getByRole('button', { name: 'Tom Brandt' }).click();
    await heading('Are we connected?', tom.page);
    await card('Slack', tom.page).getByText('connected', { exact: true }).waitFor();
    expect(await tom.page.getByRole('main').getByRole('button').count()).toBe(0);
    expect(await tom.page.getByRole('dialog').count()).toBe(0);
    expect(await tom.page.getByRole('button', { name: 'Connect an account' }).count()).toBe(0);
    await expectGood(tom.page);
    await tom.page.keyboard.press('Control+k');
    await tom.page.getByRole('combobox').fill('connect an');
    await tom.page.getByText('Nothing found.').waitFor();
    expect(tom.wrong).toEqual([]);
    await tom.context.close();
  });

  it('disconnects: what shares a grant leaves it, and the last one takes it back', async () => {
    await open('/console/sources');
    const revocations = () => wire.sandbox.asked('google').filter((road) => road === 'POST /revoke').length;
    const before = revocations();
    const left = (data: 'keep' | 'purge') =>
      page.waitForResponse((answer) => answer.request().method() === 'DELETE' && answer.url().endsWith(`data=${data}`));
    await press('Disconnect', 'Google Calendar');
    await dialog('Disconnect Google Calendar?').waitFor();
    await page.getByText('Gmail of the same account stays connected').waitFor();
    await expectGood();
    await page.keyboard.press('Escape');
    await dialog('Disconnect Google Calendar?').waitFor({ state: 'detached' });
    await press('Disconnect', 'Google Calendar');
    await page.getByRole('radio', { name: 'Keep it' }).press('ArrowRight');
    expect(await page.getByRole('radio', { name: 'Remove it' }).isChecked()).toBe(true);
    await Promise.all([left('purge'), page.getByRole('button', { name: 'Disconnect', exact: true }).press('Enter')]);
    await toast('Google Calendar is disconnected. Gmail of the same account stays connected');
    await card('Google Calendar').waitFor({ state: 'detached' });
    expect(await page.getByRole('heading', { name: 'Are we connected?' }).evaluate((at) => at.matches(':focus'))).toBe(
      true,
    );
    expect(revocations()).toBe(before);
    await press('Check', 'Gmail');
    await toast('Gmail answered.');
    await press('Disconnect', 'Gmail');
    await page.getByText('The tokens are given back to the provider').waitFor();
    await Promise.all([left('keep'), page.getByRole('button', { name: 'Disconnect', exact: true }).click()]);
    await toast('Gmail is disconnected.');
    await card('Gmail').waitFor({ state: 'detached' });
    expect(revocations()).toBeGreaterThan(before);
  });

  it('keeps on the page what has to be done elsewhere', async () => {
    await open('/console/sources');
    wire.sandbox.faults.set({ provider: 'salesforce', kind: 'reset', match: 'POST /services/oauth2/revoke' });
    await press('Disconnect', 'Salesforce');
    await page.getByRole('button', { name: 'Disconnect', exact: true }).click();
    await page.getByRole('alert').getByText('Withdraw access there too.').waitFor();
    await expectGood();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByRole('alert').count()).toBe(0);
    wire.sandbox.faults.clear();
  });

  it('connects by keyboard alone, from the palette on', async () => {
    await open('/console');
    await heading('Home');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find or do' }).fill('connect an');
    await page.getByRole('option', { name: 'Connect an account…' }).waitFor();
    await page.keyboard.press('Enter');
    await dialog('Connect an account').waitFor();
    const go = page.getByRole('button', { name: 'Continue to Google Calendar' });
    await page.getByLabel('Provider').focus();
    await page.keyboard.type('Go');
    for (let step = 0; step < 6 && !(await go.evaluate((at) => at.matches(':focus'))); step += 1) {
      await page.keyboard.press('Tab');
      expect(await focusRing(page)).toBe('shown');
    }
    await page.keyboard.press('Enter');
    const yes = page.getByRole('button', { name: /^Allow as Mira/ });
    await yes.waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await yes.press('Enter');
    await notice('Google Calendar is connected: mira.okafor@acme.example.');
  });

  it.each(['/console/sources?connect=fax&connected=1&refused=%3Cb%3E', '/console/sources?refused=never_heard_of'])(
    'takes what it does not understand in an address as not said: %s',
    async (path) => {
      await open(path);
      await heading('Are we connected?');
      expect(await page.getByRole('dialog').count()).toBe(0);
      const said = path.includes('never') ? 'Nothing was connected. Try again.' : '';
      expect((await page.getByRole('alert').allTextContents()).join('')).toBe(said);
    },
  );

  it('has no link that leads nowhere', async () => {
    await open('/console/sources');
    await heading('Are we connected?');
    for (const link of await linksOf(page)) {
      const answer = await mira.context.request.get(new URL(link, running.url).href);
      expect(`${link} ${answer.status()}`).toBe(`${link} 200`);
    }
  });

  it('never met an error, a failed request or a policy violation on the way', () => {
    expect(mira.wrong).toEqual([]);
  });

  it('names the settings that are missing where no provider is set up', async () => {
    const bare = await install();
    try {
      expect((await bare.run('setup', '--name', 'Acme', ...OWNER)).stderr).not.toContain('✗');
      const up = await bare.up();
      const { page: other, wrong, context } = await openWatched(browser, () => false);
      await other.goto(up.link);
      await heading('Home', other);
      await other.goto(new URL('/console/sources?connect=slack', up.url).href);
      await other.getByText('Slack is not set up in this installation').waitFor();
      for (const name of ['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET']) await other.getByText(name).waitFor();
      expect(await other.getByRole('button', { name: 'Continue to Slack' }).isDisabled()).toBe(true);
      await expectGood(other);
      expect(wrong).toEqual([]);
      await context.close();
      await up.stop();
    } finally {
      await bare.remove();
    }
  });
});
