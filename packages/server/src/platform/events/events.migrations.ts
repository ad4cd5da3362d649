// The outbox of a workspace: events written in the same transaction as the change they tell of.
import type { WorkspaceMigration } from '../db/database.ts';

export const eventMigrations: readonly WorkspaceMigration[] = [
  {
    id: '0001-event-outbox',
    sql: ({ role }) => `
      create table event_outbox (
        id uuid primary key,
        type text not null check (type ~ '^[a-z]+([._][a-z]+)+$'),
        payload jsonb not null,
        occurred_at timestamptz not null,
        attempts smallint not null default 0,
        claimed_until timestamptz,
        dispatched_at timestamptz
      );
      comment on column event_outbox.claimed_until is 'until then a dispatcher is at it, or it rests after a failure';
      create index event_outbox_waiting on event_outbox (id) where dispatched_at is null;
      create index event_outbox_done on event_outbox (dispatched_at) where dispatched_at is not null;
      grant select, insert, delete on event_outbox to ${role};
      grant update (attempts, claimed_until, dispatched_at) on event_outbox to ${role};
    `,
  },
];
