// How long a session lasts (ASVS 7.3): twelve hours without use, seven days in all.
export const SESSION_IDLE_MS = 12 * 60 * 60 * 1000;
export const SESSION_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;
/** Use is noted at most this often, so that reading does not write every time. */
export const SESSION_TOUCH_MS = 60 * 1000;

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
