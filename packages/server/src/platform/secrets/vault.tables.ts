// The types of the vault's control tables; see `vault.migrations.ts`.
import type { ColumnType, Generated } from 'kysely';

export type VaultTables = {
  vault_key: {
    key_id: string;
    added_at: Date;
    sealing_since: Date | null;
    stopped_at: Date | null;
    retired_at: Date | null;
  };
  vault_holder: {
    id: string;
    name: string;
    /** Written as the text form of an array. */
    key_ids: ColumnType<string[], string, string>;
    sealing_key: string;
    seen_at: Date;
  };
  vault_rotation: {
    id: string;
    key_id: string;
    state: 'announced' | 'sealing' | 'done' | 'abandoned';
    pass: Generated<number>;
    settled_pass: number | null;
    started_by: string | null;
    started_at: Date;
    finished_at: Date | null;
    leased_by: string | null;
    leased_until: Date | null;
  };
  vault_reseal: {
    rotation_id: string;
    place: string;
    pass: number;
    scope: Generated<string>;
    after: string | null;
    resealed: Generated<number>;
    moved: Generated<number>;
    unreadable: Generated<number>;
    done: Generated<boolean>;
  };
};
