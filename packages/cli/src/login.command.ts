// `sentinel login`, `logout` and `whoami`: signing in from a terminal by approving a short code in the console (RFC 8628).
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { DEVICE_GRANT_TYPE, DeviceCodes, DeviceTokenRefusal, Session as SessionShape } from '@sentinel/contract';
import { SignedInPlaces, TokenPair } from '@sentinel/contract';
import { folderHolder } from '@sentinel/server/folder';
import type { Command } from 'commander';
import { z } from 'zod';
import { ApiClient, failureOf, ServerWentAway } from './api-client.ts';
import { isPageOf, openInBrowser } from './browser.ts';
import type { Reach } from './connection.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { accessTokenFor, loginOf, signInAgain } from './login-access.ts';
import type { Session } from './session.ts';
import { removeLogin, withLoginLock, writeLogin } from './stored-login.ts';

export function addLoginCommands(program: Command, session: (flags: object) => Session): void {
  program
    .command('login')
    .description('sign in as a person, by approving a code in the console')
    .option('--no-open', 'do not open the page in a browser (SENTINEL_OPEN)')
    .action(async (_flags: object, command: Command) => await login(session(command.optsWithGlobals())));
  program
    .command('logout')
    .description('end the sign-in of this terminal')
    .action(async (_flags: object, command: Command) => await logout(session(command.optsWithGlobals())));
  program
    .command('whoami')
    .description('who is signed in here; exit code 4 when nobody is')
    .option('--json', 'machine-readable answer')
    .action(
      async (flags: { json?: boolean }, command: Command) => await whoami(flags, session(command.optsWithGlobals())),
    );
}

async function login({ reach, terminal }: Session): Promise<void> {
  const server = await serverOf(reach);
  const api = new ApiClient({ url: server, key: null, workspace: null });
  const codes = await api.call(DeviceCodes, {
    method: 'POST',
    path: '/auth/device',
    json: { client_name: `sentinel on ${hostname()}`.slice(0, 120) },
  });
  const page = pageOf(server, codes);
  terminal.result(
    [
      'Open this page, check that it shows the same code, and approve:',
      '',
      `  ${page}`,
      `  ${terminal.paint.strong(codes.user_code)}`,
      '',
    ].join('\n'),
  );
  if (reach.config.open && process.stdout.isTTY) openInBrowser(page);
  terminal.note('Waiting for the approval…');
  const pair = await waitForApproval(api, codes);
  await withLoginLock(server, () => writeLogin(loginOf(server, pair)));
  const { person, workspace, role } = await sessionAt(server, pair.access_token);
  terminal.result(`${terminal.paint.yes('✓')} Signed in to ${server} as ${person.name}, ${role} of ${workspace.name}.`);
}

/**
 * The page to approve on, as text without anything that a terminal would obey.
 *
 * @throws CommandFailed when it is no page of the server that was asked: nobody is sent to another
 */
export function pageOf(server: string, codes: Pick<DeviceCodes, 'verification_uri_complete'>): string {
  const link = codes.verification_uri_complete;
  if (isPageOf(server, link)) return new URL(link).href;
  throw new CommandFailed(`${server} names a page elsewhere to approve the code on.`, {
    why: 'Only a page of the same origin is opened. The server may be known by another name than the one given here.',
    tryThis: ['npx --no sentinel login --server followed by the address under which people open the console'],
  });
}

const SLOWER_SECONDS = 5;

/** Asks as often as it may (RFC 8628 §3.5). A server that does not answer now may answer the next time. */
async function waitForApproval(api: ApiClient, codes: DeviceCodes): Promise<TokenPair> {
  const until = Date.now() + codes.expires_in * 1000;
  let seconds = codes.interval;
  while (Date.now() < until) {
    await pause(seconds * 1000);
    const asked = { device_code: codes.device_code, grant_type: DEVICE_GRANT_TYPE };
    const answer = await api.ask({ method: 'POST', path: '/auth/device/token', json: asked }).catch(absent);
    if (answer === null || answer.status >= 500) continue;
    if (answer.status === 200) return TokenPair.parse(answer.body);
    const refusal = DeviceTokenRefusal.safeParse(answer.body);
    if (answer.status === 429 || refusal.data?.error === 'slow_down') seconds += SLOWER_SECONDS;
    else if (!refusal.success) throw failureOf(answer);
    else if (refusal.data.error !== 'authorization_pending') throw refused(refusal.data);
  }
  throw new CommandFailed('Nobody approved the code in time.', {
    tryThis: ['npx --no sentinel login'],
    exitCode: EXIT.signInNeeded,
  });
}

function absent(error: unknown): null {
  if (error instanceof ServerWentAway) return null;
  throw error;
}

function refused({ error, error_description }: DeviceTokenRefusal): CommandFailed {
  return new CommandFailed(error === 'access_denied' ? 'The sign-in was refused.' : 'The code is not good any more.', {
    why: error_description,
    tryThis: ['npx --no sentinel login'],
    exitCode: error === 'access_denied' ? EXIT.no : EXIT.signInNeeded,
  });
}

async function logout({ reach, terminal }: Session): Promise<void> {
  const server = await serverOf(reach);
  const told = await endThere(server);
  if (!(await withLoginLock(server, () => removeLogin(server))) && !told) throw signInAgain(server);
  if (told) return terminal.result(`Signed out of ${server}.`);
  throw new CommandFailed(`Signed out here, but ${server} could not be told.`, {
    why: 'Its half of the sign-in ends by itself, or under Sessions in the console.',
  });
}

/** Ends the sign-in at the server. Answers whether it is over there. */
async function endThere(server: string): Promise<boolean> {
  try {
    const token = await accessTokenFor(server);
    if (token === null) return false;
    const api = new ApiClient({ url: server, key: token, workspace: null });
    const { items } = await api.call(SignedInPlaces, { method: 'GET', path: '/v1/sessions' });
    const current = items.find((place) => place.current);
    if (current !== undefined) await api.call(z.undefined(), { method: 'DELETE', path: `/v1/sessions/${current.id}` });
    return true;
  } catch (error) {
    // The server may have ended it already; whatever else it is, the file goes.
    return error instanceof CommandFailed && error.exitCode === EXIT.signInNeeded;
  }
}

async function whoami(flags: { json?: boolean }, { reach, terminal }: Session): Promise<void> {
  const server = await serverOf(reach);
  const token = await accessTokenFor(server);
  if (token === null) throw signInAgain(server);
  const { person, workspace, role } = await sessionAt(server, token);
  if (flags.json === true) return terminal.json({ server, person, workspace, role });
  terminal.result(`${person.name} <${person.email}>, ${role} of ${workspace.name} (${workspace.slug}) at ${server}`);
}

async function sessionAt(server: string, token: string): Promise<SessionShape> {
  const api = new ApiClient({ url: server, key: token, workspace: null });
  return await api.call(SessionShape, { method: 'GET', path: '/v1/session' });
}

/** Origin of the server that is meant: the one named, else the one that serves from the data folder. */
async function serverOf({ server, config }: Reach): Promise<string> {
  if (server !== null) return server;
  const holder = await folderHolder(config.dataDir);
  if (holder !== null && holder.url !== null) return new URL(holder.url).origin;
  throw new CommandFailed('Which server? None is running here.', {
    why: config.dataDir,
    tryThis: ['npx --no sentinel login --server https://sentinel.company.example', 'or start one: npm start'],
    exitCode: EXIT.usage,
  });
}
