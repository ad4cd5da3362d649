// SQL about sign-ins that are on their way to a provider. Taking one is a single statement that deletes it, so of any number
// of simultaneous returns exactly one goes on.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import { type ClientAppId, parseId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { type AttemptKey, LOGIN_LIFETIME_MS } from './login-attempt.ts';

/** `app`: an application or our console; `admin`: the administrators' door; `idp`: an application wants the provider's token. */
export type LoginPurpose = 'app' | 'admin' | 'idp';

export interface LoginAttempt {
  readonly purpose: LoginPurpose;
  readonly provider: string;
  readonly clientAppId: ClientAppId | null;
  readonly redirectUri: string;
  /** The application's PKCE challenge; null where no code is issued. */
  readonly challenge: string | null;
  /** The application's state; for `idp` its nonce. */
  readonly appState: string | null;
}

export interface TakenAttempt extends LoginAttempt {
  /** Whether the browser has others under way. */
  readonly hasSiblings: boolean;
}

/** Adds an attempt and deletes those that came to nothing. */
export async function insertAttempt(tx: ControlTx, key: AttemptKey, attempt: LoginAttempt, now: Date): Promise<void> {
  const db = tx.withTables<AccessTables>();
  await db.deleteFrom('login_attempt').where('created_at', '<=', oldest(now)).execute();
  await db
    .insertInto('login_attempt')
    .values({
      state_hash: key.stateHash,
      browser_hash: key.browserHash,
      purpose: attempt.purpose,
      provider: attempt.provider,
      client_app_id: attempt.clientAppId,
      redirect_uri: attempt.redirectUri,
      challenge: attempt.challenge,
      app_state: attempt.appState,
      created_at: now,
    })
    .execute();
}

/** Takes the attempt that this browser started with this state, whatever becomes of it. Null when there is none, or too old. */
export async function takeAttempt(
  tx: ControlTx,
  { stateHash, browserHash }: AttemptKey,
  purpose: LoginPurpose,
  now: Date,
): Promise<TakenAttempt | null> {
  const { rows } = await sql<{
    provider: string;
    client_app_id: string | null;
    redirect_uri: string;
    challenge: string | null;
    app_state: string | null;
    created_at: Date;
    has_siblings: boolean;
  }>`
    with taken as (
      delete from login_attempt
      where state_hash = ${stateHash} and browser_hash = ${browserHash} and purpose = ${purpose}
      returning *
    )
    select taken.*, exists (
      select 1 from login_attempt as other
      where other.browser_hash = ${browserHash} and other.state_hash <> ${stateHash}
        and other.created_at > ${oldest(now)}::timestamptz
    ) as has_siblings
    from taken
  `.execute(tx);
  const [row] = rows;
  if (row === undefined || row.created_at <= oldest(now)) return null;
  return {
    purpose,
    provider: row.provider,
    clientAppId: parseId<ClientAppId>(row.client_app_id ?? ''),
    redirectUri: row.redirect_uri,
    challenge: row.challenge,
    appState: row.app_state,
    hasSiblings: row.has_siblings,
  };
}

function oldest(now: Date): Date {
  return new Date(now.getTime() - LOGIN_LIFETIME_MS);
}
