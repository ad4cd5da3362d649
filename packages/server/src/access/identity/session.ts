// How long a session lasts (ASVS 7.3): twelve hours without use, seven days in all; and what its beginning lets it do.
import type { SessionOrigin } from '@sentinel/contract';

export const SESSION_IDLE_MS = 12 * 60 * 60 * 1000;
export const SESSION_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;
/** Use is noted at most this often, so that reading does not write every time. */
export const SESSION_TOUCH_MS = 60 * 1000;

/** How long after its sign-in a session may act as platform administrator: as long as an administrator's cookie lasts. */
export const ADMINISTRATION_MS = 60 * 60 * 1000;

/**
 * Whether a session may act as platform administrator. A link that a member made lets its maker in as somebody else, so it
 * gives what the workspace gives and nothing beyond.
 */
export function mayAdministrate(session: AdministratingSession, now: Date): boolean {
  const startedMs = session.expiresAt.getTime() - SESSION_LIFETIME_MS;
  return session.person.isAdmin && session.via !== 'link' && now.getTime() - startedMs < ADMINISTRATION_MS;
}

interface AdministratingSession {
  readonly via: SessionOrigin;
  readonly expiresAt: Date;
  readonly person: { readonly isAdmin: boolean };
}

export interface SessionTimes {
  readonly seenAt: Date;
  /** The absolute end. */
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

/** When the session ends if it is not used again. */
export function sessionEnd({ seenAt, expiresAt }: Pick<SessionTimes, 'seenAt' | 'expiresAt'>): Date {
  return new Date(Math.min(expiresAt.getTime(), seenAt.getTime() + SESSION_IDLE_MS));
}

export function isLive(session: SessionTimes, now: Date): boolean {
  return session.revokedAt === null && now < sessionEnd(session);
}
