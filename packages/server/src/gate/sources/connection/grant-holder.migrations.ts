// The control table of who lives on which consent at a provider. One consent may hold connections of several workspaces, and
// no workspace sees another's, so whether a consent may be given back is answered here.
import type { ControlMigration } from '../../../platform/db/database.ts';

export const grantHolderMigrations: readonly ControlMigration[] = [
  {
    id: '0200-grant-holder',
    sql: `
      create table grant_holder (
        -- SHA-256 of the account's id.
        account_hash bytea not null check (octet_length(account_hash) = 32),
        -- With the account, what names a connection of a workspace.
        provider text not null,
        workspace_id uuid not null references workspace (id) on delete cascade,
        -- Its credentials are there and its row is being written.
        pending_until timestamptz,
        -- It is being disconnected until then, or was then; it holds nothing any more.
        ending_until timestamptz,
        primary key (account_hash, provider, workspace_id)
      );
      create index grant_holder_workspace on grant_holder (workspace_id);
      create index grant_holder_ending on grant_holder (ending_until) where ending_until is not null;
    `,
  },
];
