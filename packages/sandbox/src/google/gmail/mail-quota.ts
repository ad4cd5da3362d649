// Gmail's units: what each call costs, per user and minute of real time.
import { rateLimited } from '../google-answers.ts';
import type { GoogleOptions, GoogleSwitches } from '../google-switches.ts';

const MINUTE_MS = 60_000;
const COSTS: readonly (readonly [RegExp, number])[] = [
  [/^GET \/profile$/, 1],
  [/^GET \/labels(\/[^/]+)?$/, 1],
  [/^GET \/messages$/, 5],
  [/^GET \/messages\/[^/]+(\/attachments\/[^/]+)?$/, 20],
  [/^GET \/threads$/, 10],
  [/^GET \/threads\/[^/]+$/, 40],
  [/^GET \/history$/, 2],
  [/^POST \/watch$/, 100],
  [/^POST \/stop$/, 50],
];

export interface MailQuota {
  /** @throws GoogleRefusal 403 or 429 when the user's units of this minute are used up */
  spend(user: string, road: string): void;
}

export function createMailQuota({ clock }: Pick<GoogleOptions, 'clock'>, switches: GoogleSwitches): MailQuota {
  const minutes = new Map<string, { minute: number; units: number }>();
  return {
    spend: (user, road) => {
      if (switches.mailUnitsPerMinute === null) return;
      const minute = Math.floor(clock() / MINUTE_MS);
      const known = minutes.get(user);
      const spent = known?.minute === minute ? known.units : 0;
      const cost = COSTS.find(([pattern]) => pattern.test(road))?.[1] ?? 1;
      if (spent + cost > switches.mailUnitsPerMinute)
        throw rateLimited(
          switches.mailLimitStatus,
          switches.mailLimitStatus === 403 ? 'userRateLimitExceeded' : undefined,
        );
      minutes.set(user, { minute, units: spent + cost });
    },
  };
}
