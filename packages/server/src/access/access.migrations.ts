// The control tables of people and their sign-ins, and their types. Of every secret only a SHA-256 is kept.
import type { Generated } from 'kysely';
import type { WorkspaceRole } from '@sentinel/contract';
import type { ControlMigration } from '../platform/db/database.ts';

export type AccessTables = {
  person: { id: string; email: string; name: string; created_at: Date; deactivated_at: Generated<Date | null> };
  member: { workspace_id: string; person_id: string; role: WorkspaceRole; created_at: Date };
  session: {
    id: string;
    token_hash: Uint8Array;
    person_id: string;
    workspace_id: string;
    created_at: Date;
    seen_at: Date;
    expires_at: Date;
    revoked_at: Generated<Date | null>;
  };
  sign_in_link: {
    token_hash: Uint8Array;
    kind: 'setup' | 'sign_in';
    person_id: string | null;
    workspace_id: string | null;
    created_at: Date;
    expires_at: Date;
    used_at: Generated<Date | null>;
  };
  /** At most one row: who is setting the installation up, and the ids that a resumed setup goes on with. */
  setup_claim: {
    one: Generated<boolean>;
    holder: string;
    lease_until: Date;
    workspace_id: string;
    person_id: string;
    done_at: Generated<Date | null>;
  };
};

export const accessMigrations: readonly ControlMigration[] = [
  {
    id: '0100-people',
    sql: `
      create table person (
        id uuid primary key,
        email text not null check (length(email) between 3 and 254),
        name text not null check (length(name) between 1 and 120),
        created_at timestamptz not null,
        deactivated_at timestamptz
      );
      create unique index person_email on person (lower(email));
      create table member (
        workspace_id uuid not null references workspace (id),
        person_id uuid not null references person (id),
        role text not null check (role in ('viewer', 'editor', 'admin', 'owner')),
        created_at timestamptz not null,
        primary key (workspace_id, person_id)
      );
      create index member_person on member (person_id);
    `,
  },
  {
    id: '0110-sign-in',
    sql: `
      create table session (
        id uuid primary key,
        token_hash bytea not null unique check (octet_length(token_hash) = 32),
        person_id uuid not null references person (id),
        workspace_id uuid not null references workspace (id),
        created_at timestamptz not null,
        seen_at timestamptz not null,
        expires_at timestamptz not null,
        revoked_at timestamptz
      );
      create index session_person on session (person_id);
      create table sign_in_link (
        token_hash bytea primary key check (octet_length(token_hash) = 32),
        kind text not null check (kind in ('setup', 'sign_in')),
        person_id uuid references person (id),
        workspace_id uuid references workspace (id),
        created_at timestamptz not null,
        expires_at timestamptz not null,
        used_at timestamptz,
        check ((kind = 'sign_in') = (person_id is not null and workspace_id is not null))
      );
      create table setup_claim (
        one boolean primary key default true check (one),
        holder uuid not null,
        lease_until timestamptz not null,
        workspace_id uuid not null,
        person_id uuid not null,
        done_at timestamptz
      );
    `,
  },
];
