// The control tables of the vault: which master keys this installation has known, which processes hold them, and how far
// a rotation has come. Only names of keys stand here; a key itself is never in the database.
import type { ControlMigration } from '../db/database.ts';

const KEY_ID = "'^[0-9a-f]{16}$'";

export const vaultMigrations: readonly ControlMigration[] = [
  {
    id: '0005-vault-keys',
    sql: `
      create table vault_key (
        key_id text primary key check (key_id ~ ${KEY_ID}),
        added_at timestamptz not null,
        sealing_since timestamptz,
        stopped_at timestamptz,
        retired_at timestamptz
      );
      comment on column vault_key.sealing_since is 'null: never sealed here';
      comment on column vault_key.stopped_at is 'another key seals since; null with sealing_since: this one does';
      create unique index vault_key_sealing on vault_key ((true)) where sealing_since is not null and stopped_at is null;
      create table vault_holder (
        id uuid primary key,
        name text not null,
        key_ids text[] not null,
        sealing_key text not null,
        seen_at timestamptz not null
      );
      create table vault_rotation (
        id uuid primary key,
        key_id text not null references vault_key (key_id),
        state text not null check (state in ('announced', 'sealing', 'done', 'abandoned')),
        pass int not null default 1,
        settled_pass int,
        started_by uuid,
        started_at timestamptz not null,
        finished_at timestamptz,
        leased_by uuid,
        leased_until timestamptz
      );
      create unique index vault_rotation_open on vault_rotation ((true)) where finished_at is null;
      create index vault_rotation_by_time on vault_rotation (started_at);
      create table vault_reseal (
        rotation_id uuid not null references vault_rotation (id) on delete cascade,
        place text not null,
        pass int not null,
        scope text not null default '',
        after text,
        resealed bigint not null default 0,
        moved bigint not null default 0,
        unreadable bigint not null default 0,
        done boolean not null default false,
        primary key (rotation_id, place)
      );
      comment on column vault_reseal.scope is 'the workspace that was looked at last; empty on the control plane';
    `,
  },
];
