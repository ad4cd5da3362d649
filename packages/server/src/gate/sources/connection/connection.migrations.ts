// Tables of connections in a workspace's schema. Tokens stand there sealed, each bound to its row and column; the lease
// and the credential version keep two processes from refreshing one connection at once. The database itself lets messages
// be deleted only when the connection that brought them is gone.
import type { WorkspaceMigration } from '../../../platform/db/database.ts';

export const connectionMigrations: readonly WorkspaceMigration[] = [
  {
    id: '0030-connection',
    sql: ({ role, ingestRole }) => `
      create table connection (
        id uuid primary key,
        provider text not null,
        account_id text not null,
        account_name text,
        state text not null check (state in ('connected', 'paused', 'needs_attention')),
        reason text,
        trouble text,
        trouble_since timestamptz,
        scopes jsonb not null default '[]',
        -- Where the account's data is asked for, when that differs by account.
        base_url text,
        access_token text,
        refresh_token text,
        issued_at timestamptz,
        expires_at timestamptz,
        refreshed_at timestamptz,
        credential_version integer not null default 0,
        lease_by uuid,
        lease_until timestamptz,
        -- Set before a refresh is asked for, cleared when its answer is known: what stands is an answer that was lost.
        refresh_started_at timestamptz,
        connected_by text,
        connected_at timestamptz not null,
        checked_at timestamptz,
        unique (provider, account_id),
        check ((state = 'needs_attention') = (reason is not null)),
        check ((trouble is null) = (trouble_since is null))
      );
      -- States that came back once; each is kept until it would be too old anyway.
      create table connection_spent_state (
        nonce_hash bytea primary key,
        until timestamptz not null
      );
      grant select, insert, update, delete on connection to ${role};
      grant select, insert, delete on connection_spent_state to ${role};
      -- Messages only grow, but for one case: those that a connection brought may go once it is gone itself.
      grant delete on message to ${ingestRole};
      alter table message enable row level security;
      create policy message_read on message for select using (true);
      create policy message_kept on message for insert with check (true);
      create policy message_purged on message for delete using (
        connection_id is not null
        and not exists (select from connection where connection.id = message.connection_id)
      );
    `,
  },
  {
    id: '0031-connection-brings',
    sql: () => `
      -- What a connection brings is kept or deleted with it, so nothing may arrive after it is gone. The lock makes whoever
      -- disconnects wait for what is being stored, and what is stored later see that the connection is gone.
      create function refuse_unconnected() returns trigger language plpgsql as $$
      begin
        perform from connection where id = new.connection_id for key share;
        if not found then
          raise foreign_key_violation using message = 'the connection that brings this is gone';
        end if;
        return new;
      end $$;
      create trigger message_of_connection before insert on message
        for each row when (new.connection_id is not null) execute function refuse_unconnected();
      create trigger contact_of_connection before insert on contact
        for each row when (new.connection_id is not null) execute function refuse_unconnected();
    `,
  },
];
