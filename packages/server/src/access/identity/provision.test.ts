// Letting people in, on a real database: who is made, linked, refused, and what a sign-in of somebody known costs.
import { type KyselyPlugin } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../platform/db/database.ts';
import { activityOf, identityOf } from './login.testing.ts';
import { openProvisionWorld } from './provision.testing.ts';
import { provision } from './provision.ts';

const world = await openProvisionWorld();
const { db, now, letIn, tables, fresh, enter, workspace, invite, invitations, count } = world;
afterAll(() => world.db.close());
beforeEach(() => world.advance(1000));
const personRow = (email: string) =>
  tables((tx) => tx.selectFrom('person').selectAll().where('email', '=', email).executeTakeFirst());
const nobody = { adminEmails: [] };

describe('a first sign-in', () => {
  it('makes a person with an identity, and says so in the activity log', async () => {
    const name = fresh();
    const person = await letIn(
      identityOf(name, { name: 'Ann Example', avatarUrl: 'https://pictures.example/ann.png' }),
    );
    expect(person).toMatchObject({
      email: `${name}@home.example`,
      name: 'Ann Example',
      isAdmin: false,
      workspaces: [],
      changed: true,
    });
    expect(await personRow(`${name}@home.example`)).toMatchObject({
      id: person.personId,
      avatar_url: 'https://pictures.example/ann.png',
      name_chosen: false,
    });
    expect(await activityOf(db)).toContainEqual(
      expect.objectContaining({ action: 'user_created', actor_id: person.personId, detail: { provider: 'google' } }),
    );
  });

  it('keeps a name that can be kept: without markup, controls, or more than 120 characters', async () => {
    const named = async (text: string | null) => (await letIn(identityOf(fresh(), { name: text }))).name;
    expect(await named('<b>Ann</b>\0 \u202eExample')).toBe('Ann Example');
    expect(await named(`${'a'.repeat(119)}😀😀`)).toBe('a'.repeat(119));
    expect(await named('<b></b>')).toMatch(/^ann\d+$/);
    expect(await named(null)).toMatch(/^ann\d+$/);
  });

  it('leaves out a picture that is no web address', async () => {
    const name = fresh();
    await letIn(identityOf(name, { avatarUrl: 'javascript:alert(1)' }));
    expect((await personRow(`${name}@home.example`))?.avatar_url).toBeNull();
  });

  it('takes the same address in another case for the same address', async () => {
    const name = fresh('carol');
    await letIn(identityOf(name));
    await expect(
      letIn(identityOf(name, { subject: 'another', email: `${name.toUpperCase()}@HOME.example` })),
    ).rejects.toMatchObject({ code: 'email_conflict' });
  });

  it.each(['', 'x'.repeat(256), 'a\0b', 'a\nb', '\ud800'])(
    'refuses a subject that cannot be kept: %j',
    async (subject) => {
      await expect(letIn(identityOf(fresh(), { subject }))).rejects.toMatchObject({ code: 'idp_token_refused' });
    },
  );

  it.each(['', 'nobody', 'a@', '@home.example', 'a b@home.example', `${'x'.repeat(250)}@home.example`])(
    'refuses what is no address: %j',
    async (email) => {
      await expect(letIn(identityOf(fresh(), { email }))).rejects.toMatchObject({ code: 'idp_token_refused' });
    },
  );

  // Proves: ASVS 39, ASVS 45.
  it.each(['__proto__', 'constructor', 'toString', "'; drop table person; --", '%', '\\'])(
    'takes the subject %j for what it is: text',
    async (subject) => {
      const name = fresh();
      const first = await letIn(identityOf(name, { subject }));
      expect((await letIn(identityOf(name, { subject }))).personId).toBe(first.personId);
    },
  );
});

describe('somebody known', () => {
  it('costs one statement when there is nothing new', async () => {
    const identity = identityOf(fresh());
    const space = await workspace();
    await invite(space, identity.email, 'editor');
    const { personId } = await letIn(identity);
    const counted = counting(db);
    const person = await provision(counted.db, identity, nobody, now());
    expect(counted.statements()).toBe(1);
    expect(person).toMatchObject({ personId, changed: false, workspaces: [{ id: space, role: 'editor' }] });
  });

  it('gets the provider’s new name, unless it chose one or the new one is blank', async () => {
    const identity = identityOf(fresh(), { name: 'Ann' });
    const { personId } = await letIn(identity);
    expect(await letIn({ ...identity, name: 'Ann Married' })).toMatchObject({ name: 'Ann Married', changed: true });
    expect(await letIn({ ...identity, name: ' ' })).toMatchObject({ name: 'Ann Married', changed: false });
    await tables((tx) =>
      tx.updateTable('person').set({ name: 'Annie', name_chosen: true }).where('id', '=', personId).execute(),
    );
    expect(await letIn({ ...identity, name: 'Ann Again' })).toMatchObject({ name: 'Annie', changed: false });
  });

  // Proves: OAuth 11.
  it('is who issuer and subject say, whatever the address says now', async () => {
    const identity = identityOf(fresh());
    const first = await letIn(identity);
    const other = identityOf(fresh());
    await letIn(other);
    const moved = await letIn({ ...identity, email: other.email });
    expect(moved).toMatchObject({ personId: first.personId, email: identity.email });
  });

  // Proves: OAuth 11, ASVS 26.
  it('is another person at another issuer with the same subject', async () => {
    const [one, other] = [identityOf(fresh()), identityOf(fresh())];
    const first = await letIn(one);
    const second = await letIn({ ...other, subject: one.subject, issuer: 'https://elsewhere.example' });
    expect(second.personId).not.toBe(first.personId);
  });

  it('is refused once deactivated, and nothing about them changes', async () => {
    const identity = identityOf(fresh(), { name: 'Ann' });
    const { personId } = await letIn(identity);
    const space = await workspace();
    await invite(space, identity.email, 'viewer');
    await tables((tx) => tx.updateTable('person').set({ deactivated_at: now() }).where('id', '=', personId).execute());
    await expect(letIn({ ...identity, name: 'New' })).rejects.toMatchObject({ code: 'person_inactive', status: 403 });
    expect(await personRow(identity.email)).toMatchObject({ name: 'Ann' });
    expect(await invitations(space)).toBe(1);
  });

  it('is noted as seen, at most once an hour', async () => {
    const identity = identityOf(fresh());
    await letIn(identity);
    const seenAt = async () =>
      (
        await tables((tx) =>
          tx.selectFrom('identity').select('seen_at').where('subject', '=', identity.subject).executeTakeFirstOrThrow(),
        )
      ).seen_at;
    const before = await seenAt();
    world.advance(60_000);
    await letIn(identity);
    expect(await seenAt()).toEqual(before);
    world.advance(3_600_000);
    expect((await letIn(identity)).changed).toBe(false);
    expect(await seenAt()).toEqual(now());
  });
});

describe('an address that somebody has already', () => {
  // Proves: OAuth 11.
  it('links nobody to a person who signs in another way', async () => {
    const identity = identityOf(fresh());
    await letIn(identity);
    const before = [await count('person'), await count('identity')];
    await expect(
      letIn({ ...identity, provider: 'github', issuer: 'https://github.example', subject: '17' }),
    ).rejects.toMatchObject({ code: 'email_conflict', status: 409 });
    expect([await count('person'), await count('identity')]).toEqual(before);
  });

  it('links a person who was entered beforehand, once', async () => {
    const name = fresh();
    const id = await enter(name, { email: `${name.toUpperCase()}@Home.Example` });
    expect((await letIn(identityOf(name))).personId).toBe(id);
    await expect(letIn(identityOf(name, { subject: 'second' }))).rejects.toMatchObject({ code: 'email_conflict' });
    expect(await activityOf(db)).toContainEqual(expect.objectContaining({ action: 'identity_linked', target_id: id }));
  });

  it('links nobody to a person who is deactivated', async () => {
    const name = fresh();
    await enter(name, { deactivated_at: now() });
    await expect(letIn(identityOf(name))).rejects.toMatchObject({ code: 'person_inactive' });
    expect(
      await tables((tx) => tx.selectFrom('identity').select('id').where('subject', '=', `subject-${name}`).execute()),
    ).toEqual([]);
  });
});

describe('at the same moment', () => {
  it('several first sign-ins of one identity end with one person', async () => {
    const identity = identityOf(fresh());
    const people = await Promise.all(Array.from({ length: 8 }, () => letIn(identity)));
    expect(new Set(people.map((each) => each.personId)).size).toBe(1);
    expect(
      await tables((tx) => tx.selectFrom('identity').select('id').where('subject', '=', identity.subject).execute()),
    ).toHaveLength(1);
  });

  it('of two identities with one address exactly one comes in', async () => {
    const name = fresh();
    await enter(name);
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((n) => letIn(identityOf(name, { subject: `${name}-${n}` }))),
    );
    expect(outcomes.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
    for (const each of outcomes)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'email_conflict' });
  });

  it('an invitation makes one membership', async () => {
    const identity = identityOf(fresh());
    await letIn(identity);
    const space = await workspace();
    await invite(space, identity.email, 'admin');
    const people = await Promise.all(Array.from({ length: 6 }, () => letIn(identity)));
    for (const each of people) expect(each.workspaces).toMatchObject([{ id: space, role: 'admin' }]);
    const joins = (await activityOf(db)).filter((row) => row.action === 'member_joined' && row.workspace_id === space);
    expect(joins).toHaveLength(1);
  });
});

describe('administrators', () => {
  it('are those whose verified address is on the list when their identity is linked', async () => {
    const name = fresh('root');
    const settings = { adminEmails: [`${name}@home.example`] };
    const { personId, isAdmin } = await letIn(identityOf(name), settings);
    expect(isAdmin).toBe(true);
    expect(await activityOf(db)).toContainEqual(
      expect.objectContaining({ action: 'user_promoted_admin', target_id: personId, actor_id: null }),
    );
  });

  it('are not made again from somebody who was demoted, nor from somebody who signed in before', async () => {
    const name = fresh('root');
    const settings = { adminEmails: [`${name}@home.example`] };
    await letIn(identityOf(name));
    expect((await letIn(identityOf(name), settings)).isAdmin).toBe(false);
  });
});

/** A database that counts what the work sends, beside beginning and ending transactions. */
function counting(real: Database): { readonly db: Pick<Database, 'control'>; statements(): number } {
  let statements = 0;
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { db: { control: (work) => real.control((tx) => work(tx.withPlugin(plugin))) }, statements: () => statements };
}
