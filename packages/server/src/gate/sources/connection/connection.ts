// A connection: one account at a provider that somebody let us read. What state it is in, and what a person is told of it.
import {
  ATTENTION_REASONS,
  type AttentionReason,
  type Connection as ConnectionAnswer,
  type ConnectionProvider,
  type ConnectionState,
  type Trouble,
  TROUBLES,
} from '@sentinel/contract';
import type { ConnectionId, WorkspaceId } from '../../../platform/ids.ts';
import type { LaneStanding } from '../../../platform/outbound/lane.ts';

/** Which connection of which workspace. */
export interface ConnectionRef {
  readonly workspaceId: WorkspaceId;
  readonly connectionId: ConnectionId;
}

/** Sealed values as they stand in the row; see `credential-seal.ts`. */
export interface SealedCredentials {
  readonly access: string | null;
  readonly refresh: string | null;
}

export interface StoredConnection {
  readonly id: ConnectionId;
  readonly provider: ConnectionProvider;
  readonly account: { readonly id: string; readonly name: string | null };
  readonly state: ConnectionState;
  readonly reason: AttentionReason | null;
  readonly trouble: { readonly kind: Trouble; readonly since: Date } | null;
  readonly scopes: readonly string[];
  readonly baseUrl: string | null;
  readonly sealed: SealedCredentials;
  /** When the access token at hand was given out. */
  readonly issuedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly refreshedAt: Date | null;
  /** Counts up with every change of the credentials; whoever writes them names the one that they replace. */
  readonly version: number;
  readonly connectedBy: string | null;
  readonly connectedAt: Date;
  readonly checkedAt: Date | null;
}

/** The most of a token's life that is given up so that it does not run out on the way. */
const BUFFER_MS = 5 * 60_000;

type TokenLife = Pick<StoredConnection, 'issuedAt' | 'expiresAt'>;

/**
 * When the access token at hand ends.
 *
 * @param assumedLifeMs how long a token lives whose end nobody told; null for one that does not end
 * @returns null for one that does not end
 */
export function endsAt({ issuedAt, expiresAt }: TokenLife, assumedLifeMs: number | null): Date | null {
  if (expiresAt !== null) return expiresAt;
  return assumedLifeMs === null ? null : new Date((issuedAt?.getTime() ?? 0) + assumedLifeMs);
}

/**
 * Until when the access token at hand is used: a buffer before its end. Short lives give up a quarter.
 *
 * @param assumedLifeMs how long a token lives whose end nobody told; null for one that does not end
 * @returns null when it may be used for ever
 */
export function usableUntil(life: TokenLife, assumedLifeMs: number | null): Date | null {
  const endMs = endsAt(life, assumedLifeMs)?.getTime() ?? null;
  if (endMs === null) return null;
  const issuedMs = life.issuedAt?.getTime() ?? 0;
  return new Date(endMs - Math.min(BUFFER_MS, Math.max(0, endMs - issuedMs) / 4));
}

/** The connection as the API answers it. Nothing sealed is in it. */
export function toAnswer(connection: StoredConnection, lane: LaneStanding): ConnectionAnswer {
  const { reason, trouble } = connection;
  return {
    id: connection.id,
    provider: connection.provider,
    account: { ...connection.account },
    state: connection.state,
    reason,
    trouble: trouble === null ? null : { kind: trouble.kind, since: trouble.since.toISOString() },
    sentence: sentenceOf(reason, trouble?.kind ?? null),
    scopes: [...connection.scopes],
    connectedAt: connection.connectedAt.toISOString(),
    connectedBy: connection.connectedBy,
    refreshedAt: connection.refreshedAt?.toISOString() ?? null,
    expiresAt: connection.expiresAt?.toISOString() ?? null,
    checkedAt: connection.checkedAt?.toISOString() ?? null,
    lane: { ...lane, openUntil: lane.openUntil?.toISOString() ?? null },
  };
}

function sentenceOf(reason: AttentionReason | null, trouble: Trouble | null): string | null {
  if (reason !== null) return ATTENTION_REASONS[reason];
  return trouble === null ? null : TROUBLES[trouble];
}
