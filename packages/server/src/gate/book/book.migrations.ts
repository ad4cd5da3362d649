// Tables of the contact book in a workspace's schema. An address belongs to one contact: its primary key is the
// unique index that the gate looks up, so there is one answer to "who is this?".
import type { WorkspaceMigration } from '../../platform/db/database.ts';

export const bookMigrations: readonly WorkspaceMigration[] = [
  {
    id: '0010-book',
    sql: ({ role }) => `
      create table contact (
        id uuid primary key,
        source text not null,
        external_id text not null,
        name text,
        company text,
        owner text,
        excluded boolean not null default false,
        added_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        -- Which connection brought it; null when a file did.
        connection_id uuid,
        -- What lists are sorted by; contacts without a name stand under their address.
        sort_key text collate "C" not null generated always as (lower(coalesce(name, external_id))) stored,
        unique (source, external_id)
      );
      create index contact_by_sort_key on contact (sort_key, id);
      create index contact_by_connection on contact (connection_id) where connection_id is not null;
      create table contact_address (
        -- Byte order: a language's order takes longer to compare, and nobody reads the index.
        address text collate "C",
        -- The address without plus tag and Gmail dots, for policies that compare so; see foldFully.
        folded text collate "C" not null,
        contact_id uuid not null references contact on delete cascade,
        -- The look-up finds the contact without reading the table.
        primary key (address) include (contact_id)
      );
      create index contact_address_by_folded on contact_address (folded) include (address, contact_id);
      create index contact_address_by_contact on contact_address (contact_id);
      -- One row. Its lock makes writers of the book follow one another; readers never wait for it.
      create table book (
        singleton boolean primary key default true check (singleton),
        revision bigint not null default 0,
        changed_at timestamptz
      );
      insert into book default values;
      grant select, insert, update, delete on contact, contact_address to ${role};
      grant select, update on book to ${role};
    `,
  },
];
