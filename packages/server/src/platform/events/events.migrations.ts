// The outbox: events written in the same transaction as the change they tell of.
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
        dispatched_at timestamptz
      );
      create index event_outbox_waiting on event_outbox (id) where dispatched_at is null;
      grant select, insert, delete on event_outbox to ${role};
      grant update (dispatched_at) on event_outbox to ${role};
    `,
  },
];
