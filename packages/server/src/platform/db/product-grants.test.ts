// What the product's real tables let a workspace's two roles do, read from the catalogue: a new grant must be entered here.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MIGRATIONS } from '../../main.ts';
import { newId, type WorkspaceId } from '../ids.ts';
import { workspaceNames } from './names.ts';
import { openTestDatabase, type TestDatabase } from './testing.ts';

const id = newId<WorkspaceId>();
const names = workspaceNames(id);
let db: TestDatabase;
beforeAll(async () => {
  db = await openTestDatabase(MIGRATIONS);
  await db.provision(id);
});
afterAll(() => db.close());

/** Rights of the member's role, then those the ingest role has on top. `update (a)` holds for that column only. */
const EXPECTED: Readonly<Record<string, readonly [member: string, ingest: string]>> = {
  audit_log: ['insert, select', ''],
  book: ['select, update', ''],
  connection: ['delete, insert, select, update', ''],
  connection_spent_state: ['delete, insert, select', ''],
  contact: ['delete, insert, select, update', ''],
  contact_address: ['delete, insert, select, update', ''],
  event_outbox: ['delete, insert, select, update (attempts, claimed_until, dispatched_at)', ''],
  gate_import: ['select', 'insert, update'],
  gate_outcome: ['select', 'insert'],
  gate_outcome_hour: ['select', 'insert, update'],
  gate_policy: ['insert, select', ''],
  message: ['select', 'delete, insert'],
  message_contact: ['select', 'insert'],
};

const Given = z.object({ role: z.string(), what: z.string() });

const RIGHTS = `
  with place as (select c.oid, c.relname, c.relowner, c.relacl from pg_class c
                  where c.relnamespace = '${names.schema}'::regnamespace and c.relkind not in ('i', 'I', 'c', 't')),
       given as (
         select relname, grantee, lower(privilege_type) as what, is_grantable from place, aclexplode(relacl)
         union all
         select relname, x.grantee, lower(x.privilege_type) || ' (' || string_agg(attname, ', ' order by attname) || ')', bool_or(x.is_grantable)
           from place join pg_attribute on attrelid = place.oid and attacl is not null, aclexplode(attacl) x
          group by relname, x.grantee, x.privilege_type)
  select p.relname as name, coalesce(r.rolname, 'public') as role, g.what, g.is_grantable as passes_on,
         p.relowner = 'sentinel_owner'::regrole as owned
    from place p left join given g on g.relname = p.relname and g.grantee <> p.relowner
    left join pg_roles r on r.oid = g.grantee
   order by p.relname, g.what`;

describe('the rights of a workspace’s roles on the product’s tables', () => {
  it('are exactly these', async () => {
    const { rows } = await db.engine.run(RIGHTS);
    const found: Record<string, [string, string]> = {};
    for (const row of rows) {
      expect(row).toMatchObject({ owned: true });
      const entry = (found[String(row['name'])] ??= ['', '']);
      if (row['what'] === null) continue;
      expect(row).toMatchObject({ passes_on: false });
      const { role, what } = Given.parse(row);
      const side = [names.role, names.ingestRole].indexOf(role);
      expect(side, `${role} has a right on ${String(row['name'])}`).not.toBe(-1);
      if (side === 0 || side === 1) entry[side] = entry[side] === '' ? what : `${entry[side]}, ${what}`;
    }
    expect(found).toEqual(EXPECTED);
  });

  it('are the only ones, as the ingest role is a member of the member’s and nothing else', async () => {
    const { rows } = await db.engine.run(`
      select m.rolname as member, r.rolname as of from pg_auth_members a
        join pg_roles m on m.oid = a.member join pg_roles r on r.oid = a.roleid
       where m.rolname in ('${names.role}', '${names.ingestRole}')`);
    expect(rows).toEqual([{ member: names.ingestRole, of: names.role }]);
    const powers = await db.engine.run(`
      select rolname from pg_roles where rolname in ('${names.role}', '${names.ingestRole}')
         and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication or rolcanlogin)`);
    expect(powers.rows).toEqual([]);
  });

  it('hold no right to run a function, and none to make anything in the schema', async () => {
    const functions = await db.engine.run(`
      select proname from pg_proc where pronamespace = '${names.schema}'::regnamespace
         and (has_function_privilege('${names.ingestRole}', oid, 'execute') or prosecdef)`);
    expect(functions.rows).toEqual([]);
    const { rows } = await db.engine.run(
      `select has_schema_privilege('${names.ingestRole}', '${names.schema}', 'create') as makes`,
    );
    expect(rows).toEqual([{ makes: false }]);
  });
});

/** Only what a connection brought that is gone; that nothing else is deleted is proven with the connections. */
const MAY_BE_PURGED = 'message ingest';

describe('a table that only grows', () => {
  for (const table of ['gate_outcome', 'message', 'message_contact', 'audit_log', 'gate_policy']) {
    for (const as of ['member', 'ingest'] as const) {
      // Proves: ASVS 56.
      it(`is neither changed nor emptied: ${table}, as ${as}`, async () => {
        const run = (text: string) => db.workspace(id, (tx) => sql.raw(text).execute(tx), as);
        const role = as === 'member' ? names.role : names.ingestRole;
        const { rows } = await db.engine.run(
          `select attname, has_table_privilege('${role}', c.oid, 'truncate, trigger, references') as may_more
             from pg_attribute join pg_class c on c.oid = attrelid
            where c.relname = '${table}' and c.relnamespace = '${names.schema}'::regnamespace and attnum > 0`,
        );
        expect(rows.length).toBeGreaterThan(3);
        for (const { attname, may_more } of rows) {
          expect(may_more).toBe(false);
          await expect(run(`update ${table} set ${String(attname)} = null`)).rejects.toThrow(/permission denied/);
        }
        if (`${table} ${as}` !== MAY_BE_PURGED)
          await expect(run(`delete from ${table}`)).rejects.toThrow(/permission denied/);
        await expect(run(`truncate ${table}`)).rejects.toThrow(/permission denied/);
      });
    }
  }

  for (const table of ['message', 'message_contact', 'gate_outcome']) {
    it(`is not written by a member: ${table}`, async () => {
      const insert = () => db.workspace(id, (tx) => sql.raw(`insert into ${table} default values`).execute(tx));
      await expect(insert()).rejects.toThrow(/permission denied/);
      const asIngest = db.workspace(id, (tx) => sql.raw(`insert into ${table} default values`).execute(tx), 'ingest');
      // It may; the row is bad.
      await expect(asIngest).rejects.toMatchObject({ code: '23502' });
    });
  }
});
