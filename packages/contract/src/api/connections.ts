// Connections on the wire: one authorised account at a provider each, what state it is in and what a person can do about it.
import { z } from 'zod';
import {
  ATTENTION_REASONS,
  type AttentionReason,
  CONNECTION_PROVIDERS,
  CONNECTION_STATES,
  type Trouble,
  TROUBLES,
} from '../connections.ts';
import { Id, Instant } from './shapes.ts';

const Provider = z.enum(CONNECTION_PROVIDERS).meta({ id: 'ConnectionProvider' });

export const LaneState = z
  .object({
    breaker: z.enum(['closed', 'open', 'half_open']),
    /** When the next request may leave; null when at once. */
    openUntil: Instant.nullable(),
    running: z.int(),
    waiting: z.int(),
  })
  .meta({ id: 'LaneState', description: 'How requests to the provider stand, in this process' });
export type LaneState = z.infer<typeof LaneState>;

export const Connection = z
  .object({
    id: Id,
    provider: Provider,
    account: z.object({ id: z.string(), name: z.string().nullable() }),
    state: z.enum(CONNECTION_STATES),
    reason: z.enum(Object.keys(ATTENTION_REASONS) as [AttentionReason, ...AttentionReason[]]).nullable(),
    trouble: z.object({ kind: z.enum(Object.keys(TROUBLES) as [Trouble, ...Trouble[]]), since: Instant }).nullable(),
    /** What a person is told: why, and what to do. Null when there is nothing to say. */
    sentence: z.string().nullable(),
    scopes: z.array(z.string()),
    connectedAt: Instant,
    connectedBy: z.string().nullable(),
    refreshedAt: Instant.nullable(),
    /** When the access token at hand ends; null when it does not (see `UNENDING_TOKENS`) or nobody knows. */
    expiresAt: Instant.nullable(),
    /** The provider answered an authorised request. */
    checkedAt: Instant.nullable(),
    lane: LaneState,
  })
  .meta({ id: 'Connection' });
export type Connection = z.infer<typeof Connection>;

export const ConnectableProvider = z
  .object({
    provider: Provider,
    title: z.string(),
    configured: z.boolean(),
    /** Names of the settings that are missing, as they stand in the environment. */
    missingSettings: z.array(z.string()),
    /** What is asked for, and what each is for. */
    scopes: z.array(z.object({ scope: z.string(), purpose: z.string() })),
    /** Said where a provider knows no read-only scope. */
    caution: z.string().nullable(),
  })
  .meta({ id: 'ConnectableProvider' });
export type ConnectableProvider = z.infer<typeof ConnectableProvider>;

export const ConnectionList = z.object({
  connections: z.array(Connection),
  providers: z.array(ConnectableProvider),
});
export type ConnectionList = z.infer<typeof ConnectionList>;

export const AuthorizeConnection = z.object({ provider: Provider });
/** Where the browser goes next; it must be the browser that got this answer. */
export const ConnectionAuthorization = z.object({ location: z.url(), expiresAt: Instant });
export type ConnectionAuthorization = z.infer<typeof ConnectionAuthorization>;

export const ConnectionParams = z.object({ connectionId: Id });
export const ConnectCallbackParams = z.object({ provider: Provider });
/** What a provider sends a browser back with; unknown members are passed over. */
export const ConnectCallbackQuery = z.object({
  code: z.string().min(1).max(4096).optional(),
  state: z.string().min(1).max(2048).optional(),
  error: z.string().max(200).optional(),
});

/** What happens to what a connection brought: it stays, or goes with the connection. */
export const DisconnectQuery = z.object({ data: z.enum(['keep', 'purge']).default('keep') });
export const Disconnected = z
  .object({
    /**
     * What the provider said to giving the credentials back; `shared` where it was not asked, because another connection of
     * the same account lives on the same grant.
     */
    revocation: z.enum(['revoked', 'already_dead', 'unconfirmed', 'shared']),
    purged: z.object({ messages: z.int(), contacts: z.int() }),
  })
  .meta({ id: 'Disconnected' });
export type Disconnected = z.infer<typeof Disconnected>;
