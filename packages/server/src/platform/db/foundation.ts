// Lays the ground once per database: the two fixed roles, the control schema, the bookkeeping of migrations.
// Everything here may be repeated; roles belong to the whole cluster, so they may exist already.
import { errorCode } from './errors.ts';
import { hardeningStatements } from './hardening.ts';
import type { AdminSession } from './admin-session.ts';
import { grantRoles } from './migrate.ts';
import { CONTROL_ROLE, CONTROL_SCHEMA, OWNER_ROLE } from './names.ts';

/** From PostgreSQL 16 on a member may take a role only when the membership says so; who creates a role is such a member. */
const MAY_TAKE = `case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end`;

const CREATE_SCHEMA = `create schema if not exists ${CONTROL_SCHEMA} authorization ${OWNER_ROLE}`;

const BOOKKEEPING = `
  set local role ${OWNER_ROLE};
  create table if not exists ${CONTROL_SCHEMA}.migration (
    id text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
  );
  create table if not exists ${CONTROL_SCHEMA}.workspace_schema (
    workspace_id uuid primary key,
    applied text[] not null,
    fingerprint text not null,
    changed_at timestamptz not null default now()
  );
  grant usage on schema ${CONTROL_SCHEMA} to ${CONTROL_ROLE};
  alter default privileges for role ${OWNER_ROLE} in schema ${CONTROL_SCHEMA} grant select, insert, update, delete on tables to ${CONTROL_ROLE};
  alter default privileges for role ${OWNER_ROLE} in schema ${CONTROL_SCHEMA} grant usage, select on sequences to ${CONTROL_ROLE};
  alter default privileges for role ${OWNER_ROLE} revoke execute on functions from public;
  reset role;
`;

/** Part of the key of a prepared database: whatever changes it makes old ones unusable. */
export const FOUNDATION_TEXT = [CREATE_SCHEMA, BOOKKEEPING, ...hardeningStatements()].join('\n');

/** Whether nothing of it is missing, so that a start needs no rights to create it. */
export async function foundationIsLaid(session: AdminSession, login: string): Promise<boolean> {
  const [roles] = await session.query(
    'select count(*)::int as known from pg_catalog.pg_roles where rolname = any($1)',
    [[OWNER_ROLE, CONTROL_ROLE]],
  );
  if (roles?.['known'] !== 2) return false;
  const [row] = await session.query(
    `select pg_has_role($1, '${CONTROL_ROLE}', ${MAY_TAKE})
       and case when to_regnamespace('${CONTROL_SCHEMA}') is null then false
                when not has_schema_privilege('${CONTROL_SCHEMA}', 'usage') then false
                when to_regclass('${CONTROL_SCHEMA}.workspace_schema') is null then false
                else has_table_privilege(to_regclass('${CONTROL_SCHEMA}.migration'), 'select') end as laid`,
    [login],
  );
  return row?.['laid'] === true;
}

/**
 * Creates what is missing.
 *
 * @param login the application's login on a server; null on the embedded database, whose only login is its superuser
 */
export async function layFoundation(session: AdminSession, login: string | null): Promise<void> {
  for (const role of [OWNER_ROLE, CONTROL_ROLE]) await ensureRole(session, role);
  await whileOthersChangeRoles(() => becomeAbleToSetOwner(session));
  if (login !== null) await whileOthersChangeRoles(() => grantRoles(session, [CONTROL_ROLE], login));
  await session.atomically(async (tx) => {
    await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', ['sentinel.foundation']);
    await tx.run(CREATE_SCHEMA);
    await tx.run(BOOKKEEPING);
    await letBooksBeKept(tx, login);
  });
}

async function ensureRole(session: AdminSession, role: string): Promise<void> {
  const [known] = await session.query('select 1 from pg_roles where rolname = $1', [role]);
  if (known !== undefined) return;
  try {
    await session.run(`create role ${role} nologin noinherit`);
  } catch (error) {
    if (!ALREADY_THERE.has(errorCode(error) ?? '')) throw error;
  }
}

/** duplicate_object, or unique_violation when two databases of one cluster start at once. */
const ALREADY_THERE: ReadonlySet<string> = new Set(['42710', '23505']);

/** Only a superuser may create things for another role without being its member. */
async function becomeAbleToSetOwner(session: AdminSession): Promise<void> {
  const [row] = await session.query(
    `select rolsuper, rolname, pg_has_role(current_user, $1, ${MAY_TAKE}) as member from pg_roles where rolname = current_user`,
    [OWNER_ROLE],
  );
  if (row?.['rolsuper'] === true || row?.['member'] === true) return;
  await grantRoles(session, [OWNER_ROLE], String(row?.['rolname']));
}

/**
 * The migrating login reads and writes the bookkeeping directly, whichever login it is this time. The application's login
 * may look, so that it can start by itself when there is nothing to do.
 */
async function letBooksBeKept(tx: AdminSession, login: string | null): Promise<void> {
  const [row] = await tx.query('select quote_ident(current_user) as admin, quote_ident($1) as login', [
    login ?? CONTROL_ROLE,
  ]);
  const [readers, writer] = [`${CONTROL_ROLE}, ${String(row?.['login'])}`, String(row?.['admin'])];
  const books = `${CONTROL_SCHEMA}.migration, ${CONTROL_SCHEMA}.workspace_schema`;
  await tx.run(`
    set local role ${OWNER_ROLE};
    revoke all on ${books} from ${CONTROL_ROLE};
    grant usage on schema ${CONTROL_SCHEMA} to ${readers}, ${writer};
    grant select on ${books} to ${readers};
    grant select, insert, update on ${books} to ${writer};
    reset role;
  `);
}

const ATTEMPTS = 5;

/** Two databases of one cluster may touch the same role at once; PostgreSQL then fails one of them with an internal error. */
async function whileOthersChangeRoles(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const code = errorCode(error) ?? '';
      if (attempt === ATTEMPTS || !(code === 'XX000' || ALREADY_THERE.has(code))) throw error;
    }
  }
}
