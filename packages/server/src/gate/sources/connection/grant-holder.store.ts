// SQL about who lives on a consent. Whoever claims it or ends it waits for the others of the same account, so of two that
// end exactly one is the last. All times are the database's.
import { createHash } from 'node:crypto';
import type { ConnectionProvider } from '@sentinel/contract';
import { type RawBuilder, sql } from 'kysely';
import type { ControlTx } from '../../../platform/db/database.ts';
import type { WorkspaceId } from '../../../platform/ids.ts';
import { lengthPrefixed } from '../../../platform/secrets/length-prefixed.ts';

/** A connection, by what names it before it has an id. */
export interface Holder {
  readonly workspaceId: WorkspaceId;
  readonly provider: ConnectionProvider;
  readonly accountId: string;
}

/** Longer than writing a row takes. */
const CLAIM = sql`interval '60 seconds'`;
/** Longer than giving credentials back takes. */
const ENDING = sql`interval '60 seconds'`;
/** Longer than an exchange that began before a consent ended can take. */
const REMEMBERED = sql`interval '1 hour'`;
/** A claim whose process died counts: rather a consent that nobody gives back than one that is taken from somebody. */
const LIVE = sql`ending_until is null`;

/** The database's time, for whoever asks later what ended since. */
export async function databaseTime(tx: ControlTx): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('the database does not say what time it is');
  return row.now;
}

/**
 * Holds a consent for a connection whose row is about to be written.
 *
 * @param providers whose connections of one account live on one consent; empty where each has its own
 * @param since the database's time before the credentials were asked for
 * @returns `ending` when a connection on this consent was disconnected since, so that the credentials may be dead
 */
export async function claim(
  tx: ControlTx,
  providers: readonly ConnectionProvider[],
  holder: Holder,
  since: Date,
): Promise<'new' | 'held' | 'ending'> {
  const hash = await lockAccount(tx, holder.accountId);
  await sql`delete from grant_holder where ending_until < now() - ${REMEMBERED}`.execute(tx);
  const { rows } = await sql<{ mine: boolean; ending: boolean }>`
    select workspace_id = ${holder.workspaceId} and provider = ${holder.provider} and ${LIVE} as mine,
      coalesce(ending_until >= ${since}::timestamptz, false) as ending
    from grant_holder where account_hash = ${hash} and ${onOneConsent(providers, holder)}
  `.execute(tx);
  if (rows.some(({ ending }) => ending)) return 'ending';
  await sql`
    insert into grant_holder (account_hash, provider, workspace_id, pending_until)
    values (${hash}, ${holder.provider}, ${holder.workspaceId}, clock_timestamp() + ${CLAIM})
    on conflict (account_hash, provider, workspace_id)
    do update set pending_until = excluded.pending_until, ending_until = null
  `.execute(tx);
  return rows.some(({ mine }) => mine) ? 'held' : 'new';
}

/** The row of the connection stands: written now, or as it was before. */
export async function settleClaim(tx: ControlTx, { workspaceId, provider, accountId }: Holder): Promise<void> {
  await sql`
    update grant_holder set pending_until = null
    where account_hash = ${hashOf(accountId)} and provider = ${provider} and workspace_id = ${workspaceId}
  `.execute(tx);
}

/** The row of the connection was never written. */
export async function dropClaim(tx: ControlTx, { workspaceId, provider, accountId }: Holder): Promise<void> {
  await sql`
    delete from grant_holder
    where account_hash = ${hashOf(accountId)} and provider = ${provider} and workspace_id = ${workspaceId}
  `.execute(tx);
}

/**
 * Takes a connection off its consent, from now on: nobody connects the account anew until `markEnded`.
 *
 * @param providers as in `claim`
 * @param isKept whether the connection itself still counts; for credentials that were given out beside it
 * @returns `shared` when others live on it; `claimed`, and nothing is changed, while it is being connected anew
 */
export async function beginEnding(
  tx: ControlTx,
  providers: readonly ConnectionProvider[],
  holder: Holder,
  isKept: boolean,
): Promise<'last' | 'shared' | 'claimed'> {
  const hash = await lockAccount(tx, holder.accountId);
  const { rows } = await sql<{ mine: boolean; claimed: boolean }>`
    select workspace_id = ${holder.workspaceId} and provider = ${holder.provider} as mine,
      coalesce(pending_until > clock_timestamp(), false) as claimed
    from grant_holder where account_hash = ${hash} and ${onOneConsent(providers, holder)} and ${LIVE}
  `.execute(tx);
  const isShared = rows.some(({ mine }) => isKept || !mine);
  if (isKept && isShared) return 'shared';
  if (rows.some(({ mine, claimed }) => mine && claimed)) return 'claimed';
  await sql`
    insert into grant_holder (account_hash, provider, workspace_id, ending_until)
    values (${hash}, ${holder.provider}, ${holder.workspaceId}, clock_timestamp() + ${ENDING})
    on conflict (account_hash, provider, workspace_id)
    do update set ending_until = excluded.ending_until, pending_until = null
  `.execute(tx);
  return isShared ? 'shared' : 'last';
}

/** Its credentials have been given back, or stayed for others; whoever asks for new ones from now on may keep them. */
export async function markEnded(tx: ControlTx, { workspaceId, provider, accountId }: Holder): Promise<void> {
  await sql`
    update grant_holder set ending_until = clock_timestamp()
    where account_hash = ${hashOf(accountId)} and provider = ${provider} and workspace_id = ${workspaceId}
      and ending_until is not null
  `.execute(tx);
}

/** It is not disconnected after all. */
export async function takeEndingBack(tx: ControlTx, { workspaceId, provider, accountId }: Holder): Promise<void> {
  await sql`
    update grant_holder set ending_until = null
    where account_hash = ${hashOf(accountId)} and provider = ${provider} and workspace_id = ${workspaceId}
  `.execute(tx);
}

/** Whether anybody lives on any consent at these providers; for credentials of which nobody knows the account. */
export async function isAnyHeld(tx: ControlTx, providers: readonly ConnectionProvider[]): Promise<boolean> {
  const { rows } = await sql`
    select from grant_holder where provider = any(${[...providers]}::text[]) and ${LIVE} limit 1
  `.execute(tx);
  return rows.length > 0;
}

/** @param providers whose connections of one account live on one consent; empty where each has its own */
function onOneConsent(
  providers: readonly ConnectionProvider[],
  { workspaceId, provider }: Holder,
): RawBuilder<boolean> {
  return sql`(provider = any(${[...providers]}::text[]) or (provider = ${provider} and workspace_id = ${workspaceId}))`;
}

/** @returns the account's hash */
async function lockAccount(tx: ControlTx, accountId: string): Promise<Uint8Array> {
  const hash = hashOf(accountId);
  await sql`select pg_advisory_xact_lock(hashtextextended(${`grant:${Buffer.from(hash).toString('hex')}`}, 0))`.execute(
    tx,
  );
  return hash;
}

/**
 * Without a key on purpose: the id stands in clear in the workspaces' own tables of the same database, so a key would hide it
 * from nobody, and the comparison must outlive every master key. The hash keeps the ids themselves out of the control plane.
 */
function hashOf(accountId: string): Uint8Array {
  return createHash('sha256')
    .update(lengthPrefixed(['provider-account', accountId]))
    .digest();
}
