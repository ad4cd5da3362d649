// Row shapes of the connection tables, as the driver answers and takes them (JSON goes in as text).
import type { AttentionReason, ConnectionProvider, ConnectionState, Trouble } from '@sentinel/contract';
import type { ColumnType } from 'kysely';
import type { ConnectionId } from '../../../platform/ids.ts';

type Maybe<Value> = ColumnType<Value | null, Value | null, Value | null>;

export type ConnectionTables = {
  connection: {
    id: ConnectionId;
    provider: ConnectionProvider;
    account_id: string;
    account_name: string | null;
    state: ConnectionState;
    reason: AttentionReason | null;
    trouble: Trouble | null;
    trouble_since: Maybe<Date>;
    scopes: ColumnType<string[], string | undefined, string>;
    base_url: string | null;
    access_token: string | null;
    refresh_token: string | null;
    issued_at: Maybe<Date>;
    expires_at: Maybe<Date>;
    refreshed_at: Maybe<Date>;
    credential_version: ColumnType<number, number | undefined, number>;
    lease_by: string | null;
    lease_until: Maybe<Date>;
    refresh_started_at: Maybe<Date>;
    connected_by: string | null;
    connected_at: ColumnType<Date, Date, Date>;
    checked_at: Maybe<Date>;
  };
  connection_spent_state: { nonce_hash: Uint8Array; until: ColumnType<Date, Date, Date> };
};
