// For the tenancy test: statements that a query of one workspace could be made to carry against another workspace,
// the control plane or the server. Test data only.

export interface Attack {
  readonly name: string;
  /** One statement. `b` is the other workspace's schema, which is also its role's name. */
  sql(b: string): string;
  /** `statement` begins with a word that a unit of work refuses by itself; `query` gets as far as the database. */
  readonly form: 'query' | 'statement';
  /** Where it cannot do harm it may succeed, as long as it brings nothing of the others. */
  readonly mayAnswer?: true;
}

const query = (name: string, sql: (b: string) => string): Attack => ({ name, sql, form: 'query' });
const harmless = (name: string, sql: (b: string) => string): Attack => ({ name, sql, form: 'query', mayAnswer: true });
const statement = (name: string, sql: (b: string) => string): Attack => ({ name, sql, form: 'statement' });

export const ATTACKS: readonly Attack[] = [
  query('reads the neighbour’s table', (b) => `select * from ${b}.contact`),
  query('reads it in a subquery', (b) => `select (select string_agg(email, ',') from ${b}.contact) as all_of_them`),
  query('joins it to its own', (b) => `select theirs.* from contact mine cross join ${b}.contact theirs`),
  query('copies it into its own', (b) => `insert into contact select * from ${b}.contact`),
  query('writes into it', (b) => `insert into ${b}.contact values (gen_random_uuid(), 'planted@example.com')`),
  query('changes it', (b) => `update ${b}.contact set email = 'changed@example.com'`),
  query('deletes from it', (b) => `delete from ${b}.contact`),
  query('changes it in a CTE', (b) => `with gone as (delete from ${b}.contact returning *) select * from gone`),
  query('merges into it', (b) => `merge into ${b}.contact t using contact s on true when matched then delete`),
  query('takes a number of its sequence', (b) => `select nextval('${b}.counter')`),
  query('asks for the size of its table', (b) => `select pg_total_relation_size('${b}.contact')`),

  query('takes the neighbour’s role', (b) => `select set_config('role', '${b}', true)`),
  query('takes it for the session', (b) => `select set_config('role', '${b}', false)`),
  query(
    'takes it in a CTE and reads',
    (b) =>
      `with r as materialized (select set_config('role', '${b}', true) as done) select r.done, c.* from r, contact c`,
  ),
  query('takes the owner’s role', () => `select set_config('role', 'sentinel_owner', true)`),
  query('takes the control plane’s role', () => `select set_config('role', 'sentinel_control', true)`),
  query('goes back to the login', () => `select set_config('role', 'none', true)`),
  query('takes its own ingest role', () => `select set_config('role', current_user || '_ingest', true)`),
  query('becomes the superuser', () => `select set_config('session_authorization', 'postgres', true)`),
  query('points the search path at the neighbour', (b) => `select set_config('search_path', '${b}', true)`),
  query('turns triggers off', () => `select set_config('session_replication_role', 'replica', true)`),
  query(
    'changes the role by updating pg_settings',
    (b) => `update pg_settings set setting = '${b}' where name = 'role'`,
  ),
  query(
    'changes the search path by updating pg_settings',
    (b) => `update pg_catalog.pg_settings set setting = '${b}' where name = 'search_path'`,
  ),

  query('runs a text as a query', (b) => `select query_to_xml('select * from ${b}.contact', true, false, '')`),
  query(
    'takes a role, then runs a text',
    (b) =>
      `with r as materialized (select set_config('role', '${b}', true) as x) select query_to_xml('select * from ${b}.contact', true, false, x) from r`,
  ),
  query('turns a table into XML', (b) => `select table_to_xml('${b}.contact', true, false, '')`),
  query('turns a schema into XML', (b) => `select schema_to_xml('${b}', true, false, '')`),
  query('turns the database into XML', () => `select database_to_xml(true, false, '')`),
  query(
    'runs a text through text search',
    (b) => `select * from ts_stat('select to_tsvector(email) from ${b}.contact')`,
  ),
  query(
    'runs a text through query rewriting',
    (b) => `select ts_rewrite('a'::tsquery, 'select email::tsquery, email::tsquery from ${b}.contact')`,
  ),

  query('reads the workspaces', () => `select * from sentinel.workspace`),
  query(
    'adds a workspace',
    () => `insert into sentinel.workspace (id, slug, name) values (gen_random_uuid(), 'planted', 'planted')`,
  ),
  query('suspends a workspace', () => `update sentinel.workspace set state = 'suspended'`),
  query('reads the bookkeeping of migrations', () => `select * from sentinel.workspace_schema`),
  query('reads the job queue', () => `select * from pgboss.job`),
  query('puts a job into the queue', () => `insert into pgboss.job (name, data) values ('events.dispatch', '{}')`),

  query('reads a file of the server', () => `select pg_read_file('postgresql.conf')`),
  query('lists files of the server', () => `select pg_ls_dir('.')`),
  query('reads a file as bytes', () => `select pg_read_binary_file('/etc/passwd')`),
  query('makes a large object', () => `select lo_from_bytea(0, 'kept outside'::bytea)`),
  query('makes an empty large object', () => `select lo_create(0)`),
  query('loads a file as a large object', () => `select lo_import('/etc/passwd')`),
  query('reads large objects', () => `select * from pg_catalog.pg_largeobject`),
  query(
    'connects to another server',
    (b) => `select * from dblink('dbname=postgres', 'select * from ${b}.contact') as t(id uuid)`,
  ),
  query('reads passwords', () => `select rolpassword from pg_catalog.pg_authid`),
  query('reads raw statistics', () => `select * from pg_catalog.pg_statistic`),
  query('reloads the configuration', () => `select pg_reload_conf()`),
  query('keeps a lock after the transaction', () => `select pg_advisory_lock(1)`),
  query('wakes listeners', () => `select pg_notify('pgboss', 'x')`),
  query('holds the connection', () => `select pg_sleep(5)`),
  query('makes a table out of a query', (b) => `select 1 as x into stolen from contact where '${b}' <> ''`),
  query('makes a temporary table out of a query', () => `select 1 as x into temporary contact_shadow`),

  harmless(
    'reads values from statistics',
    (b) => `select most_common_vals, histogram_bounds from pg_stats where schemaname = '${b}'`,
  ),
  harmless('reads what others run', () => `select query from pg_stat_activity`),
  harmless(
    'ends other sessions',
    () =>
      `select pg_terminate_backend(pid) from pg_stat_activity where usename is not null and pid <> pg_backend_pid()`,
  ),
  harmless('reads prepared statements', () => `select * from pg_prepared_statements`),
  harmless(
    'reads the columns it may see',
    (b) => `select * from information_schema.columns where table_schema in ('${b}', 'sentinel', 'pgboss')`,
  ),
  harmless('reads the hosts that may log in', () => `select count(*) from pg_roles where rolpassword <> '********'`),

  statement('sets the role', (b) => `set local role ${b}`),
  statement('resets the role', () => 'reset role'),
  statement('sets the session’s login', () => 'set session authorization postgres'),
  statement('discards everything', () => 'discard all'),
  statement('hides behind a comment', (b) => `/* select */ set local role ${b}`),
  statement('hides behind an empty statement', (b) => `; set local role ${b}`),
  statement('ends the transaction', () => 'commit'),
  statement('ends the transaction otherwise', () => 'rollback'),
  statement('runs a block', (b) => `do $$ begin set local role ${b}; end $$`),
  statement('grants itself the role', (b) => `grant ${b} to current_user`),
  statement('makes itself superuser', () => 'alter role current_user superuser'),
  statement('drops the neighbour', (b) => `drop schema ${b} cascade`),
  statement('empties the neighbour', (b) => `truncate ${b}.contact`),
  statement('locks the neighbour', (b) => `lock table ${b}.contact`),
  statement('opens the neighbour’s table', (b) => `alter table ${b}.contact disable row level security`),
  statement('makes a table', () => 'create table planted (x int)'),
  statement('makes a temporary table that shadows one', () => 'create temporary table contact (email text)'),
  statement('makes a function', () => `create function planted() returns int language sql as 'select 1'`),
  statement('makes a schema', () => 'create schema planted'),
  statement('makes an extension', () => 'create extension dblink'),
  statement('writes a file', (b) => `copy contact to '/tmp/${b}'`),
  statement('runs a program', () => `copy contact to program 'id'`),
  statement('listens', () => 'listen pgboss'),
];

/** These change who we are by SQL's own words. Only the guard of the units of work stands before them, the database cannot. */
export const HELD_BY_THE_GUARD: ReadonlySet<string> = new Set([
  'sets the role',
  'resets the role',
  'hides behind a comment',
  'hides behind an empty statement',
  'discards everything',
  'runs a block',
  'ends the transaction',
  'ends the transaction otherwise',
  'sets the session’s login',
  'listens',
]);
