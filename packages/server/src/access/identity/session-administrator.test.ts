// Who may act as platform administrator by the console's session: never somebody whom another member let in.
import { SESSION_ORIGINS, Session } from '@sentinel/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { announce } from '../standing/change.store.ts';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { type AccessWorld, cookieOf, openAccessWorld, tokenOf, withCookie } from '../testing.ts';
import { createSetupLink } from './one-time-links.ts';
import { ADMINISTRATION_MS, mayAdministrate, SESSION_LIFETIME_MS } from './session.ts';

let world: AccessWorld;
let workspaceId: WorkspaceId;
let owner: string;

beforeAll(async () => {
  world = await openAccessWorld();
  const link = await createSetupLink(world.deps);
  const done = await world.ask('POST', '/v1/setup', {
    payload: { token: tokenOf(link), workspaceName: 'Home', ownerName: 'Ada', ownerEmail: 'ada@home.example' },
  });
  owner = cookieOf(done);
  workspaceId = Session.parse(done.json()).workspace.id as WorkspaceId;
});
afterAll(async () => await world.close());

const signIn = async (link: { url: string }) =>
  await world.ask('POST', '/v1/session', { payload: { token: tokenOf(link) } });
const stats = (cookie: string) => world.ask('GET', '/admin/stats', withCookie(cookie));

describe('the session of a platform administrator', () => {
  it('reaches their routes: whoever set the installation up, and whom the operator let in', async () => {
    expect((await stats(owner)).statusCode).toBe(200);
    const link = await world.ask('POST', '/v1/sign-in-links', {
      headers: { authorization: `Bearer ${world.operatorKey}` },
      payload: {},
    });
    const answer = await signIn(link.json());
    expect(Session.parse(answer.json()).person.isAdmin).toBe(true);
    expect((await stats(cookieOf(answer))).statusCode).toBe(200);
  });

  it('does not, when another member let them in by a link', async () => {
    const { personId } = await world.memberOf(workspaceId, 'editor', 'root@home.example');
    await makeAdmin(personId);
    const link = await world.ask('POST', '/v1/sign-in-links', {
      ...withCookie(owner),
      payload: { email: 'root@home.example' },
    });
    const answer = await signIn(link.json());
    expect(Session.parse(answer.json()).person).toMatchObject({ id: personId, isAdmin: false });
    expect((await stats(cookieOf(answer))).json()).toMatchObject({ status: 403, code: 'action_denied' });
  });

  it('changes nothing without the header that only our pages send', async () => {
    const how = { ...withCookie(owner), payload: { name: 'App', redirect_uris: ['https://app.example/back'] } };
    const add = (headers: object) =>
      world.ask('POST', '/admin/client-apps', { ...how, headers: { ...how.headers, ...headers } });
    expect((await add({})).json()).toMatchObject({ status: 403, code: 'cross_site' });
    const foreign = await add({ 'x-requested-with': 'x', origin: 'https://elsewhere.example' });
    expect(foreign.json()).toMatchObject({ status: 403, code: 'cross_site' });
    expect((await add({ 'x-requested-with': 'sentinel-console' })).statusCode).toBe(201);
  });

  it('is worth no more than the person: nobody else’s, and not after they stopped to be one', async () => {
    const { token, personId } = await world.memberOf(workspaceId, 'owner', 'olga@home.example');
    expect((await stats(token)).statusCode).toBe(403);
    await makeAdmin(personId);
    // Its session began by a link, as far as anybody knows.
    expect((await stats(token)).statusCode).toBe(403);
    expect((await world.ask('GET', '/admin/stats')).statusCode).toBe(401);
  });
});

it('is decided by how it began, how long ago, and who it is', () => {
  const began = new Date('2026-03-01T12:00:00Z');
  const expiresAt = new Date(began.getTime() + SESSION_LIFETIME_MS);
  const may = (isAdmin: boolean, afterMs: number) =>
    SESSION_ORIGINS.filter((via) =>
      mayAdministrate({ via, expiresAt, person: { isAdmin } }, new Date(began.getTime() + afterMs)),
    );
  expect(may(true, ADMINISTRATION_MS - 1)).toEqual(['setup', 'operator', 'provider']);
  expect(may(true, ADMINISTRATION_MS)).toEqual([]);
  expect(may(false, 0)).toEqual([]);
});

async function makeAdmin(personId: PersonId): Promise<void> {
  await world.db.control(async (tx) => {
    await tx
      .withTables<{ person: { id: string; is_admin: boolean } }>()
      .updateTable('person')
      .set({ is_admin: true })
      .where('id', '=', personId)
      .execute();
    await announce(tx, [{ kind: 'person', subject: personId }], world.now());
  });
  await world.deps.standing.catchUp();
}
