import { DEVICE_GRANT_TYPE, DeviceAsking, DeviceCodes, TokenPair, USER_CODE_LETTERS } from '@sentinel/contract';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PersonId, WorkspaceId } from '../../platform/ids.ts';
import { answerPoll, DEVICE_GRANT_SECONDS, drawUserCode, type GrantState, MOST_WRONG_CODES } from './device-grant.ts';
import { deviceGrantRoutes } from './device-grant.routes.ts';
import { sessionPlacesRoutes } from './session-places.routes.ts';
import { openSignInWorld, type SignInWorld } from './session.testing.ts';

let world: SignInWorld;
let home: WorkspaceId;
let mira: PersonId;
let cookie: string;
let count = 0;

beforeAll(async () => {
  world = await openSignInWorld((deps) => [...deviceGrantRoutes(deps), ...sessionPlacesRoutes(deps)]);
  home = await world.workspace('Home');
});
afterAll(async () => await world.close());
beforeEach(async () => {
  count += 1;
  mira = await world.person(`mira${count}@home.example`, { [home]: 'editor' });
  cookie = await world.session(mira, home);
});

const start = async (json: object = { client_name: 'sentinel on build-07' }) =>
  DeviceCodes.parse((await world.ask('POST', '/auth/device', { json })).json());
const poll = async (device_code: string, grant_type = DEVICE_GRANT_TYPE) => {
  const answer = await world.ask('POST', '/auth/device/token', { json: { device_code, grant_type } });
  return { status: answer.statusCode, body: answer.json() };
};
const decide = async (what: 'approve' | 'deny' | 'find', user_code: string, by = cookie) =>
  await world.ask('POST', `/v1/device-grants/${what}`, { cookie: by, json: { user_code } });
const lastAudit = async () => (await world.audit(home)).at(-1);

describe('a program that signs in', () => {
  it('shows a code and a page, and waits', async () => {
    const codes = await start();
    expect(codes.user_code).toMatch(new RegExp(`^[${USER_CODE_LETTERS}]{4}-[${USER_CODE_LETTERS}]{4}$`));
    expect(codes).toMatchObject({ expires_in: 600, interval: 5 });
    expect(codes.verification_uri).toBe('http://localhost:9003/console/device');
    expect(codes.verification_uri_complete).toBe(`${codes.verification_uri}?user_code=${codes.user_code}`);
    const { status, body } = await poll(codes.device_code);
    expect({ status, body }).toMatchObject({ status: 400, body: { error: 'authorization_pending' } });
    expect(body.detail).toBe(body.error_description);
  });

  it('gets the tokens of whoever approves it, once', async () => {
    const codes = await start();
    const asking = DeviceAsking.parse((await decide('find', codes.user_code.toLowerCase().replace('-', ' '))).json());
    expect(asking).toMatchObject({ user_code: codes.user_code, client_name: 'sentinel on build-07' });
    expect((await decide('approve', codes.user_code)).statusCode).toBe(204);
    expect(await lastAudit()).toMatchObject({ event: 'device.approved', result: 'ok' });
    const answers = await Promise.all([poll(codes.device_code), poll(codes.device_code)]);
    expect(new Set(answers.map((each) => each.status))).toEqual(new Set([200, 400]));
    expect(answers.find((each) => each.status === 400)?.body.error).toBe('invalid_grant');
    const pair = TokenPair.parse(answers.find((each) => each.status === 200)?.body);
    const places = (await world.ask('GET', '/v1/sessions', { bearer: pair.access_token })).json().items;
    expect(places).toContainEqual(
      expect.objectContaining({ kind: 'program', label: 'sentinel on build-07', current: true }),
    );
    const access = await world.deps.tokens.verify(['access'], pair.access_token);
    expect(access).toMatchObject({ sub: mira, wid: home, wrole: 'editor' });
    const refresh = await world.deps.tokens.verify(['refresh'], pair.refresh_token);
    expect(refresh).toMatchObject({ sub: mira, fid: access?.fid });
  });

  it('is told when it was refused', async () => {
    const codes = await start();
    expect((await decide('deny', codes.user_code)).statusCode).toBe(204);
    expect(await lastAudit()).toMatchObject({ event: 'device.denied', result: 'ok' });
    expect((await poll(codes.device_code)).body.error).toBe('access_denied');
    expect((await decide('approve', codes.user_code)).statusCode).toBe(404);
    expect(await lastAudit()).toMatchObject({ event: 'device.approved', result: 'failed' });
    expect((await poll(codes.device_code)).body.error).toBe('access_denied');
  });

  it('must wait longer each time that it asks too soon', async () => {
    const { device_code } = await start();
    await poll(device_code);
    world.advance(4_999);
    expect((await poll(device_code)).body.error).toBe('slow_down');
    world.advance(5_000);
    expect((await poll(device_code)).body.error).toBe('slow_down');
    world.advance(15_000);
    expect((await poll(device_code)).body.error).toBe('authorization_pending');
  });

  it('has ten minutes', async () => {
    const codes = await start();
    world.advance(DEVICE_GRANT_SECONDS * 1000);
    expect((await decide('approve', codes.user_code)).statusCode).toBe(404);
    expect((await poll(codes.device_code)).body.error).toBe('expired_token');
  });

  it('gets nothing for a code that is not ours, nor by another kind of grant', async () => {
    const codes = await start();
    expect((await poll('x'.repeat(43))).body.error).toBe('invalid_grant');
    expect((await poll('short')).body.error).toBe('invalid_grant');
    expect((await poll(codes.device_code, 'password')).body.error).toBe('unsupported_grant_type');
    expect((await world.ask('POST', '/auth/device/token', { json: {} })).statusCode).toBe(422);
  });

  it('gets nothing once whoever approved it has left the workspace', async () => {
    const codes = await start();
    await decide('approve', codes.user_code);
    await world.db.control((tx) =>
      tx.withTables<{ member: { person_id: string } }>().deleteFrom('member').where('person_id', '=', mira).execute(),
    );
    expect((await poll(codes.device_code)).body.error).toBe('access_denied');
  });

  it('cannot dress its name up', async () => {
    const codes = await start({ client_name: '<b>Bank</b>' });
    expect((await decide('find', codes.user_code)).json()).toMatchObject({ client_name: 'Bank' });
    expect((await world.ask('POST', '/auth/device', { json: { client_name: '\u202eknaB' } })).statusCode).toBe(422);
    expect((await start({})).user_code).toHaveLength(9);
  });
});

describe('whoever decides', () => {
  it('must be a person in the console: a token begets no longer-lived one', async () => {
    const codes = await start();
    await decide('approve', codes.user_code);
    const pair = TokenPair.parse((await poll(codes.device_code)).body);
    const next = await start();
    for (const what of ['find', 'approve']) {
      const json = { user_code: next.user_code };
      const answer = await world.ask('POST', `/v1/device-grants/${what}`, { bearer: pair.access_token, json });
      expect(answer.json()).toMatchObject({ status: 403, code: 'action_denied' });
    }
    const nobody = await world.ask('POST', '/v1/device-grants/approve', { json: { user_code: next.user_code } });
    expect(nobody.statusCode).toBe(401);
    expect((await poll(next.device_code)).body.error).toBe('authorization_pending');
  });

  // Proves: ASVS 58.
  it('has ten wrong tries, and then must sign in anew', async () => {
    const codes = await start();
    for (let tries = 0; tries < MOST_WRONG_CODES; tries += 1)
      expect((await decide('find', 'BBBB-BBBB')).statusCode).toBe(404);
    for (const what of ['find', 'approve'] as const)
      expect((await decide(what, codes.user_code)).json()).toMatchObject({ status: 429, code: 'rate_limited' });
    expect((await decide('approve', codes.user_code, await world.session(mira, home))).statusCode).toBe(204);
  });
});

describe('the answer to a poll', () => {
  const at = new Date('2026-03-01T12:00:00Z');
  const pending: GrantState = {
    expiresAt: new Date(at.getTime() + 600_000),
    polledAt: null,
    pollSeconds: 5,
    decidedAt: null,
    approval: null,
    spentAt: null,
  };
  const date = fc.date({ min: new Date(at.getTime() - 1e6), max: new Date(at.getTime() + 1e6), noInvalidDate: true });

  it('is yes only for a grant that was approved, is not used and has not run out', () => {
    fc.assert(
      fc.property(
        fc.record({
          expiresAt: date,
          polledAt: fc.option(date),
          pollSeconds: fc.integer({ min: 5, max: 60 }),
          decidedAt: fc.option(date),
          approval: fc.constantFrom(null, { personId: mira, workspaceId: home }),
          spentAt: fc.option(date),
        }),
        (state) => {
          const isGood = state.approval !== null && state.spentAt === null && at < state.expiresAt;
          expect(answerPoll(state, at).kind).toBe(isGood ? 'approved' : 'refused');
        },
      ),
    );
  });

  it('is the same for used codes and unknown ones', () => {
    expect(answerPoll(null, at)).toEqual(answerPoll({ ...pending, spentAt: at }, at));
  });
});

describe('a user code', () => {
  it('has every letter about equally often', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 2_000; n += 1)
      for (const letter of drawUserCode(randomBytes)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect([...counts.keys()].sort().join('')).toBe(USER_CODE_LETTERS);
    for (const times of counts.values()) expect(Math.abs(times - 800)).toBeLessThan(200);
  });

  it('takes no byte that would favour the first letters', () => {
    const bytes = [255, 254, 240, 0, 19, 20, 39, 239, 1, 2, 3];
    expect(drawUserCode(() => Uint8Array.from(bytes))).toBe('BZBZZCDF');
  });
});
