// Every kind of token against every tier (token confusion), and what a person's standing does to each.
import type { Transaction } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditControlMigrations, auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import { controlMigrations } from '../../platform/db/control.migrations.ts';
import type { Database } from '../../platform/db/database.ts';
import { openTestDatabase } from '../../platform/db/testing.ts';
import type { Admission, Admitted, Caller, Presented } from '../../platform/http/route.ts';
import { testCaller } from '../../platform/http/testing.ts';
import {
  type ClientAppId,
  type FamilyId,
  newId,
  newRandomId,
  type PersonId,
  type TokenId,
  type WorkspaceId,
} from '../../platform/ids.ts';
import { ProblemError } from '../../platform/problem.ts';
import { accessMigrations } from '../access.migrations.ts';
import type { AccessTables } from '../access.tables.ts';
import { serviceApp, someApps } from '../apps/apps.testing.ts';
import { announce } from '../standing/change.store.ts';
import { createStanding } from '../standing/standing.ts';
import type { TokenKind } from '../tokens/token.ts';
import { readableTokens } from '../tokens/tokens.testing.ts';
import { type Admissions, createAdmissions, type Refusal } from './admissions.ts';

let db: Database;
let nowMs = Date.parse('2026-03-01T12:00:00Z');
const clock = { now: () => new Date(nowMs) };
const tokens = readableTokens(clock);
const apps = someApps({
  notes_key: serviceApp('notes', { allowedOrigins: ['https://notes.example'] }),
  other_key: serviceApp('other'),
});
let admissions: Admissions;
let catchUp: () => Promise<void>;
let personId: PersonId;
let workspaceId: WorkspaceId;
let familyId: FamilyId;
let made: Record<TokenKind, string>;
let jtis: Record<TokenKind, TokenId>;
let session: Caller | null = null;
const refusals: Refusal[] = [];

beforeAll(async () => {
  db = await openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
    workspace: auditWorkspaceMigrations,
  });
  const standing = createStanding({ db, clock });
  ({ catchUp } = standing);
  admissions = createAdmissions({
    tokens,
    standing,
    apps,
    refused: async (what) => void refusals.push(what),
    session: async () => session,
  });
});
afterAll(() => db.close());

beforeEach(async () => {
  [personId, workspaceId, familyId] = [newId<PersonId>(), newId<WorkspaceId>(), newRandomId<FamilyId>()];
  session = null;
  await db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    const created_at = clock.now();
    await tables
      .insertInto('person')
      .values({ id: personId, email: `${personId}@home.example`, name: 'Ada', created_at, is_admin: true })
      .execute();
    await tables
      .insertInto('workspace')
      .values({ id: workspaceId, slug: `w${workspaceId}`, name: 'W' })
      .execute();
    await tables
      .insertInto('member')
      .values({ workspace_id: workspaceId, person_id: personId, role: 'viewer', created_at })
      .execute();
  });
  const place = { sub: personId, wid: workspaceId, wslug: 'w', wrole: 'owner' } as const;
  const minted = {
    access: await tokens.mint(
      'access',
      { ...place, email: 'ada@home.example', name: 'Ada', groups: [], fid: familyId },
      { seconds: 900 },
    ),
    refresh: await tokens.mint('refresh', { sub: personId, fid: familyId }, { seconds: 900 }),
    admin: await tokens.mint(
      'admin',
      { sub: personId, email: 'ada@home.example', name: 'Ada', admin: true },
      { seconds: 900 },
    ),
    authz: await tokens.mint(
      'authz',
      { ...place, actions: [], idp_sub: '1', idp_iss: 'https://idp.example', svc: 'notes' },
      { seconds: 300 },
    ),
    m2m: await tokens.mint(
      'm2m',
      { svc: 'notes', actions: ['*'], caller: 'notes', aud_target: null },
      { seconds: 300 },
    ),
  };
  const kinds = Object.keys(minted) as TokenKind[];
  made = Object.fromEntries(kinds.map((kind) => [kind, minted[kind].token])) as typeof made;
  jtis = Object.fromEntries(kinds.map((kind) => [kind, minted[kind].jti])) as typeof jtis;
});

interface Asking {
  readonly bearer?: string | undefined;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
}

function asking({ bearer, cookie, headers = {}, cookies = {} }: Asking): Presented {
  return {
    bearer: bearer ?? null,
    cookie: cookie ?? null,
    workspaceSlug: null,
    fromLoopback: false,
    address: '203.0.113.7',
    header: (name) => headers[name] ?? null,
    cookieNamed: (name) => cookies[name] ?? null,
  };
}

/** `ok`, or the code of the problem. */
async function outcome(admission: Admission<Admitted>, presented: Presented): Promise<string> {
  try {
    await admission.prove(presented, { now: clock.now(), requestId: 'r' });
    return 'ok';
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}

const KEY = { 'x-service-key': 'notes_key' };

// Proves: OAuth 7, ASVS 15.
describe('every kind of token', () => {
  it.each<[TokenKind, string]>([
    ['access', 'ok'],
    ['refresh', 'token_invalid'],
    ['admin', 'token_invalid'],
    ['authz', 'token_invalid'],
    ['m2m', 'token_invalid'],
  ])('as Bearer alone: %s is %s', async (kind, expected) => {
    expect(await outcome(admissions.user, asking({ bearer: made[kind] }))).toBe(expected);
    expect(await outcome(admissions.flex, asking({ bearer: made[kind] }))).toBe(expected);
  });

  it.each<[TokenKind, string]>([
    ['access', 'ok'],
    ['refresh', 'token_invalid'],
    ['admin', 'token_invalid'],
    ['authz', 'ok'],
    ['m2m', 'token_invalid'],
  ])('as Bearer beside a service key: %s is %s', async (kind, expected) => {
    expect(await outcome(admissions.flex, asking({ bearer: made[kind], headers: KEY }))).toBe(expected);
    expect(await outcome(admissions.dual, asking({ bearer: made[kind], headers: KEY }))).toBe(expected);
  });

  it.each<[TokenKind, string]>([
    ['access', 'token_invalid'],
    ['refresh', 'token_invalid'],
    ['admin', 'token_invalid'],
    ['authz', 'ok'],
    ['m2m', 'token_invalid'],
  ])('in X-Authz-Token, beside whatever the provider gave: %s is %s', async (kind, expected) => {
    const headers = { 'x-authz-token': made[kind] };
    expect(await outcome(admissions.flex, asking({ bearer: 'the.providers.own', headers }))).toBe(expected);
    expect(await outcome(admissions.user, asking({ headers }))).toBe('token_missing');
  });

  it.each<[TokenKind, string]>([
    ['access', 'token_invalid'],
    ['refresh', 'token_invalid'],
    ['admin', 'ok'],
    ['authz', 'token_invalid'],
    ['m2m', 'token_invalid'],
  ])('in the cookie of administrators: %s is %s', async (kind, expected) => {
    expect(await outcome(admissions.admin, asking({ cookies: { admin_token: made[kind] } }))).toBe(expected);
    expect(await outcome(admissions.admin, asking({ bearer: made[kind] }))).toBe('token_missing');
  });

  // Proves: OAuth 22, ASVS 8.
  it('of an application is none of ours where only our own console and command line may ask', async () => {
    const claims = {
      sub: personId,
      wid: workspaceId,
      wslug: 'w',
      wrole: 'owner',
      email: 'a@home.example',
      name: 'A',
      groups: [],
    } as const;
    const ofAnApp = await tokens.mint(
      'access',
      { ...claims, fid: familyId, client_id: newId<ClientAppId>() },
      { seconds: 60 },
    );
    expect(await outcome(admissions.user, asking({ bearer: ofAnApp.token }))).toBe('ok');
    expect(await outcome(admissions.own, asking({ bearer: ofAnApp.token }))).toBe('token_invalid');
    expect(await outcome(admissions.own, asking({ bearer: made.access }))).toBe('ok');
  });

  it('is nothing where a service key is asked for', async () => {
    for (const token of Object.values(made)) {
      expect(await outcome(admissions.key, asking({ bearer: token }))).toBe('token_missing');
      expect(await outcome(admissions.key, asking({ headers: { 'x-service-key': token } }))).toBe('token_invalid');
    }
  });
});

describe('a service', () => {
  // Proves: OAuth 19, ASVS 16, ASVS 19.
  it('cannot use a token that was minted for another', async () => {
    const headers = { 'x-service-key': 'other_key' };
    expect(await outcome(admissions.dual, asking({ bearer: made.authz, headers }))).toBe('wrong_service');
    expect(await outcome(admissions.flex, asking({ bearer: made.authz, headers }))).toBe('wrong_service');
    expect(await outcome(admissions.dual, asking({ bearer: made.access, headers }))).toBe('ok');
  });

  // Proves: OAuth 22.
  it('with a wrong key is only whoever the token is', async () => {
    const headers = { 'x-service-key': 'guessed' };
    expect(await outcome(admissions.flex, asking({ bearer: made.access, headers }))).toBe('ok');
    expect(await outcome(admissions.flex, asking({ bearer: made.authz, headers }))).toBe('token_invalid');
    expect(await outcome(admissions.dual, asking({ bearer: made.access, headers }))).toBe('token_invalid');
  });

  it('is believed by an exact origin only where that is enough, and never beside a wrong key', async () => {
    const from = (origin: string, extra = {}) => asking({ headers: { origin, ...extra } });
    expect(await outcome(admissions.keyOrOrigin, from('https://notes.example'))).toBe('ok');
    expect(await outcome(admissions.keyOrOrigin, from('https://notes.example', { 'x-service-key': 'x' }))).toBe(
      'token_invalid',
    );
    expect(await outcome(admissions.key, from('https://notes.example'))).toBe('token_missing');
    for (const origin of [
      'https://notes.example.evil.example',
      'http://notes.example',
      'https://notes.example:444',
      'null',
      '',
    ])
      expect(await outcome(admissions.keyOrOrigin, from(origin))).toBe('token_missing');
  });
});

describe('a refusal of somebody who is known', () => {
  // Proves: ASVS 55.
  it('is told, with who and why', async () => {
    refusals.length = 0;
    session = testCaller('owner', { personId, workspaceId });
    await outcome(admissions.dual, asking({ bearer: made.authz, headers: { 'x-service-key': 'other_key' } }));
    await outcome(admissions.admin, asking({ cookie: 'c' }));
    await outcome(admissions.user, asking({ bearer: made.access }));
    expect(refusals).toEqual([
      { tier: 'KEY', code: 'wrong_service', personId, workspaceId, now: clock.now() },
      { tier: 'ADMIN', code: 'action_denied', personId, workspaceId: null, now: clock.now() },
    ]);
  });
});

describe('a person', () => {
  // Proves: ASVS 6.
  it('has the role of this moment, not the one in the token', async () => {
    const who = await admissions.user.prove(asking({ bearer: made.access }), { now: clock.now(), requestId: 'r' });
    expect([who.role, who.caller.role]).toEqual(['viewer', 'viewer']);
  });

  const change = async (work: (tables: AccessTx) => Promise<unknown>, kind: 'person' | 'member', subject: string) => {
    await db.control(async (tx) => {
      await work(tx.withTables<AccessTables>());
      await announce(tx, [{ kind, subject }], clock.now());
    });
    await catchUp();
  };
  type AccessTx = Transaction<AccessTables>;

  // Proves: OAuth 20, OAuth 44, ASVS 7.
  it('who was removed is refused in both modes at once', async () => {
    const remove = (tables: AccessTx) => tables.deleteFrom('member').where('person_id', '=', personId).execute();
    await change(remove, 'member', `${workspaceId} ${personId}`);
    expect(await outcome(admissions.user, asking({ bearer: made.access }))).toBe('not_a_member');
    expect(await outcome(admissions.dual, asking({ bearer: made.authz, headers: KEY }))).toBe('not_a_member');
  });

  // Proves: OAuth 44, ASVS 7, ASVS 30.
  it('who was deactivated is refused everywhere at once', async () => {
    const deactivate = (tables: AccessTx) =>
      tables.updateTable('person').set({ deactivated_at: clock.now() }).where('id', '=', personId).execute();
    await change(deactivate, 'person', personId);
    expect(await outcome(admissions.user, asking({ bearer: made.access }))).toBe('token_invalid');
    expect(await outcome(admissions.flex, asking({ headers: { 'x-authz-token': made.authz } }))).toBe('token_invalid');
    expect(await outcome(admissions.admin, asking({ cookies: { admin_token: made.admin } }))).toBe('action_denied');
  });

  // Proves: ASVS 7.
  it('who is no administrator any more is refused at once', async () => {
    const demote = (tables: AccessTx) =>
      tables.updateTable('person').set({ is_admin: false }).where('id', '=', personId).execute();
    await change(demote, 'person', personId);
    expect(await outcome(admissions.admin, asking({ cookies: { admin_token: made.admin } }))).toBe('action_denied');
  });

  // Proves: OAuth 44, ASVS 30.
  it('who was signed out everywhere is refused with every token from before', async () => {
    nowMs += 1000;
    const signOut = (tables: AccessTx) =>
      tables.updateTable('person').set({ signed_out_at: clock.now() }).where('id', '=', personId).execute();
    await change(signOut, 'person', personId);
    expect(await outcome(admissions.user, asking({ bearer: made.access }))).toBe('token_invalid');
    expect(await outcome(admissions.dual, asking({ bearer: made.authz, headers: KEY }))).toBe('token_invalid');
    expect(await outcome(admissions.admin, asking({ cookies: { admin_token: made.admin } }))).toBe('token_invalid');
    const claims = { sub: personId, email: 'ada@home.example', name: 'Ada', admin: true } as const;
    const { token } = await tokens.mint('admin', claims, { seconds: 900 });
    expect(await outcome(admissions.admin, asking({ cookies: { admin_token: token } }))).toBe('ok');
  });

  // Proves: ASVS 30.
  it('whose family, or whose single token, was revoked is refused', async () => {
    await db.control((tx) =>
      announce(
        tx,
        [
          { kind: 'family', subject: familyId },
          { kind: 'token', subject: jtis.authz },
          { kind: 'token', subject: jtis.admin },
        ],
        clock.now(),
      ),
    );
    await catchUp();
    expect(await outcome(admissions.user, asking({ bearer: made.access }))).toBe('token_invalid');
    expect(await outcome(admissions.dual, asking({ bearer: made.authz, headers: KEY }))).toBe('token_invalid');
    expect(await outcome(admissions.admin, asking({ cookies: { admin_token: made.admin } }))).toBe('token_invalid');
  });

  it('may come with the session of the console, and an ended one proves nothing', async () => {
    session = testCaller('editor', { personId, workspaceId });
    const who = await admissions.user.prove(asking({ cookie: 'c' }), { now: clock.now(), requestId: 'r' });
    expect([who.via, who.role, who.token]).toEqual(['cookie', 'editor', null]);
    session = null;
    expect(await outcome(admissions.user, asking({ cookie: 'c' }))).toBe('token_invalid');
    expect(await outcome(admissions.user, asking({ cookie: 'c', bearer: '' }))).toBe('token_invalid');
  });

  it('with an expired token is refused at the second it ends', async () => {
    nowMs += 900_000 - 1;
    expect(await outcome(admissions.user, asking({ bearer: made.access }))).toBe('ok');
    nowMs += 1;
    expect(await outcome(admissions.user, asking({ bearer: made.access }))).toBe('token_invalid');
  });
});
