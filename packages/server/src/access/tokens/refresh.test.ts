import type { TokenPair } from '@sentinel/contract';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type FamilyId,
  newId,
  type GroupId,
  type OrganisationId,
  parseId,
  type PersonId,
  type TokenId,
  type WorkspaceId,
} from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { pruneTokens, revokeFamilies } from './family.store.ts';
import { refreshPair } from './refresh.ts';
import { openTokenWorld, type TokenProcess, type TokenWorld, VERIFIER } from './token-world.testing.ts';
import { TOKEN_LIFETIMES } from './token.ts';

let world: TokenWorld;
let workspaceId: WorkspaceId;
let personId: PersonId;
let pair: TokenPair;
beforeAll(async () => {
  world = await openTokenWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(async () => {
  workspaceId = await world.addWorkspace();
  personId = await world.addMember(workspaceId);
  pair = await signIn();
});

async function signIn(): Promise<TokenPair> {
  const code = await world.issue(personId);
  const answer = await world.here.post('/auth/token', { code, workspace_id: workspaceId, code_verifier: VERIFIER });
  expect(answer.statusCode).toBe(200);
  return answer.json();
}
const refresh = (token: string, at: TokenProcess = world.here) => at.post('/auth/refresh', { refresh_token: token });
const statusOf = async (token: string, at?: TokenProcess) => (await refresh(token, at)).statusCode;
const next = async (token: string): Promise<TokenPair> => {
  const answer = await refresh(token);
  expect(answer.statusCode).toBe(200);
  return answer.json();
};
const familyOf = (token: string) => {
  const id = parseId<FamilyId>(String(decodeJwt(token)['fid']));
  if (id === null) throw new Error('no family');
  return id;
};
/** Whether an access token would still be let in. */
async function lives(
  { access_token: token }: TokenPair,
  { tokens, standing }: TokenProcess = world.here,
): Promise<boolean> {
  const read = await tokens.verify(['access'], token);
  return read !== null && !(await standing.isRevoked({ jti: read.jti, familyId: read.fid }));
}
const tokensOf = (familyId: FamilyId) =>
  world.here.db.control((tx) =>
    tx.withTables<AccessTables>().selectFrom('refresh_token').selectAll().where('family_id', '=', familyId).execute(),
  );

describe('refreshing', () => {
  it('answers a new pair of the same family, and the old token is spent', async () => {
    world.advance(60_000);
    const second = await next(pair.refresh_token);
    expect(second).toMatchObject({ token_type: 'bearer', expires_in: 900 });
    expect(familyOf(second.refresh_token)).toBe(familyOf(pair.refresh_token));
    expect(second.refresh_token).not.toBe(pair.refresh_token);
    expect(await lives(second)).toBe(true);
    expect(await lives(pair)).toBe(true);
  });

  // Proves: OAuth 40.
  it('says what holds now: role, groups, organisation, name', async () => {
    const groupId = newId<GroupId>();
    const organisationId = newId<OrganisationId>();
    await world.change('member', `${workspaceId} ${personId}`, async (tables) => {
      const at = world.now();
      await tables.updateTable('member').set({ role: 'admin' }).where('person_id', '=', personId).execute();
      await tables
        .insertInto('member_group')
        .values({
          id: groupId,
          workspace_id: workspaceId,
          name: 'G',
          description: null,
          created_by: null,
          created_at: at,
        })
        .execute();
      await tables
        .insertInto('group_member')
        .values({ group_id: groupId, workspace_id: workspaceId, person_id: personId, added_at: at })
        .execute();
      await tables
        .insertInto('organisation')
        .values({ id: organisationId, name: 'O', slug: `o-${personId}`, created_at: at })
        .execute();
      await tables
        .updateTable('person')
        .set({ name: 'Grace', organisation_id: organisationId })
        .where('id', '=', personId)
        .execute();
    });
    expect(decodeJwt((await next(pair.refresh_token)).access_token)).toMatchObject({
      sub: personId,
      name: 'Grace',
      wid: workspaceId,
      wslug: `w-${workspaceId}`,
      wrole: 'admin',
      groups: [groupId],
      oid: organisationId,
      oslug: `o-${personId}`,
      opub: false,
    });
  });

  // Proves: OAuth 38.
  it('takes one statement, and two for a repetition', async () => {
    await world.here.standing.refresh();
    const start = world.here.statements();
    await next(pair.refresh_token);
    expect(world.here.statements() - start).toBe(1);
    await next(pair.refresh_token);
    expect(world.here.statements() - start).toBe(3);
  });

  // Proves: OAuth 34, ASVS 22.
  it('ends seven days after the sign-in, however often it was done', async () => {
    const end = Math.floor(world.now().getTime() / 1000) + TOKEN_LIFETIMES.refresh;
    let latest = pair;
    for (let day = 0; day < 6; day += 1) {
      world.advance(24 * 3600_000);
      latest = await next(latest.refresh_token);
      expect(decodeJwt(latest.refresh_token).exp).toBe(end);
    }
    world.advance(24 * 3600_000 - 60_000);
    latest = await next(latest.refresh_token);
    // No access token outlives its family, or nobody could end it any more.
    expect([latest.expires_in, decodeJwt(latest.access_token).exp]).toEqual([60, end]);
    world.advance(60_000);
    expect(await statusOf(latest.refresh_token)).toBe(401);
    expect(await lives(latest)).toBe(false);
  });
});

describe('two tabs', () => {
  // Proves: OAuth 37, OAuth 38.
  it('that refresh at once get the same child, all fifty of them, in both processes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => refresh(pair.refresh_token, n % 2 === 0 ? world.here : world.there)),
    );
    expect(answers.map((each) => each.statusCode)).toEqual(answers.map(() => 200));
    const children = new Set(answers.map((each) => each.json().refresh_token));
    expect(children.size).toBe(1);
    expect(await tokensOf(familyOf(pair.refresh_token))).toHaveLength(2);
    const [child = ''] = children;
    expect(await statusOf(child)).toBe(200);
  });

  // Proves: OAuth 35, OAuth 36, ASVS 21.
  it('get the very same token within the grace, and the family ends after it', async () => {
    const child = await next(pair.refresh_token);
    world.advance(9999);
    expect((await next(pair.refresh_token)).refresh_token).toBe(child.refresh_token);
    expect(await lives(child)).toBe(true);
    world.advance(1);
    expect(await statusOf(pair.refresh_token)).toBe(401);
    expect(await lives(child)).toBe(false);
    expect(await statusOf(child.refresh_token)).toBe(401);
  });

  // Proves: OAuth 36.
  it('get no second branch: a grandparent ends the family even within the grace', async () => {
    const child = await next(pair.refresh_token);
    const grandchild = await next(child.refresh_token);
    expect(await statusOf(pair.refresh_token)).toBe(401);
    expect(await statusOf(grandchild.refresh_token)).toBe(401);
    expect(await lives(grandchild)).toBe(false);
  });

  it('that race with a third one leave one line, whatever the order', async () => {
    const [first, second] = await Promise.all([next(pair.refresh_token), next(pair.refresh_token)]);
    const answers = await Promise.all([refresh(first.refresh_token), refresh(second.refresh_token)]);
    expect(answers.map((each) => each.statusCode)).toEqual([200, 200]);
    expect(await tokensOf(familyOf(pair.refresh_token))).toHaveLength(3);
  });

  // Proves: OAuth 35.
  it('are strangers where no grace is set', async () => {
    const deps = { ...world.here.deps, settings: { refreshGraceMs: 0 } };
    const child = await refreshPair(deps, pair.refresh_token, world.now());
    await expect(refreshPair(deps, pair.refresh_token, world.now())).rejects.toMatchObject({ code: 'refresh_refused' });
    expect(await lives(child)).toBe(false);
  });
});

describe('a token that comes back', () => {
  // Proves: OAuth 35, ASVS 55.
  it('ends the family and all its access tokens, in other processes too, and is recorded once', async () => {
    const second = await next(pair.refresh_token);
    world.advance(20_000);
    const third = await next(second.refresh_token);
    const other = await signIn();
    expect(await lives(pair, world.there)).toBe(true);
    const before = (await world.activity()).length;
    const answer = await refresh(second.refresh_token);
    expect(answer.statusCode).toBe(200);
    world.advance(20_000);
    const refused = await refresh(second.refresh_token);
    expect(refused.json()).toMatchObject({ status: 401, code: 'refresh_refused', detail: expect.any(String) });
    for (const each of [pair, second, third]) expect(await lives(each)).toBe(false);
    world.advance(251);
    for (const each of [pair, second, third]) expect(await lives(each, world.there)).toBe(false);
    expect(await lives(other, world.there)).toBe(true);
    for (const each of [pair, second, third]) expect(await statusOf(each.refresh_token, world.there)).toBe(401);
    expect((await world.activity()).slice(before)).toEqual(['refresh_reuse_detected']);
  });
});

describe('what is no live refresh token', () => {
  // Proves: OAuth 34.
  it('is refused with 401', async () => {
    const foreign = await world.here.tokens.mint('refresh', { sub: personId, fid: newId<FamilyId>() }, { seconds: 60 });
    for (const bad of [pair.access_token, foreign.token, 'x', `${pair.refresh_token.slice(0, -4)}AAAA`, '\u0000'])
      expect((await refresh(bad)).json()).toMatchObject({ status: 401, code: 'refresh_refused' });
    expect((await world.here.post('/auth/refresh', {})).statusCode).toBe(422);
    expect((await refresh('x'.repeat(4097))).statusCode).toBe(422);
    expect(await statusOf(pair.refresh_token)).toBe(200);
  });

  // Proves: OAuth 34.
  it('belongs to its own person and family', async () => {
    const jti = parseId<TokenId>(String(decodeJwt(pair.refresh_token).jti));
    if (jti === null) throw new Error('no id');
    const stranger = await world.addMember(workspaceId);
    const fid = familyOf(pair.refresh_token);
    const other = await world.here.tokens.mint('refresh', { sub: stranger, fid }, { seconds: 60, jti });
    expect(await statusOf(other.token)).toBe(401);
    const elsewhere = familyOf((await signIn()).refresh_token);
    const crossed = await world.here.tokens.mint('refresh', { sub: personId, fid: elsewhere }, { seconds: 60, jti });
    expect(await statusOf(crossed.token)).toBe(401);
    expect(await statusOf(pair.refresh_token)).toBe(200);
  });

  // Proves: OAuth 40.
  it.each([
    ['the person is deactivated', 'person', 'person', { deactivated_at: new Date(0) }],
    ['the workspace is suspended', 'workspace', 'workspace', { state: 'suspended' }],
  ] as const)('is one whose family has lapsed because %s', async (_why, kind, table, values) => {
    const id = table === 'person' ? personId : workspaceId;
    await world.change(kind, id, (tables) => tables.updateTable(table).set(values).where('id', '=', id).execute());
    expect(await statusOf(pair.refresh_token)).toBe(401);
    expect(await lives(pair)).toBe(false);
    await world.change(kind, id, (tables) =>
      tables
        .updateTable(table)
        .set(table === 'person' ? { deactivated_at: null } : { state: 'active' })
        .where('id', '=', id)
        .execute(),
    );
    expect(await statusOf(pair.refresh_token)).toBe(401);
  });

  // Proves: OAuth 40.
  it.each(['was switched off', 'is not on the list of the workspace'])(
    'is one of somebody whose organisation %s, and stays dead',
    async (why) => {
      const [own, other] = [newId<OrganisationId>(), newId<OrganisationId>()];
      await world.change('organisations', '', async (tables) => {
        for (const id of [own, other])
          await tables
            .insertInto('organisation')
            .values({ id, name: 'O', slug: `o-${id}`, created_at: world.now() })
            .execute();
        await tables.updateTable('person').set({ organisation_id: own }).where('id', '=', personId).execute();
      });
      const second = await next(pair.refresh_token);
      await world.change('organisations', '', async (tables) => {
        if (why === 'was switched off')
          await tables.updateTable('organisation').set({ enabled: false }).where('id', '=', own).execute();
        else
          await tables
            .insertInto('workspace_organisation')
            .values({ workspace_id: workspaceId, organisation_id: other })
            .execute();
      });
      for (let n = 0; n < 2; n += 1)
        expect((await refresh(second.refresh_token)).json()).toMatchObject({ status: 401, code: 'refresh_refused' });
      expect(await lives(second)).toBe(false);
      const families = await world.here.db.control((tx) =>
        tx
          .withTables<AccessTables>()
          .selectFrom('token_family')
          .selectAll()
          .where('person_id', '=', personId)
          .execute(),
      );
      expect(families.map((family) => family.revoked_for)).toEqual(['membership_lost']);
      expect((await world.activity()).at(-1)).toBe('token_family_revoked');
    },
  );

  // Proves: OAuth 40, OAuth 44.
  it('is one of whoever left the workspace', async () => {
    await world.change('member', `${workspaceId} ${personId}`, (tables) =>
      tables.deleteFrom('member').where('person_id', '=', personId).execute(),
    );
    expect(await statusOf(pair.refresh_token)).toBe(401);
    expect(await lives(pair)).toBe(false);
    expect((await world.activity()).at(-1)).toBe('token_family_revoked');
  });
});

describe('a fault', () => {
  // Proves: OAuth 37, ASVS 57.
  it('is never a refusal: before, during and after the statement', async () => {
    const { db, tokens } = world.here;
    const broken = vi.fn<() => Promise<never>>(() => Promise.reject(new Error('no connection')));
    const ask = (changes: object) => refreshPair({ ...world.here.deps, ...changes }, pair.refresh_token, world.now());
    await expect(ask({ db: { ...db, control: broken } })).rejects.toThrow('no connection');
    await expect(ask({ tokens: { ...tokens, verify: broken } })).rejects.toThrow('no connection');
    // The answer was lost after the commit: asking again finds the child.
    await expect(ask({ tokens: { ...tokens, mint: broken } })).rejects.toThrow('no connection');
    expect(broken).toHaveBeenCalled();
    const again = await next(pair.refresh_token);
    expect(await tokensOf(familyOf(again.refresh_token))).toHaveLength(2);
    expect(await statusOf(again.refresh_token)).toBe(200);
  });

  it('over HTTP is a 500', async () => {
    const spy = vi.spyOn(world.here.db, 'control').mockRejectedValue(new Error('no connection'));
    expect(await statusOf(pair.refresh_token)).toBe(500);
    spy.mockRestore();
    expect(await statusOf(pair.refresh_token)).toBe(200);
  });
});

describe('ending families', () => {
  const end = (which: Parameters<typeof revokeFamilies>[1]) =>
    world.here.db.control((tx) => revokeFamilies(tx, which, 'test', world.now()));

  it('takes those that fit, once, and never all by mistake', async () => {
    const other = await signIn();
    const elsewhere = await world.addWorkspace();
    expect(await end({ personId, workspaceId: elsewhere })).toEqual([]);
    expect((await end({ personId, workspaceId })).toSorted()).toEqual(
      [familyOf(pair.refresh_token), familyOf(other.refresh_token)].toSorted(),
    );
    expect(await end({ personId })).toEqual([]);
    await world.here.standing.catchUp();
    expect([await lives(pair), await lives(other)]).toEqual([false, false]);
    await expect(end({})).rejects.toThrow('which');
    const nobody: { personId?: PersonId } = {};
    await expect(end(nobody)).rejects.toThrow('which');
  });

  it('leaves nothing behind for ever', async () => {
    const familyId = familyOf(pair.refresh_token);
    await world.here.db.control((tx) => pruneTokens(tx, world.now()));
    expect(await tokensOf(familyId)).toHaveLength(1);
    world.advance(22 * 24 * 3600_000);
    await world.here.db.control((tx) => pruneTokens(tx, world.now()));
    expect(await tokensOf(familyId)).toHaveLength(0);
    world.advance(-22 * 24 * 3600_000);
    expect(await statusOf(pair.refresh_token)).toBe(401);
  });
});
