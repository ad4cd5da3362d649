// The tables of the audit log. Both only grow: their roles may insert and select, and triggers that fire in every mode
// (ENABLE ALWAYS, so also with session_replication_role = replica) refuse the rest, to the owner and a superuser too.
import type { ControlMigration, WorkspaceMigration } from '../db/database.ts';
import { CONTROL_ROLE } from '../db/names.ts';

const SHA256 = "'^[0-9a-f]{64}$'";

/** SQL that makes a table append-only. Its trigger function needs no rights of the role that fires it. */
function appendOnly(table: 'audit_log' | 'audit_checkpoint' | 'activity'): string {
  return `
    create function ${table}_refuse() returns trigger language plpgsql set search_path = pg_catalog as $refuse$
    begin
      raise exception '${table} is append-only: % is refused', lower(tg_op) using errcode = 'object_not_in_prerequisite_state';
    end
    $refuse$;
    revoke all on function ${table}_refuse() from public;
    create trigger ${table}_keep_rows before update or delete on ${table} for each row execute function ${table}_refuse();
    create trigger ${table}_keep_all before truncate on ${table} for each statement execute function ${table}_refuse();
    alter table ${table} enable always trigger ${table}_keep_rows;
    alter table ${table} enable always trigger ${table}_keep_all;
  `;
}

export const auditWorkspaceMigrations: readonly WorkspaceMigration[] = [
  {
    id: '0002-audit-log',
    sql: ({ role }) => `
      create table audit_log (
        seq bigint primary key check (seq > 0),
        id uuid not null unique,
        at timestamptz not null,
        actor_kind text not null check (actor_kind in ('person', 'operator', 'system')),
        actor_id uuid,
        actor_name text,
        event text not null,
        target text,
        result text not null check (result in ('ok', 'denied', 'failed')),
        request_id text,
        detail text not null check (length(detail) <= 4096),
        prev_hash text not null unique check (prev_hash ~ ${SHA256}),
        hash text not null unique check (hash ~ ${SHA256})
      );
      comment on column audit_log.detail is 'canonical JSON text (RFC 8785), hashed as it stands';
      create index audit_log_event on audit_log (event, seq);
      create index audit_log_actor on audit_log (actor_id, seq) where actor_id is not null;
      create index audit_log_at on audit_log (at);
      revoke all on audit_log from public;
      grant select, insert on audit_log to ${role};
      ${appendOnly('audit_log')}
    `,
  },
];

export const auditControlMigrations: readonly ControlMigration[] = [
  {
    id: '0002-audit-checkpoint',
    sql: `
      create table audit_checkpoint (
        workspace_id uuid not null,
        seq bigint not null check (seq > 0),
        head text not null check (head ~ ${SHA256}),
        count bigint not null,
        at timestamptz not null,
        prev text not null check (prev ~ ${SHA256}),
        key_id text not null,
        signature text not null,
        primary key (workspace_id, seq),
        unique (workspace_id, prev)
      );
      revoke all on audit_checkpoint from public, ${CONTROL_ROLE};
      grant select, insert on audit_checkpoint to ${CONTROL_ROLE};
      ${appendOnly('audit_checkpoint')}
    `,
  },
  {
    id: '0003-activity',
    sql: `
      create table activity (
        id uuid primary key,
        action text not null,
        actor_id uuid,
        target_type text not null,
        target_id text not null,
        workspace_id uuid,
        detail jsonb not null,
        created_at timestamptz not null
      );
      create index activity_by_time on activity (created_at, id);
      create index activity_by_action on activity (action, created_at, id);
      create index activity_by_actor on activity (actor_id, created_at, id);
      create index activity_by_workspace on activity (workspace_id, created_at, id);
      revoke all on activity from public, ${CONTROL_ROLE};
      grant select, insert on activity to ${CONTROL_ROLE};
      ${appendOnly('activity')}
    `,
  },
  {
    id: '0004-audit-public-key',
    sql: `
      create table audit_public_key (
        key_id text primary key check (key_id ~ '^[0-9a-f]{16}$'),
        sealed text not null
      );
      comment on table audit_public_key is 'sealed, so that nobody who writes here can add a key of theirs';
    `,
  },
];
