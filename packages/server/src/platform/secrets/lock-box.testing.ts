// Test support: a table of secrets on each plane, with the place that says where they stand.
import { sql } from 'kysely';
import { auditControlMigrations, auditWorkspaceMigrations } from '../audit/audit.migrations.ts';
import { controlMigrations } from '../db/control.migrations.ts';
import type { Database, Migrations } from '../db/database.ts';
import { newId, type WorkspaceId } from '../ids.ts';
import { open, seal, type SealContext } from './envelope.ts';
import { type ControlPlace, sealedPrefix, type WorkspacePlace } from './sealed-place.ts';
import { vaultMigrations } from './vault.migrations.ts';
import type { Vault } from './vault.ts';

export const MIGRATIONS: Migrations = {
  control: [
    ...controlMigrations,
    ...auditControlMigrations,
    ...vaultMigrations,
    { id: '9000-lock-box', sql: 'create table lock_box (name text primary key, sealed text not null)' },
  ],
  workspace: [
    ...auditWorkspaceMigrations,
    {
      id: '9000-lock-box',
      sql: ({ role }) => `
        create table lock_box (name text collate "C" primary key, workspace_id uuid not null, sealed text not null);
        grant select, insert, update, delete on lock_box to ${role};
      `,
    },
  ],
};

export function boxContext(workspaceId: WorkspaceId | null, name: string): SealContext {
  return { workspaceId, holder: `box:${name}`, field: 'content' };
}

type Boxes = { lock_box: { name: string; workspace_id: string; sealed: string } };

export const workspaceBoxes: WorkspacePlace = {
  name: 'boxes of workspaces',
  plane: 'workspace',
  async list(tx, { currentKeyId, after, limit }) {
    const rows = await tx
      .withTables<Boxes>()
      .selectFrom('lock_box')
      .selectAll()
      .where(sql<boolean>`not starts_with(sealed, ${sealedPrefix(currentKeyId)}::text)`)
      .where('name', '>', after ?? '')
      .orderBy('name')
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      key: row.name,
      context: boxContext(row.workspace_id as WorkspaceId, row.name),
      value: row.sealed,
    }));
  },
  async replace(tx, key, previous, next) {
    const { rows } = await sql`
      update lock_box set sealed = ${next} where name = ${key} and sealed = ${previous} returning name
    `.execute(tx);
    return rows.length > 0;
  },
};

export const controlBoxes: ControlPlace = {
  name: 'boxes of the installation',
  plane: 'control',
  async list(tx, { currentKeyId, after, limit }) {
    const { rows } = await sql<{ name: string; sealed: string }>`
      select name, sealed from lock_box
      where not starts_with(sealed, ${sealedPrefix(currentKeyId)}) and name > ${after ?? ''}
      order by name limit ${limit}
    `.execute(tx);
    return rows.map((row) => ({ key: row.name, context: boxContext(null, row.name), value: row.sealed }));
  },
  async replace(tx, key, previous, next) {
    const { rows } = await sql`
      update lock_box set sealed = ${next} where name = ${key} and sealed = ${previous} returning name
    `.execute(tx);
    return rows.length > 0;
  },
};

export async function addWorkspace(db: Database, state: 'active' | 'suspended' = 'active'): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>();
  await db.provision(id);
  await db.control((tx) =>
    tx
      .insertInto('workspace')
      .values({ id, slug: `w-${id}`, name: 'Example', state })
      .execute(),
  );
  return id;
}

/** Writes a secret, or writes over it. The installation's own when `workspaceId` is null. */
export async function put(
  db: Database,
  vault: Vault,
  { workspaceId, name }: { readonly workspaceId: WorkspaceId | null; readonly name: string },
  text: string,
): Promise<void> {
  const sealed = seal(vault, boxContext(workspaceId, name), text);
  if (workspaceId === null) {
    await db.control((tx) =>
      sql`insert into lock_box values (${name}, ${sealed})
        on conflict (name) do update set sealed = excluded.sealed`.execute(tx),
    );
    return;
  }
  await db.workspace(workspaceId, (tx) =>
    sql`insert into lock_box values (${name}, ${workspaceId}, ${sealed})
      on conflict (name) do update set sealed = excluded.sealed`.execute(tx),
  );
}

/** Every stored value of a plane, as it stands. */
export async function stored(
  db: Database,
  workspaceId: WorkspaceId | null,
): Promise<readonly { readonly name: string; readonly sealed: string }[]> {
  const query = sql<{ name: string; sealed: string }>`select name, sealed from lock_box order by name`;
  const { rows } = await (workspaceId === null
    ? db.control((tx) => query.execute(tx))
    : db.workspace(workspaceId, (tx) => query.execute(tx)));
  return rows;
}

/** What opens of a plane, by name; what does not is null. */
export async function readAll(
  db: Database,
  vault: Vault,
  workspaceId: WorkspaceId | null,
): Promise<Readonly<Record<string, string | null>>> {
  const rows = await stored(db, workspaceId);
  return Object.fromEntries(
    rows.map(({ name, sealed }) => {
      const opened = open(vault, boxContext(workspaceId, name), sealed);
      return [name, opened.kind === 'opened' ? opened.plaintext : null];
    }),
  );
}
