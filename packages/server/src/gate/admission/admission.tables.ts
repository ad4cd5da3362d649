// Row shapes of the gate's tables, as the driver answers and takes them (JSON goes in as text).
import type { ColumnType } from 'kysely';
import type { DmarcResult } from './authentication-results.ts';
import type { SenderVerdict } from './decide.ts';

type Json<Read> = ColumnType<Read, string, string>;
type Instant = ColumnType<Date, Date, Date>;

export type GateTables = {
  gate_policy: {
    version: number;
    document: Json<unknown>;
    published_at: Instant;
    published_by: string;
  };
  gate_import: {
    id: string;
    key: string;
    source: string;
    mailboxes: Json<string[]>;
    state: 'running' | 'interrupted' | 'finished';
    run: number;
    position: number;
    outcomes: Json<Record<string, number>>;
    skipped: Json<Record<string, number>>;
    policy_version: number;
    book_revision: number;
    started_at: Instant;
    heartbeat_at: Instant;
    finished_at: ColumnType<Date | null, Date | null, Date | null>;
  };
  message: {
    id: string;
    kind: 'mail' | 'event';
    dedupe_key: string;
    source: string;
    subject: string;
    body: string;
    sent_at: ColumnType<Date | null, Date | null, Date | null>;
    starts_at: ColumnType<Date | null, Date | null, Date | null>;
    ends_at: ColumnType<Date | null, Date | null, Date | null>;
    in_reply_to: string | null;
    refs: Json<string[]>;
    participants: Json<{ from: string[]; to: string[] }>;
    attachments: Json<unknown[]>;
    evidence: Json<{ dmarc: DmarcResult; labels: string[]; fromList: boolean }>;
    policy_version: number;
    book_revision: number;
    stored_at: Instant;
    connection_id: string | null;
  };
  message_contact: { message_id: string; contact_id: string; address: string; name: string | null; sent_at: Instant };
  gate_outcome: {
    id: string;
    decided_at: Instant;
    outcome: string;
    source: string;
    import_id: string | null;
    message_id: string | null;
    participants: number;
    external: number;
    matched: number;
    allowed: number;
    admitting: number;
    sender_verdict: SenderVerdict | null;
    policy_version: number;
    book_revision: number;
  };
  gate_outcome_hour: { hour: Instant; source: string; outcome: string; messages: number };
};
