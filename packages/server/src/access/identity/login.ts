// The two halves of a sign-in at an identity provider, whoever it is for: sending the browser there, and taking it back.
// What comes back counts once, within ten minutes, in the same browser, and from the provider it was sent to.
import type { Cookies, Presented } from '../../platform/http/route.ts';
import { problem, ProblemError } from '../../platform/problem.ts';
import { recordActivity } from '../../platform/audit/activity.ts';
import { errorFields } from '../../platform/log.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { LoginSecrets } from '../providers/identity-provider.ts';
import {
  insertAttempt,
  type LoginAttempt,
  type LoginPurpose,
  type TakenAttempt,
  takeAttempt,
} from './login-attempt.store.ts';
import { LOGIN_LIFETIME_MS, loginCookieName, returnedAttempt, startAttempt } from './login-attempt.ts';
import type { SignInSignals } from './sign-in-signals.ts';

export type LoginDeps = Pick<AccessDeps, 'db' | 'log' | 'randomBytes' | 'providers' | 'settings' | 'standing'> & {
  readonly signals: SignInSignals;
};

/** What both halves need of the request. */
export interface LoginRequest {
  readonly presented: Presented;
  readonly cookies: Cookies;
  readonly now: Date;
}

/** Where a provider sends people back to. */
export function callbackUri(issuer: string, purpose: LoginPurpose, provider: string): string {
  switch (purpose) {
    case 'app':
      return `${issuer}/auth/callback/${provider}`;
    case 'admin':
      return `${issuer}/auth/admin/callback/${provider}`;
    case 'idp':
      return `${issuer}/authz/idp/${provider}/callback`;
  }
}

/**
 * Notes an attempt and binds it to the browser.
 *
 * @param send makes the provider's address from the secrets of this attempt
 * @returns where to send the browser
 */
export async function beginLogin(
  { db, randomBytes, settings }: LoginDeps,
  { presented, cookies, now }: LoginRequest,
  attempt: LoginAttempt,
  send: (secrets: LoginSecrets, redirectUri: string) => Promise<URL>,
): Promise<{ location: string }> {
  const name = loginCookieName(settings.issuer);
  const { key, secrets, browserSecret } = startAttempt(randomBytes, presented.cookieNamed(name));
  // Asked first: an attempt at a provider that cannot be reached would be one that nobody takes.
  const target = await send(secrets, callbackUri(settings.issuer, attempt.purpose, attempt.provider));
  await db.control((tx) => insertAttempt(tx, key, attempt, now));
  cookies.set(name, browserSecret, { maxAgeSeconds: LOGIN_LIFETIME_MS / 1000, sameSite: 'lax' });
  return { location: target.href };
}

export interface Returned {
  readonly attempt: TakenAttempt;
  readonly secrets: LoginSecrets;
  /** The whole address the browser came back with. */
  readonly callback: URL;
  readonly redirectUri: string;
}

/**
 * Takes a browser back. The attempt is used up whatever becomes of it.
 *
 * @throws ProblemError `state_invalid`
 */
export async function takeBack(
  { db, settings, signals }: LoginDeps,
  { presented, cookies, now }: LoginRequest,
  came: { readonly purpose: LoginPurpose; readonly provider: string; readonly query: Record<string, unknown> },
): Promise<Returned> {
  const name = loginCookieName(settings.issuer);
  const { state } = came.query;
  const returned = returnedAttempt(typeof state === 'string' ? state : undefined, presented.cookieNamed(name));
  const attempt = returned === null ? null : await db.control((tx) => takeAttempt(tx, returned.key, came.purpose, now));
  // An answer of another provider than the one that was asked is a mix-up (RFC 9700 §4.4).
  if (returned === null || attempt === null || attempt.provider !== came.provider) {
    await signals.failed(presented.address, now, came.provider);
    throw problem('state_invalid', 'This sign-in was not started in this browser, is over, or took too long.');
  }
  if (!attempt.hasSiblings) cookies.clear(name);
  const redirectUri = callbackUri(settings.issuer, came.purpose, attempt.provider);
  const callback = new URL(redirectUri);
  for (const [key, value] of Object.entries(came.query))
    if (typeof value === 'string') callback.searchParams.set(key, value);
  return { attempt, secrets: returned.secrets, callback, redirectUri };
}

/** Does what follows a return, and writes down when it is refused. */
export async function noteRefusals<T>(
  { db, log, signals }: LoginDeps,
  { presented, now }: Pick<LoginRequest, 'presented' | 'now'>,
  about: { readonly action: 'login_failed' | 'admin_login_failed'; readonly provider: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRefusal(error)) {
      await signals.failed(presented.address, now, about.provider);
      await recordRefusal({ db, log }, about, error, now);
    }
    throw error;
  }
}

async function recordRefusal(
  { db, log }: Pick<LoginDeps, 'db' | 'log'>,
  { action, provider }: { readonly action: string; readonly provider: string },
  { code }: ProblemError,
  now: Date,
): Promise<void> {
  const draft = { action, actorId: null, targetType: 'system', targetId: 'sign-in', workspaceId: null } as const;
  try {
    await db.control((tx) => recordActivity(tx, { ...draft, detail: { provider, reason: code } }, now));
  } catch (error) {
    // The refusal stands; that it could not be written down must not turn it into a fault.
    log.error('sign_in.refusal_unrecorded', { code, ...errorFields(error) });
  }
}

function isRefusal(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.status < 500;
}
