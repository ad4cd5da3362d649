// Signing in to the console through an identity provider, and the pages about who is in: members, groups, sessions, apps,
// and the approval of a program. The providers are stand-ins on this machine.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DeviceCodes } from '@sentinel/contract';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StandIns, startIdentityProviders } from '../../packages/sandbox/src/identity/identity-providers.ts';
import { type Installation, install, type Running } from '../journeys/installation.ts';
import { axeFindings, CHROMIUM, cutOffCells, launch, openWatched, overflowAt320, type Watched } from './browser.ts';

const BUILD = fileURLToPath(new URL('../../packages/console/build.ts', import.meta.url));
const CLIENT = { clientId: 'sentinel', clientSecret: 'a-secret-of-the-stand-in' };

describe.skipIf(CHROMIUM === null)('the console with an identity provider', () => {
  let standIns: StandIns;
  let installation: Installation;
  let running: Running;
  let browser: Browser;
  let mira: Watched;
  let tom: Watched;
  let page: Page;

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [BUILD, '--if-changed']);
    standIns = await startIdentityProviders({
      clients: { google: [{ ...CLIENT, redirectUris: ['http://127.0.0.1/auth/callback/google'] }] },
    });
    installation = await install({
      GOOGLE_CLIENT_ID: CLIENT.clientId,
      GOOGLE_CLIENT_SECRET: CLIENT.clientSecret,
      SENTINEL_GOOGLE_ISSUER: standIns.issuer('google'),
    });
    const owner = ['--owner', 'Mira Okafor', '--email', 'mira.okafor@acme.example'];
    const made = await installation.run('setup', '--name', 'Acme', ...owner);
    expect(made.stderr).not.toContain('✗');
    [running, browser] = await Promise.all([installation.up(), launch(CHROMIUM ?? '')]);
    [mira, tom] = await Promise.all([watch(), watch()]);
    page = mira.page;
  });

  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await installation?.remove();
    await standIns?.close();
  });

  const watch = () => openWatched(browser, (status, path) => status === 401 && path === '/v1/session');
  const open = async (path: string, at = page) => {
    await at.goto(new URL(path, running.url).href);
  };
  const heading = (name: string | RegExp, at = page) => at.getByRole('heading', { name }).first().waitFor();
  /** From a page that offers the ways in, through the stand-in, to wherever it leads. */
  const signIn = async (at: Page, name: string) => {
    await at.getByRole('button', { name: 'Continue with Google' }).click();
    await at.getByRole('button', { name }).click();
  };
  const expectGood = async (at = page) => {
    expect(await axeFindings(at)).toEqual([]);
    expect(await overflowAt320(at)).toBe(0);
  };
  const toast = (text: string | RegExp, at = page) => at.getByRole('status').filter({ hasText: text }).waitFor();

  it('offers the provider and the link to whoever is signed out', async () => {
    await open('/console/members');
    await heading('You are signed out');
    await page.getByText('npx --no sentinel open').waitFor();
    await expectGood();
    await open('/console/sign-in');
    await heading('Sign in');
    await expectGood();
  });

  it('signs in by keyboard, and goes on to the page that was asked for', async () => {
    await open('/console/members');
    await page.getByRole('button', { name: 'Continue with Google' }).press('Enter');
    await page.getByRole('button', { name: 'Mira Okafor' }).click();
    await heading('Members');
    expect(new URL(page.url()).pathname).toBe('/console/members');
    expect(page.url()).not.toContain('code=');
    await page.getByText('1 member.').waitFor();
    await expectGood();
  });

  it('does not believe a sign-in that did not start here', async () => {
    await open('/console/callback?code=x&state=y');
    await heading('This sign-in did not start here');
    expect(page.url()).not.toContain('code=');
    await expectGood();
    await page.getByRole('link', { name: 'Sign in again' }).click();
    await heading('Sign in');
  });

  it('tells whoever belongs nowhere what to do', async () => {
    const guest = await watch();
    await open('/console', guest.page);
    await signIn(guest.page, 'Sol Guest');
    await heading('You are not a member of a workspace yet', guest.page);
    expect(await axeFindings(guest.page)).toEqual([]);
    await guest.context.close();
  });

  it('invites an address that nobody has signed in with, and takes an invitation back', async () => {
    await open('/console/members');
    await page.getByRole('link', { name: 'Invite' }).click();
    await page.getByRole('dialog', { name: 'Invite somebody' }).waitFor();
    await expectGood();
    const invite = page.getByRole('button', { name: 'Invite', exact: true });
    await page.getByLabel('Address', { exact: true }).fill('tom');
    await invite.click();
    await page.getByText('Write the address in full').waitFor();
    await page.getByLabel('Address', { exact: true }).fill('tom.brandt@acme.example');
    await invite.click();
    await toast('The invitation waits for their first sign-in.');
    await page.getByText('1 member, 1 invitation open.').waitFor();
    await page.getByRole('link', { name: 'Invite' }).click();
    await page.getByLabel('Address', { exact: true }).fill('tom.brandt@acme.example');
    await invite.click();
    await page.getByText('This address is a member or invited already.').waitFor();
    await page.getByLabel('Address', { exact: true }).fill('wrong@acme.example');
    await invite.click();
    await page.getByText('1 member, 2 invitations open.').waitFor();
    await page.getByRole('button', { name: 'Withdraw the invitation of wrong@acme.example' }).click();
    await page.getByText('1 member, 1 invitation open.').waitFor();
    forgive('400 ', '409 ');
    await expectGood();
  });

  it('lets the invited in with their first sign-in', async () => {
    await open('/console', tom.page);
    await signIn(tom.page, 'Tom Brandt');
    await heading('Home', tom.page);
    await open('/console/members', tom.page);
    await tom.page.getByText('2 members.').waitFor();
    expect(await tom.page.getByRole('link', { name: 'Invite' }).count()).toBe(0);
    await tom.page.getByRole('link', { name: 'Open Mira Okafor' }).click();
    await tom.page.getByText('Roles are changed by an admin or an owner.').waitFor();
    expect(await tom.page.getByLabel('Role', { exact: true }).isDisabled()).toBe(true);
    await expectGood(tom.page);
  });

  it('helps a member in with a link that works once', async () => {
    await open('/console/members');
    await page.getByRole('link', { name: 'Open Tom Brandt' }).click();
    await page.getByRole('button', { name: 'Make a sign-in link' }).click();
    await page.getByRole('dialog', { name: 'A link that signs in as Tom Brandt' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    const link = await page.getByRole('dialog').locator('code').textContent();
    const other = await watch();
    await other.page.goto(link ?? '');
    await heading('Home', other.page);
    await other.page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await heading('You are signed out', other.page);
    await other.context.close();
  });

  it('finds a member, changes the role and takes it back', async () => {
    await open('/console/members');
    await page.getByRole('searchbox').fill('brandt');
    await page.getByText('1 member', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Open Tom Brandt' }).click();
    await page.getByLabel('Role', { exact: true }).selectOption('editor');
    await toast('Tom Brandt is now editor.');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('row').filter({ hasText: 'Tom Brandt' }).getByText('viewer').waitFor();
    await expectGood();
    expect(await cutOffCells(page)).toEqual([]);
  });

  it('shows an admin where a member is signed in, and ends it', async () => {
    await open('/console/members');
    await page.getByRole('link', { name: 'Open Tom Brandt' }).click();
    await page.getByText('Chrome on Linux').waitFor();
    await page.getByRole('button', { name: 'Sign out everywhere here' }).click();
    await toast('Signed out at 1 place.');
    await page.getByText('Nowhere at the moment.').waitFor();
    expect(await page.getByText('Chrome on Linux').count()).toBe(0);
    await open('/console', tom.page);
    await heading('You are signed out', tom.page);
    await signIn(tom.page, 'Tom Brandt');
    await heading('Home', tom.page);
  });

  it('makes a group, says who belongs, and deletes it', async () => {
    await open('/console/groups');
    await heading('No groups yet');
    await expectGood();
    await page.getByRole('link', { name: 'New group' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Give the group a name.').waitFor();
    await expectGood();
    await page.getByLabel('Name', { exact: true }).fill('Finance');
    await page.getByLabel('What it is for').fill('Reads the reports');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByText('Nobody belongs yet.').waitFor();
    await page.getByLabel('Add a member').selectOption({ label: 'Tom Brandt, tom.brandt@acme.example' });
    await page.getByRole('button', { name: 'Take out Tom Brandt' }).click();
    await toast('Tom Brandt does not belong any more.');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Take out Tom Brandt' }).waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Controlling');
    await page.getByRole('button', { name: 'Save' }).click();
    await heading('Controlling');
    await expectGood();
    await page.getByRole('button', { name: 'Delete the group' }).click();
    await page.getByRole('dialog', { name: 'Delete Controlling: 1 member leaves it' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await heading('No groups yet');
  });

  it('adds a service and an application, and shows a key once', async () => {
    await open('/console/apps');
    await page.getByText('No services yet.', { exact: false }).waitFor();
    await expectGood();
    await page.getByRole('button', { name: 'New service' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Docs');
    await page.getByLabel('Service name').fill('docs');
    await page.getByLabel('Origins of its pages').fill('https://docs.acme.example/path');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('An origin is scheme, host and port only').waitFor();
    await expectGood();
    await page.getByLabel('Origins of its pages').fill('https://docs.acme.example');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('dialog', { name: 'The key is shown this once' }).waitFor();
    await page.getByRole('dialog').getByText(/^sk_/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByRole('link', { name: 'Open Docs' }).click();
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByText('Key before it ends').waitFor();
    await page.getByRole('button', { name: 'Switch off' }).click();
    await toast('Docs is switched off.');
    await expectGood();
    await open('/console/apps');
    await page.getByRole('button', { name: 'New application' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Reader');
    await page.getByLabel('Where people are sent back to').fill('https://docs.acme.example/callback');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('link', { name: 'Open Reader' }).waitFor();
    await expectGood();
    expect(await cutOffCells(page)).toEqual([]);
    forgive('422 ');
  });

  it('tells whoever is no administrator whose business apps are', async () => {
    await open('/console/apps', tom.page);
    await heading('Applications belong to the whole installation', tom.page);
    expect(await axeFindings(tom.page)).toEqual([]);
  });

  it('signs a program in that shows a code, and ends it under Sessions', async () => {
    const asked = await fetch(new URL('/auth/device', running.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'sentinel on build-07' }),
    });
    const codes = DeviceCodes.parse(await asked.json());
    await open('/console/device');
    await heading('Type the code that the program shows');
    await expectGood();
    await page.getByLabel('Code').fill('bbbb');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('The code has eight letters').waitFor();
    await page.getByLabel('Code').fill('bbbbbbbb');
    expect(await page.getByLabel('Code').inputValue()).toBe('BBBB-BBBB');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('No program waits with this code.').waitFor();
    forgive('404 ');
    await page.goto(codes.verification_uri_complete);
    await heading('“sentinel on build-07” wants to sign in as you');
    await page.getByText(codes.user_code).waitFor();
    await expectGood();
    await page.getByRole('button', { name: 'Approve' }).click();
    await heading('Signed in');
    await expectGood();
    const pair = await fetch(new URL('/auth/device/token', running.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        device_code: codes.device_code,
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      }),
    });
    expect(pair.status).toBe(200);
    await page.getByRole('link', { name: 'See where you are signed in' }).click();
    await page.getByText('You are signed in at 2 places.').waitFor();
    await expectGood();
    expect(await cutOffCells(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByText('sentinel on build-07').waitFor();
    expect(await cutOffCells(page)).toEqual([]);
    await open('/console/members');
    await page.getByText('tom.brandt@acme.example').waitFor();
    expect(await cutOffCells(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
    await open('/console/sessions');
    await page.getByRole('button', { name: 'Sign out of sentinel on build-07' }).click();
    await page.getByText('You are signed in at 1 place.').waitFor();
  });

  it('asks whoever is a member of several workspaces which one to enter', async () => {
    const made =
      await page.evaluate(`fetch('/workspaces', { method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Second', slug: 'second' }) }).then((answer) => answer.status)`);
    expect(made).toBe(201);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await heading('You are signed out');
    await signIn(page, 'Mira Okafor');
    await heading('Which workspace?');
    await expectGood();
    await page.getByRole('button', { name: 'Second, as owner' }).click();
    await page.getByText('Second', { exact: true }).first().waitFor();
  });

  it('never met an error, a failed request or a policy violation on the way', () => {
    expect(mira.wrong).toEqual([]);
    expect(tom.wrong).toEqual([]);
  });

  /** Takes expected answers off what went wrong, by how they begin. */
  function forgive(...starts: readonly string[]): void {
    const rest = mira.wrong.filter((line) => !starts.some((start) => line.startsWith(start)));
    mira.wrong.splice(0, mira.wrong.length, ...rest);
  }
});
