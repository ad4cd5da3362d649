// Takes from PUBLIC what would let one statement, written under a workspace's role, act as somebody else or outlive its transaction.
// The heart of it is set_config: it alone can change the role from inside a query. It needs a superuser once per database;
// where we are none, the opening is refused with the statements to run.
import { DatabaseUnusable } from './errors.ts';
import type { AdminSession } from './admin-session.ts';
import { OWNER_ROLE } from './names.ts';

/** Built-in functions nobody but the application's login (or nobody at all) may call. */
const CLOSED_FUNCTIONS: readonly string[] = [
  // Changes the role, the search path or any other setting from inside a query.
  'set_config',
  // Run a text as a further query, after whatever stands before them in the statement.
  'query_to_xml',
  'query_to_xmlschema',
  'query_to_xml_and_xmlschema',
  'cursor_to_xml',
  'cursor_to_xmlschema',
  'table_to_xml',
  'table_to_xmlschema',
  'table_to_xml_and_xmlschema',
  'schema_to_xml',
  'schema_to_xmlschema',
  'schema_to_xml_and_xmlschema',
  'database_to_xml',
  'database_to_xmlschema',
  'database_to_xml_and_xmlschema',
  'ts_stat',
  'ts_rewrite',
  // Large objects lie outside every schema.
  'lo_creat',
  'lo_create',
  'lo_from_bytea',
  'lo_get',
  'lo_put',
  'lo_open',
  'loread',
  'lowrite',
  'lo_unlink',
  'lo_lseek',
  'lo_lseek64',
  'lo_tell',
  'lo_tell64',
  'lo_truncate',
  'lo_truncate64',
  'lo_close',
  'lo_import',
  'lo_export',
  // Locks of the session outlive the transaction and would stay on a pooled connection.
  'pg_advisory_lock',
  'pg_advisory_lock_shared',
  'pg_try_advisory_lock',
  'pg_try_advisory_lock_shared',
  // Wakes listeners of the job queue; sleeping holds a connection.
  'pg_notify',
  'pg_sleep',
  'pg_sleep_for',
  'pg_sleep_until',
];

const LOGIN_FUNCTIONS: readonly string[] = ['set_config', 'pg_notify'];

interface Opening {
  /** A boolean expression: is it open to PUBLIC? */
  readonly open: string;
  readonly close: string;
}

const DATABASE_NAME = 'quote_ident(current_database())';

const OPENINGS: readonly Opening[] = [
  {
    open: `has_table_privilege('public', 'pg_catalog.pg_settings', 'update')`,
    close: `'revoke update on pg_catalog.pg_settings from public'`,
  },
  {
    open: `has_language_privilege('public', 'plpgsql', 'usage')`,
    close: `'revoke usage on language plpgsql from public'`,
  },
  { open: `has_language_privilege('public', 'sql', 'usage')`, close: `'revoke usage on language sql from public'` },
  {
    open: `has_database_privilege('public', current_database(), 'create')`,
    close: `'revoke create on database ' || ${DATABASE_NAME} || ' from public'`,
  },
  {
    open: `has_database_privilege('public', current_database(), 'temporary')`,
    close: `'revoke temporary on database ' || ${DATABASE_NAME} || ' from public'`,
  },
  {
    open: `to_regnamespace('public') is not null and has_schema_privilege('public', 'public', 'create')`,
    close: `'revoke create on schema public from public'`,
  },
  {
    open: `to_regnamespace('public') is not null and has_schema_privilege('public', 'public', 'usage')`,
    close: `'revoke usage on schema public from public'`,
  },
];

/** Each row is one statement that is still to be run. Function signatures come from the catalogue, as they differ between versions. */
const STILL_OPEN = [
  ...OPENINGS.map((opening) => `select ${opening.close} as statement where ${opening.open}`),
  `select 'revoke execute on function pg_catalog.' || proname || '(' || pg_get_function_identity_arguments(oid) || ') from public'
     from pg_catalog.pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and proname = any('{${CLOSED_FUNCTIONS.join(',')}}'::text[])
      and has_function_privilege('public', oid, 'execute')`,
].join('\nunion all\n');

/** What the owner needs: it writes triggers. Calling them later needs no right on the language. */
const OWNER_LACKS = `
  select 'grant usage on language ' || lanname || ' to ${OWNER_ROLE}' as statement
    from pg_catalog.pg_language
   where lanname in ('plpgsql', 'sql') and not ${isGranted('lanacl', '$1')}`;

/** A migrating login that is no superuser writes the functions of the job queue. */
const ADMIN_LACKS = `
  select 'grant usage on language ' || lanname || ' to ' || quote_ident(current_user) as statement
    from pg_catalog.pg_language
   where lanname in ('plpgsql', 'sql') and not ${isGranted('lanacl', 'current_user')}
     and not (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
     and has_database_privilege(current_database(), 'create')`;

/** What the login needs. A right that comes through PUBLIC does not count: PUBLIC is about to lose it. */
const LOGIN_LACKS = `
  select 'grant execute on function pg_catalog.' || proname || '(' || pg_get_function_identity_arguments(oid) || ') to ' || quote_ident($1) as statement
    from pg_catalog.pg_proc
   where pronamespace = 'pg_catalog'::regnamespace and proname = any('{${LOGIN_FUNCTIONS.join(',')}}'::text[]) and not ${isGranted('proacl', '$1')}`;

/** Whether an access list names a role itself. */
function isGranted(acl: string, role: string): string {
  return `exists (select 1 from aclexplode(${acl}) item join pg_catalog.pg_roles r on r.oid = item.grantee where r.rolname = ${role})`;
}

/** What these rules are, as text. */
export function hardeningStatements(): readonly string[] {
  return [STILL_OPEN, OWNER_LACKS, ADMIN_LACKS, LOGIN_LACKS];
}

/**
 * Closes what is open and makes sure of it.
 *
 * @param login the application's login; null on the embedded database
 * @throws DatabaseUnusable `not_prepared` with the statements a superuser must run once
 */
export async function harden(session: AdminSession, login: string | null): Promise<void> {
  for (const statement of await openStatements(session, login)) {
    try {
      await session.run(statement);
    } catch {
      // Not ours to run: the check below lists it.
    }
  }
  const remaining = await openStatements(session, login);
  if (remaining.length === 0) return;
  throw new DatabaseUnusable(
    'not_prepared',
    `The database does not isolate workspaces yet, and the migrating login may not change that. Let a superuser run this once in the database: ${remaining.join('; ')};`,
  );
}

/** Grants come before revokes, so that a running application is never without what it needs. */
async function openStatements(session: AdminSession, login: string | null): Promise<readonly string[]> {
  const rows = [
    ...(await session.query(OWNER_LACKS, [OWNER_ROLE])),
    ...(login === null ? [] : await session.query(ADMIN_LACKS)),
    ...(login === null ? [] : await session.query(LOGIN_LACKS, [login])),
    ...(await session.query(STILL_OPEN)),
  ];
  return rows.map((row) => String(row['statement']));
}
