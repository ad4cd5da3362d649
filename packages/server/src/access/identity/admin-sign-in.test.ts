// The administrators' door over HTTP: who comes in, what others leave behind (nothing), and how it is left again.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type OrganisationId } from '../../platform/ids.ts';
import type { problem } from '../../platform/problem.ts';
import type { AccessTables } from '../access.tables.ts';
import { announce } from '../standing/change.store.ts';
import type { FakeToken } from './login.testing.ts';
import { activityOf, Browser, identityOf, ISSUER, type LoginWorld, openLoginWorld, sealed } from './login.testing.ts';

let world: LoginWorld;
let browser: Browser;
let made = 0;
const fresh = () => `root${(made += 1)}`;
const meant = { origin: ISSUER, 'x-requested-with': 'fetch' };

beforeAll(async () => {
  world = await openLoginWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.advance(1000);
  world.adminEmails.splice(0);
  browser = new Browser(world);
});

async function comeBack(identity: FakeToken | { readonly fails: Parameters<typeof problem> }) {
  const state = await browser.start({}, '/auth/admin/login/google');
  const query = new URLSearchParams({ state, code: sealed(identity) });
  return await browser.ask(`/auth/admin/callback/google?${query.toString()}`);
}

async function admit(name: string): Promise<string> {
  world.adminEmails.push(`${name}@home.example`);
  expect((await comeBack(identityOf(name))).statusCode).toBe(303);
  return name;
}

const people = async () =>
  (await world.db.control((tx) => tx.withTables<AccessTables>().selectFrom('person').select('id').execute())).length;

describe('an administrator', () => {
  it('comes in with a cookie that only their own pages are sent, for an hour', async () => {
    const name = fresh();
    world.adminEmails.push(`${name}@home.example`);
    const answer = await comeBack(identityOf(name, { name: 'Root' }));
    expect([answer.statusCode, answer.headers.location]).toEqual([303, 'https://admin.example/']);
    const cookie = answer.cookies.find((each) => each.name === 'admin_token');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', maxAge: 3600, path: '/' });
    const me = await browser.ask('/auth/admin/me');
    expect(me.json()).toMatchObject({ email: `${name}@home.example`, name: 'Root' });
    expect((await activityOf(world.db)).at(-1)).toMatchObject({ action: 'admin_login', actor_id: me.json().id });
  });

  it('leaves: the cookie is dropped, and a copy of it is worth nothing any more', async () => {
    await admit(fresh());
    const copy = new Map(browser.cookies);
    const out = await browser.ask('/auth/admin/logout', { method: 'POST', headers: meant });
    expect([out.statusCode, out.json()]).toEqual([200, { ok: true }]);
    expect(browser.cookies.has('admin_token')).toBe(false);
    for (const [name, value] of copy) browser.cookies.set(name, value);
    expect((await browser.ask('/auth/admin/me')).statusCode).toBe(401);
    expect((await activityOf(world.db)).at(-1)).toMatchObject({ action: 'admin_logout' });
  });

  it('does not leave by another site’s form', async () => {
    await admit(fresh());
    expect((await browser.ask('/auth/admin/logout', { method: 'POST', headers: { origin: ISSUER } })).statusCode).toBe(
      403,
    );
    const foreign = { ...meant, origin: 'https://evil.example' };
    expect((await browser.ask('/auth/admin/logout', { method: 'POST', headers: foreign })).statusCode).toBe(403);
    expect((await browser.ask('/auth/admin/me')).statusCode).toBe(200);
  });

  it('is refused at once when they are one no longer', async () => {
    const name = await admit(fresh());
    await world.db.control(async (tx) => {
      const [row] = await tx
        .withTables<AccessTables>()
        .updateTable('person')
        .set({ is_admin: false })
        .where('email', '=', `${name}@home.example`)
        .returning('id')
        .execute();
      await announce(tx, [{ kind: 'person', subject: row?.id ?? '' }], world.now());
    });
    await world.standing.catchUp();
    expect((await browser.ask('/auth/admin/me')).statusCode).toBe(403);
    expect((await comeBack(identityOf(name))).headers.location).toBe('https://admin.example/login?error=not_admin');
  });

  it('gets in although no organisation has their domain, so that it can be put right', async () => {
    const id = newId<OrganisationId>();
    const row = { id, name: 'Acme', slug: 'acme', created_at: world.now() };
    await world.db.control((tx) => tx.withTables<AccessTables>().insertInto('organisation').values(row).execute());
    expect(await admit(fresh())).toMatch(/^root/);
    await world.db.control((tx) => tx.withTables<AccessTables>().deleteFrom('organisation').execute());
  });
});

describe('whoever is none', () => {
  const told = async (identity: Parameters<typeof comeBack>[0]) => {
    const before = await people();
    const answer = await comeBack(identity);
    expect(answer.statusCode).toBe(303);
    expect(browser.cookies.has('admin_token')).toBe(false);
    expect(await people()).toBe(before);
    return new URL(String(answer.headers.location)).searchParams.get('error');
  };

  // Proves: ASVS 55.
  it('is told so, and nobody is made of them', async () => {
    expect(await told(identityOf(fresh()))).toBe('not_admin');
    expect((await activityOf(world.db)).at(-1)).toMatchObject({
      action: 'admin_login_failed',
      actor_id: null,
      detail: { provider: 'google', reason: 'action_denied' },
    });
  });

  it('is told so when deactivated, or when another identity has the address', async () => {
    const name = await admit(fresh());
    browser = new Browser(world);
    expect(await told(identityOf(name, { subject: 'another' }))).toBe('email_conflict');
    await world.db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .updateTable('person')
        .set({ deactivated_at: world.now() })
        .where('email', '=', `${name}@home.example`)
        .execute(),
    );
    expect(await told(identityOf(name))).toBe('not_admin');
  });

  it('is told what is wrong with the address the provider names', async () => {
    const fails = (pointer: string) => ({
      fails: ['idp_refused', 'No.', { places: [{ pointer, detail: 'No.' }] }] satisfies Parameters<typeof problem>,
    });
    expect(await told(fails('/email'))).toBe('no_email_claim');
    expect(await told(fails('/email_verified'))).toBe('email_not_verified');
  });

  it('sees a page when the provider refuses for another reason, or nothing was started', async () => {
    expect((await comeBack({ fails: ['idp_refused', 'No.'] })).statusCode).toBe(400);
    const stray = await browser.ask(`/auth/admin/callback/google?state=${'x'.repeat(43)}&code=x`);
    expect([stray.statusCode, stray.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
  });
});

describe('without a cookie', () => {
  it('nobody is an administrator', async () => {
    expect((await browser.ask('/auth/admin/me')).statusCode).toBe(401);
    expect((await browser.ask('/auth/admin/logout', { method: 'POST', headers: meant })).statusCode).toBe(401);
    browser.cookies.set('admin_token', 'made-up');
    expect((await browser.ask('/auth/admin/me')).statusCode).toBe(401);
  });

  it('a provider that is not there is said in a document', async () => {
    const answer = await browser.ask('/auth/admin/login/facebook');
    expect([answer.statusCode, typeof answer.json().detail]).toEqual([400, 'string']);
  });
});
