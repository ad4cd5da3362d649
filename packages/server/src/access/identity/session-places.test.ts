import { SignedInPlaces } from '@sentinel/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { insertFamily } from '../tokens/family.store.ts';
import { labelOf } from './session-label.ts';
import { sessionPlacesRoutes } from './session-places.routes.ts';
import { openSignInWorld, type SignInWorld } from './session.testing.ts';

let world: SignInWorld;
let home: WorkspaceId;
let other: WorkspaceId;
let count = 0;

beforeAll(async () => {
  world = await openSignInWorld((deps) => sessionPlacesRoutes(deps));
  home = await world.workspace('Home');
  other = await world.workspace('Other');
});
afterAll(async () => await world.close());

let mira: PersonId;
beforeEach(async () => {
  count += 1;
  mira = await world.person(`mira${count}@home.example`, { [home]: 'viewer', [other]: 'editor' });
});

const placesFor = async (cookie: string, url = '/v1/sessions') =>
  SignedInPlaces.parse((await world.ask('GET', url, { cookie })).json()).items;
const family = (personId: PersonId, workspaceId: WorkspaceId, userAgent: string | null = 'sentinel on build-07') =>
  world.db.control((tx) => insertFamily(tx, { personId, workspaceId, clientAppId: null, userAgent }, world.now()));

describe('one’s own places', () => {
  // Proves: ASVS 22.
  it('are listed across workspaces with what they are, and which of them asks', async () => {
    const here = await world.session(mira, home, { via: 'operator', label: 'Firefox on Linux' });
    await world.session(mira, other);
    await family(mira, home);
    const places = await placesFor(here);
    expect(places).toHaveLength(3);
    expect(places.filter((place) => place.current)).toMatchObject([
      { kind: 'browser', label: 'Firefox on Linux', via: 'operator', app: null, workspace: { id: home, name: 'Home' } },
    ]);
    expect(places.find((place) => place.kind === 'program')).toMatchObject({
      label: 'sentinel on build-07',
      via: null,
      workspace: { name: 'Home' },
    });
    expect(places.find((place) => place.workspace.name === 'Other')).toMatchObject({ kind: 'browser' });
  });

  it('are nobody else’s', async () => {
    const stranger = await world.person(`sam${count}@home.example`, { [home]: 'owner' });
    await world.session(mira, home);
    const [place] = await placesFor(await world.session(mira, home));
    const cookie = await world.session(stranger, home);
    expect(await placesFor(cookie)).toHaveLength(1);
    expect((await world.ask('DELETE', `/v1/sessions/${place?.id}`, { cookie })).statusCode).toBe(404);
    expect(await placesFor(await world.session(mira, home))).toHaveLength(3);
  });

  // Proves: ASVS 22.
  it('end one by one, here too', async () => {
    const here = await world.session(mira, home);
    const there = await world.session(mira, home);
    const program = await family(mira, home);
    const all = await placesFor(here);
    const away = all.find((place) => place.kind === 'browser' && !place.current);
    expect((await world.ask('DELETE', `/v1/sessions/${away?.id}`, { cookie: here })).statusCode).toBe(204);
    expect((await world.ask('GET', '/v1/sessions', { cookie: there })).statusCode).toBe(401);
    expect((await world.ask('DELETE', `/v1/sessions/${program}`, { cookie: here })).statusCode).toBe(204);
    expect((await world.ask('DELETE', `/v1/sessions/${program}`, { cookie: here })).statusCode).toBe(404);
    const [last] = await placesFor(here);
    const ended = await world.ask('DELETE', `/v1/sessions/${last?.id}`, { cookie: here });
    expect(String(ended.headers['set-cookie'])).toContain('Expires=Thu, 01 Jan 1970');
    expect((await world.ask('GET', '/v1/sessions', { cookie: here })).statusCode).toBe(401);
    expect((await world.audit(home)).at(-1)).toMatchObject({ event: 'session.ended', result: 'ok' });
  });

  it('end all at once but for the one that asks', async () => {
    const here = await world.session(mira, home);
    await world.session(mira, other);
    const program = await family(mira, other);
    const token = await tokenOf(mira, other, program);
    expect((await world.ask('GET', '/v1/sessions', { bearer: token })).statusCode).toBe(200);
    const answer = await world.ask('DELETE', '/v1/sessions', { cookie: here });
    expect(answer.json()).toEqual({ ended: 2 });
    expect(await placesFor(here)).toHaveLength(1);
    expect((await world.ask('GET', '/v1/sessions', { bearer: token })).statusCode).toBe(401);
  });

  it('end all at once but for the program that asks, also for an admin who asks about themselves', async () => {
    const browser = await world.session(mira, home);
    const [here, elsewhere] = [await family(mira, home), await family(mira, other)];
    const token = await tokenOf(mira, home, here);
    expect((await world.ask('DELETE', '/v1/sessions', { bearer: token })).json()).toEqual({ ended: 2 });
    const left = await world.ask('GET', '/v1/sessions', { bearer: token });
    expect(SignedInPlaces.parse(left.json()).items).toMatchObject([{ id: here, current: true }]);
    expect((await world.ask('GET', '/v1/sessions', { cookie: browser })).statusCode).toBe(401);
    const gone = await world.ask('GET', '/v1/sessions', { bearer: await tokenOf(mira, other, elsewhere) });
    expect(gone.statusCode).toBe(401);
    const admin = await world.person(`ada${count}@home.example`, { [home]: 'admin' });
    const ofAdmin = await tokenOf(admin, home, await family(admin, home));
    await world.session(admin, home);
    const url = `/v1/members/${admin}/sessions`;
    expect((await world.ask('DELETE', url, { bearer: ofAdmin })).json()).toEqual({ ended: 1 });
    expect((await world.ask('GET', '/v1/sessions', { bearer: ofAdmin })).statusCode).toBe(200);
  });

  it('do not count from before the person was signed out everywhere', async () => {
    const before = await world.session(mira, home);
    world.advance(1);
    await world.db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .updateTable('person')
        .set({ signed_out_at: world.now() })
        .where('id', '=', mira)
        .execute(),
    );
    expect((await world.ask('GET', '/v1/sessions', { cookie: before })).statusCode).toBe(401);
    const after = await world.session(mira, home);
    expect(await placesFor(after)).toHaveLength(1);
  });

  it('leave the list when they have run out', async () => {
    await world.session(mira, home);
    await family(mira, home);
    world.advance(13 * 3_600_000);
    expect(await placesFor(await world.session(mira, home))).toHaveLength(2);
    world.advance(7 * 24 * 3_600_000);
    expect(await placesFor(await world.session(mira, home))).toHaveLength(1);
  });
});

const tokenOf = async (sub: PersonId, wid: WorkspaceId, fid: Awaited<ReturnType<typeof family>>) =>
  (
    await world.deps.tokens.mint(
      'access',
      { sub, wid, fid, email: 'x@home.example', name: 'X', wslug: 'home', wrole: 'owner', groups: [] },
      { seconds: 900 },
    )
  ).token;

describe('an access token', () => {
  // Proves: ASVS 6.
  it('is a caller with the role of this moment, not the one it was minted with', async () => {
    const token = await tokenOf(mira, home, await family(mira, home));
    const list = await world.ask('GET', '/v1/sessions', { bearer: token });
    expect(SignedInPlaces.parse(list.json()).items).toMatchObject([{ kind: 'program', current: true }]);
    const denied = await world.ask('GET', `/v1/members/${mira}/sessions`, { bearer: token });
    expect(denied.json()).toMatchObject({ status: 403, code: 'action_denied' });
  });

  it('is worth nothing when its workspace is another, or it has run out', async () => {
    const stranger = await world.person(`eve${count}@home.example`, { [other]: 'owner' });
    const foreign = await tokenOf(stranger, home, await family(stranger, other));
    expect((await world.ask('GET', '/v1/sessions', { bearer: foreign })).statusCode).toBe(401);
    const token = await tokenOf(mira, home, await family(mira, home));
    world.advance(900_000);
    expect((await world.ask('GET', '/v1/sessions', { bearer: token })).statusCode).toBe(401);
  });
});

describe('an admin', () => {
  // Proves: ASVS 31.
  it('sees and ends where a member is signed in to this workspace, and nothing of another', async () => {
    const admin = await world.person(`ada${count}@home.example`, { [home]: 'admin' });
    const cookie = await world.session(admin, home);
    const elsewhere = await world.session(mira, other);
    await world.session(mira, home);
    await family(mira, home);
    const url = `/v1/members/${mira}/sessions`;
    const seen = await placesFor(cookie, url);
    expect(seen).toHaveLength(2);
    expect(new Set(seen.map((place) => place.workspace.id))).toEqual(new Set([home]));
    expect((await world.ask('DELETE', url, { cookie })).json()).toEqual({ ended: 2 });
    expect(await placesFor(cookie, url)).toEqual([]);
    expect(await placesFor(elsewhere)).toHaveLength(1);
    expect((await world.audit(home)).at(-1)).toMatchObject({ event: 'sessions.ended', target: mira });
  });

  it('does not sign an owner out, and finds nobody who is no member', async () => {
    const admin = await world.person(`ada${count}@home.example`, { [home]: 'admin' });
    const owner = await world.person(`olga${count}@home.example`, { [home]: 'owner' });
    const cookie = await world.session(admin, home);
    const answer = await world.ask('DELETE', `/v1/members/${owner}/sessions`, { cookie });
    expect(answer.json()).toMatchObject({ status: 403, code: 'owner_required' });
    for (const id of [newId<PersonId>(), await world.person(`x${count}@other.example`, { [other]: 'viewer' })]) {
      expect((await world.ask('GET', `/v1/members/${id}/sessions`, { cookie })).statusCode).toBe(404);
    }
  });
});

describe('the label of a place', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36 Edg/140.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1 (KHTML) Version/18.0 Safari/605.1',
      'Safari on macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1',
      'Safari on iOS',
    ],
    ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36', 'Chrome on Android'],
    ['Mozilla/5.0', 'A browser'],
    ['sentinel on build-07', 'sentinel on build-07'],
    ['  \u0007 ', null],
    [null, null],
  ])('of %j is %j', (userAgent, label) => {
    expect(labelOf(userAgent)).toBe(label);
  });
});
