// Tables of the gate in a workspace's schema. Only the ingest role may insert messages, matches and outcomes:
// the database itself refuses any other road. Nobody but it moves the cursor of an import, so no other query can make the
// gate pass messages over. Outcomes are append-only and free of content.
import type { WorkspaceMigration } from '../../platform/db/database.ts';

export const admissionMigrations: readonly WorkspaceMigration[] = [
  {
    id: '0020-gate',
    sql: ({ role, ingestRole }) => `
      create table gate_policy (
        version integer primary key,
        document jsonb not null,
        published_at timestamptz not null,
        published_by text not null
      );
      create table gate_import (
        id uuid primary key,
        key text not null unique,
        source text not null,
        mailboxes jsonb not null,
        state text not null check (state in ('running', 'interrupted', 'finished')),
        run integer not null default 1,
        position bigint not null default 0,
        outcomes jsonb not null default '{}',
        skipped jsonb not null default '{}',
        policy_version integer not null,
        book_revision bigint not null,
        started_at timestamptz not null,
        heartbeat_at timestamptz not null,
        finished_at timestamptz
      );
      create table message (
        id uuid primary key,
        kind text not null check (kind in ('mail', 'event')),
        dedupe_key text not null,
        source text not null,
        subject text not null,
        body text not null,
        sent_at timestamptz,
        starts_at timestamptz,
        ends_at timestamptz,
        in_reply_to text,
        refs jsonb not null,
        participants jsonb not null,
        attachments jsonb not null,
        evidence jsonb not null,
        policy_version integer not null,
        book_revision bigint not null,
        stored_at timestamptz not null,
        -- Which connection brought it; null when a file did.
        connection_id uuid,
        unique (kind, dedupe_key)
      );
      create index message_by_time on message (stored_at);
      create index message_by_connection on message (connection_id) where connection_id is not null;
      create table message_contact (
        message_id uuid not null references message on delete cascade,
        contact_id uuid not null,
        address text not null,
        name text,
        sent_at timestamptz not null,
        primary key (message_id, contact_id)
      );
      create index message_contact_by_contact on message_contact (contact_id, sent_at);
      create table gate_outcome (
        id uuid primary key,
        decided_at timestamptz not null,
        outcome text not null,
        source text not null,
        import_id uuid,
        message_id uuid,
        participants integer not null,
        external integer not null,
        matched integer not null,
        allowed integer not null,
        admitting integer not null,
        sender_verdict text,
        policy_version integer not null,
        book_revision bigint not null
      );
      create index gate_outcome_by_source on gate_outcome (source, id);
      create index gate_outcome_by_outcome on gate_outcome (outcome, id);
      create index gate_outcome_by_time on gate_outcome (decided_at);
      create table gate_outcome_hour (
        hour timestamptz not null,
        source text not null,
        outcome text not null,
        messages bigint not null,
        primary key (hour, source, outcome)
      );
      grant select, insert on gate_policy to ${role};
      grant select on gate_import, message, message_contact, gate_outcome, gate_outcome_hour to ${role};
      grant insert on message, message_contact, gate_outcome to ${ingestRole};
      grant insert, update on gate_import, gate_outcome_hour to ${ingestRole};
    `,
  },
];
