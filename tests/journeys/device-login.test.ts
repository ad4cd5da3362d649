// Signing in from a terminal: the command shows a code, a person approves it in the console, and from then on the command acts
// as that person, there and on other machines, until it signs out.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, install, type Installation, type Running } from './installation.ts';

describe('signing in from a terminal', () => {
  let here: Installation;
  let running: Running;
  let home: string;
  let cookie: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sentinel-home-'));
    here = await install({ HOME: home });
    const made = await here.run('setup', '--name', 'Acme', '--owner', 'Mira Okafor', '--email', 'mira@acme.example');
    expect(made.code).toBe(0);
    running = await here.up();
    cookie = await cookieOf(running.link);
  });
  afterAll(async () => {
    await running?.stop();
    await here?.remove();
    await rm(home, { recursive: true, force: true });
  });

  /** Signs in to the console as a browser would. */
  async function cookieOf(link: string): Promise<string> {
    const answer = await post('/v1/session', { token: new URL(link).hash.slice(1) });
    return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  }
  const post = (path: string, body: object) =>
    fetch(new URL(path, running.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: running.url, ...(cookie === undefined ? {} : { cookie }) },
      body: JSON.stringify(body),
    });

  /** The code a waiting command shows. */
  function codeOf(child: ChildProcess): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        const code = /user_code=([A-Z]{4}-[A-Z]{4})/.exec(text)?.[1];
        if (code !== undefined) resolve(code);
      });
      child.once('close', () => reject(new Error(`it ended without a code:\n${text}`)));
    });
  }
  const logins = () => join(home, '.config', 'sentinel', 'logins');
  const server = () => ['--server', running.url] as const;

  it('says that nobody is signed in, with the exit code for it', async () => {
    expect(await here.run('whoami')).toMatchObject({ code: 4, stderr: expect.stringContaining('login --server') });
    expect(await here.run('logout')).toMatchObject({ code: 4 });
    expect((await here.run('book', 'list', ...server())).code).toBe(4);
  });

  it('refuses to send a sign-in in the clear to another machine', async () => {
    expect(await here.run('login', '--server', 'http://sentinel.example')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('https://sentinel.example'),
    });
  });

  it('is told when the person says no', async () => {
    const child = here.begin('login');
    const finished = ended(child);
    expect((await post('/v1/device-grants/deny', { user_code: await codeOf(child) })).status).toBe(204);
    expect(await finished).toMatchObject({ code: 3, stderr: expect.stringContaining('refused') });
  });

  it('signs in once the person approves, and keeps it where only they can read', async () => {
    const child = here.begin('login');
    const finished = ended(child);
    expect((await post('/v1/device-grants/approve', { user_code: await codeOf(child) })).status).toBe(204);
    const { code, stdout } = await finished;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('as Mira Okafor, owner of Acme') });
    const files = await readdir(logins());
    expect(files).toHaveLength(1);
    expect((await stat(logins())).mode & 0o777).toBe(0o700);
    for (const file of files) expect((await stat(join(logins(), file))).mode & 0o777).toBe(0o600);
    const who = JSON.parse((await here.run('whoami', '--json')).stdout);
    expect(who).toMatchObject({ server: running.url, person: { email: 'mira@acme.example' }, role: 'owner' });
  });

  it('acts as that person where the operator key is not at hand', async () => {
    const listed = await here.run('audit', 'list', ...server(), '--json');
    expect(JSON.parse(listed.stdout).items[0]).toMatchObject({ event: 'device.approved', actorName: 'Mira Okafor' });
    const key = join(here.dataDir, 'operator.key');
    await rename(key, `${key}.away`);
    try {
      expect((await here.run('book', 'list')).code).toBe(0);
    } finally {
      await rename(`${key}.away`, key);
    }
    expect(await here.run('book', 'list', ...server(), '--workspace', 'other')).toMatchObject({ code: 3 });
  });

  it('refreshes once, however many commands find the token spent', async () => {
    const [file = ''] = await readdir(logins());
    const login = JSON.parse(await readFile(join(logins(), file), 'utf8'));
    await writeFile(join(logins(), file), JSON.stringify({ ...login, accessExpiresAt: '2020-01-01T00:00:00Z' }));
    const all = await Promise.all([here.run('whoami'), here.run('whoami'), here.run('whoami')]);
    expect(all.map((each) => each.code)).toEqual([0, 0, 0]);
    const fresh = JSON.parse(await readFile(join(logins(), file), 'utf8'));
    expect(fresh.refreshToken).not.toBe(login.refreshToken);
    expect(await readdir(logins())).toEqual([file]);
    expect((await here.run('whoami')).code).toBe(0);
  });

  it('signs out here and there', async () => {
    const [file = ''] = await readdir(logins());
    const { accessToken } = JSON.parse(await readFile(join(logins(), file), 'utf8'));
    const asPerson = () =>
      fetch(new URL('/v1/session', running.url), { headers: { authorization: `Bearer ${accessToken}` } });
    expect((await asPerson()).status).toBe(200);
    expect(await here.run('logout')).toMatchObject({ code: 0, stdout: expect.stringContaining('Signed out') });
    expect((await asPerson()).status).toBe(401);
    expect((await here.run('whoami')).code).toBe(4);
  });

  it('says so when the sign-in was ended in the console', async () => {
    const child = here.begin('login');
    const finished = ended(child);
    await post('/v1/device-grants/approve', { user_code: await codeOf(child) });
    expect((await finished).code).toBe(0);
    const ends = await fetch(new URL('/v1/sessions', running.url), {
      method: 'DELETE',
      headers: { cookie, origin: running.url },
    });
    expect(await ends.json()).toEqual({ ended: 1 });
    expect(await here.run('book', 'list', ...server())).toMatchObject({ code: 4 });
  });

  it('writes none of it into its output', async () => {
    const said = await readFile(here.outputFile, 'utf8');
    expect(said).not.toMatch(/eyJ[A-Za-z0-9_-]{10}/);
  });
});
