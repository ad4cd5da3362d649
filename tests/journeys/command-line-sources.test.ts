// Accounts at providers and the vault's keys from the command line, at a made-up company that runs with its sandbox: what the
// demo starts is what the commands work with, and a browser says the yes that `source connect` waits for.
import type { ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { ConnectionList, CONNECTION_PROVIDERS, VaultKeyList } from '@sentinel/contract';
import { answerConsent, createBrowser } from '@sentinel/sandbox/providers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SignedIn, signInInBrowser } from './connecting.ts';
import { type Ended, ended, install, type Installation, type Running } from './installation.ts';

/** The demo's own port, its identity provider's, and the three of its sandbox. */
const PORTS = 5;

describe('accounts at providers from the command line', () => {
  let here: Installation;
  let running: Running;
  let browser: SignedIn;
  let port: number;

  beforeAll(async () => {
    here = await install();
    port = await freePorts();
    running = await here.up('--demo', '--port', String(port));
    browser = await signInInBrowser(running.url, (path, init) => here.ask(running, path, init));
  });
  afterAll(async () => {
    await running?.stop();
    await here?.remove();
  });

  const source = (...args: readonly string[]) => here.run('source', ...args);
  const listed = async () => ConnectionList.parse(await (await here.ask(running, '/v1/connections')).json());
  const expectSentence = (end: Ended, code: number, text: string) => {
    expect({ code: end.code, stderr: end.stderr }).toEqual({ code, stderr: expect.stringContaining(text) });
    expect(end.stderr).not.toMatch(/\n\s+at /);
  };
  const atSandbox = (what: string, order: object) =>
    fetch(`http://127.0.0.1:${port + 2}/_sandbox/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });

  it('says what could be connected while nothing is', async () => {
    const said = await source('list');
    expect(said).toMatchObject({ code: 0, stdout: 'No account is connected.\n' });
    expect(said.stderr).toContain('hubspot, salesforce, gmail, calendar, slack');
    expectSentence(await source('connect', 'fax'), 2, 'There is no provider called fax.');
    expectSentence(await source('pause', 'slack'), 2, 'There is no source slack.');
  });

  it('prints the page to go on at, and waits until the account is there', async () => {
    const waiting = here.begin('source', 'connect', 'slack');
    const end = ended(waiting);
    expect(await pageOf(waiting)).toBe(`${running.url}/console/sources?connect=slack`);
    await browser.connect('slack');
    expect(await end).toMatchObject({ code: 0, stdout: 'slack is connected: Acme Instruments\n' });
    const page = JSON.parse((await source('connect', 'gmail', '--no-wait', '--json')).stdout);
    expect(page).toEqual({ page: `${running.url}/console/sources?connect=gmail` });
  });

  it('lists what is connected, for people and for programs', async () => {
    for (const provider of ['hubspot', 'salesforce', 'gmail', 'calendar'] as const) await browser.connect(provider);
    const { connections } = ConnectionList.parse(JSON.parse((await source('list', '--json')).stdout));
    expect(Object.fromEntries(connections.map(({ provider, state }) => [provider, state]))).toEqual(
      Object.fromEntries(CONNECTION_PROVIDERS.map((provider) => [provider, 'connected'])),
    );
    const table = (await source('list')).stdout;
    expect(table).toMatch(/^provider +account +state +last answer +id\n/);
    for (const { id, provider } of connections)
      expect(table).toMatch(new RegExp(`^${provider} .* connected .* ${id}$`, 'm'));
  });

  it('answers a check with the exit code, and connecting again mends it', async () => {
    expect(await source('check', 'slack')).toMatchObject({ code: 0, stdout: 'slack, Acme Instruments: connected\n' });
    expect((await atSandbox('grants/revoke', { provider: 'slack' })).status).toBe(200);
    const broken = await source('check', 'slack');
    expect(broken).toMatchObject({ code: 3, stdout: 'slack, Acme Instruments: needs attention (revoked)\n' });
    expect(broken.stderr).toContain('Connect again.');
    const waiting = here.begin('source', 'connect', 'slack', '--json');
    const end = ended(waiting);
    await pageOf(waiting);
    const id = await browser.connect('slack');
    expect(JSON.parse((await end).stdout)).toMatchObject({ id, state: 'connected', reason: null });
  });

  it('pauses and resumes by id', async () => {
    const id = (await listed()).connections.find(({ provider }) => provider === 'hubspot')?.id ?? '';
    expect((await source('pause', id)).stdout).toMatch(/^hubspot, .*: paused\n$/);
    expectSentence(await source('check', id), 1, 'resume it first');
    expect((await source('resume', id)).stdout).toMatch(/^hubspot, .*: connected\n$/);
  });

  it('disconnects, and says what becomes of the grant', async () => {
    const shared = await source('disconnect', 'calendar');
    expect(shared).toMatchObject({ code: 0, stdout: 'Disconnected.\n' });
    expect(shared.stderr).toContain("The provider's grant stays, because gmail of the same account stays connected.");
    expect(await source('disconnect', 'gmail', '--purge')).toMatchObject({
      code: 0,
      stdout: 'Disconnected; 0 messages and 0 contacts removed.\n',
      stderr: '',
    });
    await atSandbox('faults', { provider: 'slack', kind: 'status', status: 503, match: 'POST /api/auth.revoke' });
    expect((await source('disconnect', 'slack')).stderr).toContain('Withdraw access there too.');
    expect((await listed()).connections.map(({ provider }) => provider)).toEqual(['hubspot', 'salesforce']);
  });

  it('changes the master key while accounts are connected, and takes the old one away', async () => {
    const [old] = VaultKeyList.parse(JSON.parse((await here.run('keys', 'list', '--json')).stdout)).keys;
    const rotated = await here.run('keys', 'rotate');
    expect(rotated.stdout).toMatch(/^place +sealed anew +unreadable\n/);
    const table = (await here.run('keys', 'list')).stdout;
    expect(table).toMatch(new RegExp(`^${old?.id} +only opens `, 'm'));
    expect(table).toMatch(/^[0-9a-f]{16} +seals /m);
    expectSentence(await here.run('keys', 'retire', old?.id ?? ''), 1, 'key_in_use');
    expectSentence(await here.run('keys', 'retire', 'f'.repeat(16)), 1, 'not_found');
    const retired = await here.run('keys', 'retire', old?.id ?? '', '--now');
    expect(retired).toMatchObject({ code: 0, stdout: expect.stringContaining('gone from the key file') });
    expect((await here.run('keys', 'list')).stdout).not.toContain(old?.id);
    expect((await source('check', 'salesforce')).code).toBe(0);
  });

  it('starts the sandbox alone, with the addresses that an application is to be sent back to', async () => {
    expectSentence(await here.run('sandbox', '--contacts', '7'), 2, '--contacts is a whole number from 100 to 1000000');
    expectSentence(await here.run('sandbox', '--redirect', 'callback'), 2, 'a whole address');
    expectSentence(await here.run('sandbox', '--port', String(port + 2)), 1, 'is taken');
    const redirect = 'http://127.0.0.1:1/callback';
    const alone = here.begin(
      'sandbox',
      '--port',
      '0',
      '--contacts',
      '150',
      '--seed',
      '7',
      '--redirect',
      redirect,
      '--json',
    );
    const end = ended(alone);
    const said = await firstJson(alone);
    const world = await (await fetch(`${said.page}/_sandbox/world`)).json();
    expect(world).toMatchObject({ seed: 7, contacts: 150 });
    const asked = new URL(`${said.endpoints['hubspot']}/oauth/authorize`);
    asked.search = new URLSearchParams({
      client_id: said.clientId,
      redirect_uri: redirect,
      scope: 'crm.objects.contacts.read',
      state: 's',
    }).toString();
    const landed = await answerConsent(createBrowser([redirect]), asked);
    expect(landed.url.searchParams.get('code')).toMatch(/.+/);
    alone.kill('SIGTERM');
    expect((await end).code).toBe(0);
  });

  it('cannot connect where nothing runs', async () => {
    await running.stop();
    expectSentence(await source('connect', 'slack'), 1, 'Sentinel is not running');
  });
});

/** The first page that a command names while it goes on. */
function pageOf(child: ChildProcess): Promise<string> {
  return firstMatch(child, 'stderr', /^ +(https?:\S+)\n/m);
}

interface SandboxSaid {
  readonly page: string;
  readonly endpoints: Readonly<Record<string, string>>;
  readonly clientId: string;
}

async function firstJson(child: ChildProcess): Promise<SandboxSaid> {
  return JSON.parse(await firstMatch(child, 'stdout', /(\{[\s\S]*\n\})\n/)) as SandboxSaid;
}

function firstMatch(child: ChildProcess, stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child[stream]?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`it ended before it said what was waited for:\n${text}`)));
  });
}

/** The first of several ports in a row that nobody has. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const taken = await Promise.all(Array.from({ length: PORTS }, (_, index) => listen(first + index)));
    const servers = taken.filter((each) => each !== null);
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    if (servers.length === PORTS) return first;
  }
}

async function listen(at: number): Promise<Server | null> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(at, '127.0.0.1', () => resolve(server));
  });
}
