// Which workspaces a person gets into by signing in: by invitation, by domain, and by their organisation.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { recordActivity } from '../../platform/audit/activity.ts';
import type { AccessTables } from '../access.tables.ts';
import { createStanding } from '../standing/standing.ts';
import { activityOf, identityOf } from './login.testing.ts';
import { openProvisionWorld } from './provision.testing.ts';
import { listOwnWorkspaces } from './provision.ts';

const world = await openProvisionWorld();
const { db, now, letIn, tables, fresh, workspace, invite, invitations, organisation, count } = world;
afterAll(() => world.db.close());
beforeEach(async () => {
  world.advance(1000);
  await world.forgetOrganisations();
});

describe('memberships that wait', () => {
  it('begin with the invitation’s role, which is used up, and other processes hear of it', async () => {
    const identity = identityOf(fresh());
    const space = await workspace();
    await invite(space, identity.email.toUpperCase(), 'admin');
    const standing = createStanding({ db, clock: { now } });
    const { personId, workspaces } = await letIn(identity);
    expect(workspaces).toMatchObject([{ id: space, role: 'admin' }]);
    await standing.catchUp();
    expect(await standing.membership(space, personId)).toMatchObject({ role: 'admin' });
    expect(await invitations(space)).toBe(0);
    expect(await activityOf(db)).toContainEqual(
      expect.objectContaining({
        action: 'member_joined',
        workspace_id: space,
        detail: { role: 'admin', through: 'invitation' },
      }),
    );
  });

  it('do not begin once the invitation has expired, nor for another address', async () => {
    const identity = identityOf(fresh());
    const space = await workspace();
    await invite(space, identity.email, 'admin', -1);
    await invite(space, `x${identity.email}`, 'admin');
    expect((await letIn(identity)).workspaces).toEqual([]);
  });

  it('begin by the domain of the address, of which the invitation’s role is the stronger word', async () => {
    const [byDomain, byBoth] = [identityOf(fresh(), {}), identityOf(fresh(), {})];
    const space = await workspace();
    await tables((tx) =>
      tx
        .insertInto('workspace_domain')
        .values({ workspace_id: space, domain: 'home.example', role: 'viewer' })
        .execute(),
    );
    await invite(space, byBoth.email, 'owner');
    expect((await letIn(byDomain)).workspaces).toMatchObject([{ id: space, role: 'viewer' }]);
    expect((await letIn(byBoth)).workspaces).toMatchObject([{ id: space, role: 'owner' }]);
    expect((await letIn(identityOf(fresh(), { email: `${fresh()}@sub.home.example` }))).workspaces).toEqual([]);
    await tables((tx) => tx.deleteFrom('workspace_domain').execute());
  });

  it('are not forced by a domain upon whom somebody removed; an invitation brings them back', async () => {
    const identity = identityOf(fresh());
    const space = await workspace();
    await tables((tx) =>
      tx
        .insertInto('workspace_domain')
        .values({ workspace_id: space, domain: 'home.example', role: 'viewer' })
        .execute(),
    );
    const { personId } = await letIn(identity);
    await db.control(async (tx) => {
      await tx.withTables<AccessTables>().deleteFrom('member').where('workspace_id', '=', space).execute();
      await recordActivity(
        tx,
        { action: 'member_removed', actorId: null, targetType: 'user', targetId: personId, workspaceId: space },
        now(),
      );
    });
    expect((await letIn(identity)).workspaces).toEqual([]);
    await invite(space, identity.email, 'editor');
    expect((await letIn(identity)).workspaces).toMatchObject([{ id: space, role: 'editor' }]);
    await tables((tx) => tx.deleteFrom('workspace_domain').execute());
  });

  it('leave a role alone that the person has already', async () => {
    const identity = identityOf(fresh());
    const space = await workspace();
    const { personId } = await letIn(identity);
    await tables((tx) =>
      tx
        .insertInto('member')
        .values({ workspace_id: space, person_id: personId, role: 'viewer', created_at: now() })
        .execute(),
    );
    await invite(space, identity.email, 'owner');
    expect((await letIn(identity)).workspaces).toMatchObject([{ id: space, role: 'viewer' }]);
    expect(await invitations(space)).toBe(0);
  });

  it('do not begin in a workspace that is suspended', async () => {
    const identity = identityOf(fresh());
    const space = await workspace();
    await invite(space, identity.email, 'viewer');
    await tables((tx) => tx.updateTable('workspace').set({ state: 'suspended' }).where('id', '=', space).execute());
    expect((await letIn(identity)).workspaces).toEqual([]);
  });
});

describe('organisations', () => {
  it('refuse whoever belongs to none, and leave nothing behind', async () => {
    await organisation('acme', 'acme.example');
    const before = [await count('person'), await count('identity')];
    await expect(letIn(identityOf(fresh()))).rejects.toMatchObject({ code: 'organisation_refused', status: 403 });
    expect([await count('person'), await count('identity')]).toEqual(before);
  });

  it('take in whoever has their domain, and the public one everybody else', async () => {
    const acme = await organisation('acme', 'acme.example');
    const open = await organisation('public', null, { is_public: true });
    const one = await letIn(identityOf(fresh(), { email: `${fresh()}@acme.example` }));
    const other = await letIn(identityOf(fresh()));
    expect([one.organisation?.id, other.organisation?.id]).toEqual([acme, open]);
  });

  it('refuse their people at once when they are switched off, those we know too', async () => {
    const acme = await organisation('acme', 'home.example');
    const identity = identityOf(fresh());
    expect((await letIn(identity)).organisation?.id).toBe(acme);
    await tables((tx) => tx.updateTable('organisation').set({ enabled: false }).where('id', '=', acme).execute());
    await expect(letIn(identity)).rejects.toMatchObject({ code: 'organisation_refused' });
  });

  it('decide which workspaces are entered, offered and listed', async () => {
    const acme = await organisation('acme', 'home.example');
    const other = await organisation('other', 'other.example');
    const [ours, theirs, anyones] = [await workspace(), await workspace(), await workspace()];
    const allow = (workspace_id: string, organisation_id: string) =>
      tables((tx) => tx.insertInto('workspace_organisation').values({ workspace_id, organisation_id }).execute());
    await allow(ours, acme);
    await allow(theirs, other);
    const identity = identityOf(fresh());
    for (const space of [ours, theirs, anyones]) await invite(space, identity.email, 'viewer');
    const { personId, workspaces } = await letIn(identity);
    expect(workspaces.map(({ id }) => id)).toEqual([ours, anyones]);
    // A membership from before the list does not open the workspace either.
    await tables((tx) =>
      tx
        .insertInto('member')
        .values({ workspace_id: theirs, person_id: personId, role: 'owner', created_at: now() })
        .execute(),
    );
    expect((await letIn(identity)).workspaces.map(({ id }) => id)).toEqual([ours, anyones]);
    expect((await db.control((tx) => listOwnWorkspaces(tx, personId))).map(({ id }) => id)).toEqual([ours, anyones]);
  });
});
