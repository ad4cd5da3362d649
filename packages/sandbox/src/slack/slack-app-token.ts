// The token of an app itself, which no workspace grants: made from its secret, so that nobody has to hand it over.
import { createHmac } from 'node:crypto';
import type { RegisteredApp } from '../frame/stand-in.ts';

/** For `apps.event.authorizations.list`. */
export function appTokenOf({ clientId, clientSecret }: RegisteredApp): string {
  return `xapp-1-${createHmac('sha256', clientSecret).update(`app token of ${clientId}`).digest('hex')}`;
}
