// The platform's own control table: which workspaces exist.
import type { ControlMigration } from './database.ts';

export const controlMigrations: readonly ControlMigration[] = [
  {
    id: '0001-workspace',
    sql: `
      create table workspace (
        id uuid primary key,
        slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
        name text not null check (length(name) between 1 and 200),
        state text not null default 'active' check (state in ('active', 'suspended')),
        demo boolean not null default false,
        created_at timestamptz not null default now()
      );
    `,
  },
];
