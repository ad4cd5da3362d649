import { randomBytes } from 'node:crypto';
import { Session } from '@sentinel/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClientAppId, newId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { announce } from '../standing/change.store.ts';
import { issueCode } from '../tokens/authorization-code.ts';
import { challengeOf } from '../tokens/pkce.ts';
import { consoleSignInRoutes } from './console-sign-in.routes.ts';
import { sessionPlacesRoutes } from './session-places.routes.ts';
import { openSignInWorld, type SignInWorld } from './session.testing.ts';

const VERIFIER = 'v'.repeat(43);
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let world: SignInWorld;
let home: WorkspaceId;
let other: WorkspaceId;
let mira: PersonId;
let count = 0;

beforeAll(async () => {
  world = await openSignInWorld((deps) => [...consoleSignInRoutes(deps), ...sessionPlacesRoutes(deps)]);
  home = await world.workspace('Home');
  other = await world.workspace('Other');
});
afterAll(async () => await world.close());
beforeEach(async () => {
  count += 1;
  mira = await world.person(`mira${count}@home.example`, { [home]: 'editor' });
});

const codeFor = (personId: PersonId, clientAppId: ClientAppId | null = null) =>
  world.db.control((tx) =>
    issueCode(
      tx,
      randomBytes,
      {
        personId,
        clientAppId,
        redirectUri: 'http://localhost:9003/console/callback',
        challenge: challengeOf(VERIFIER),
        provider: 'google',
      },
      world.now(),
    ),
  );
const redeem = (code: string, changes: object = {}, cookie?: string) =>
  world.ask('POST', '/v1/session/code', {
    json: { code, code_verifier: VERIFIER, ...changes },
    userAgent: FIREFOX,
    ...(cookie === undefined ? {} : { cookie }),
  });
const cookieOf = (answer: Awaited<ReturnType<typeof redeem>>) =>
  answer.cookies.find((each) => each.name === 'sentinel_session_9003')?.value ?? '';
const places = async (cookie: string) => (await world.ask('GET', '/v1/sessions', { cookie })).json().items;

describe('the code of a sign-in to the console', () => {
  it('starts a session that says how it began, and is audited', async () => {
    const answer = await redeem(await codeFor(mira));
    expect(answer.statusCode).toBe(201);
    expect(Session.parse(answer.json())).toMatchObject({
      person: { id: mira },
      workspace: { id: home },
      role: 'editor',
    });
    expect(await places(cookieOf(answer))).toMatchObject([
      { kind: 'browser', via: 'provider', label: 'Firefox on Linux', current: true },
    ]);
    expect((await world.audit(home)).at(-1)).toMatchObject({ event: 'session.started', result: 'ok' });
  });

  it('ends the session that the browser held', async () => {
    const before = await world.session(mira, home);
    const answer = await redeem(await codeFor(mira), {}, before);
    expect((await world.ask('GET', '/v1/sessions', { cookie: before })).statusCode).toBe(401);
    expect(await places(cookieOf(answer))).toHaveLength(1);
  });

  // Proves: OAuth 26.
  it('presented again, ends what it started', async () => {
    const code = await codeFor(mira);
    const answer = await redeem(code);
    expect((await redeem(code)).json()).toMatchObject({ status: 400, code: 'code_invalid' });
    expect((await world.ask('GET', '/v1/sessions', { cookie: cookieOf(answer) })).statusCode).toBe(401);
  });

  it('starts one session of any number of simultaneous uses, at most', async () => {
    const code = await codeFor(mira);
    const answers = await Promise.all([redeem(code), redeem(code), redeem(code)]);
    expect(answers.filter((answer) => answer.statusCode === 201).length).toBeLessThanOrEqual(1);
  });

  it('is worth nothing with another verifier, after five minutes, or when it was made for an application', async () => {
    const stolen = await codeFor(mira);
    expect((await redeem(stolen, { code_verifier: 'w'.repeat(43) })).json()).toMatchObject({ code: 'code_invalid' });
    expect((await redeem(stolen)).json()).toMatchObject({ code: 'code_invalid' });
    const late = await codeFor(mira);
    world.advance(300_000);
    expect((await redeem(late)).json()).toMatchObject({ code: 'code_invalid' });
    const app = newId<ClientAppId>();
    await world.db.control((tx) =>
      tx
        .withTables<{
          client_app: { id: string; name: string; redirect_uris: string[]; created_at: Date; updated_at: Date };
        }>()
        .insertInto('client_app')
        .values({ id: app, name: 'App', redirect_uris: [], created_at: world.now(), updated_at: world.now() })
        .execute(),
    );
    expect((await redeem(await codeFor(mira, app))).json()).toMatchObject({ code: 'code_invalid' });
  });
});

describe('which workspace', () => {
  it('must be named by whoever has several; asking does not use the code up', async () => {
    const kim = await world.person(`kim${count}@home.example`, { [home]: 'owner', [other]: 'viewer' });
    const code = await codeFor(kim);
    expect((await redeem(code)).json()).toMatchObject({ status: 400, code: 'bad_request' });
    const answer = await redeem(code, { workspace_id: other.toUpperCase() });
    expect(answer.json()).toMatchObject({ workspace: { id: other }, role: 'viewer' });
  });

  it('must be one’s own', async () => {
    const code = await codeFor(mira);
    expect((await redeem(code, { workspace_id: other })).json()).toMatchObject({ status: 403, code: 'not_a_member' });
    expect((await redeem(code, { workspace_id: newId() })).json()).toMatchObject({ code: 'not_a_member' });
    expect((await redeem(code, { workspace_id: home })).statusCode).toBe(201);
  });

  it('is nobody’s for whoever is deactivated or belongs nowhere', async () => {
    const code = await codeFor(mira);
    await world.db.control(async (tx) => {
      await tx
        .withTables<{ person: { id: string; deactivated_at: Date } }>()
        .updateTable('person')
        .set({ deactivated_at: world.now() })
        .where('id', '=', mira)
        .execute();
      await announce(tx, [{ kind: 'person', subject: mira }], world.now());
    });
    await world.deps.standing.catchUp();
    expect((await redeem(code)).json()).toMatchObject({ status: 403, code: 'person_inactive' });
    const sam = await world.person(`sam${count}@home.example`, { [home]: 'viewer' });
    const alone = await codeFor(sam);
    await world.db.control((tx) =>
      tx.withTables<{ member: { person_id: string } }>().deleteFrom('member').where('person_id', '=', sam).execute(),
    );
    expect((await redeem(alone)).json()).toMatchObject({ status: 403, code: 'not_a_member' });
  });
});
