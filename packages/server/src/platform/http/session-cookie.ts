// The cookie that carries a session token. On https it is bound to this very host by the `__Host-` prefix
// (RFC 6265bis §4.1.3.2); on plain http, which only a loopback address is meant for, browsers refuse that prefix.
import type { CookieSerializeOptions } from '@fastify/cookie';

export interface SessionCookieShape {
  readonly name: string;
  readonly options: CookieSerializeOptions;
}

export function sessionCookieShape(publicUrl: URL): SessionCookieShape {
  const secure = publicUrl.protocol === 'https:';
  return {
    // Cookies know no ports, so two installations on one machine would sign each other out.
    name: secure ? '__Host-sentinel' : `sentinel_session_${publicUrl.port || '80'}`,
    options: { path: '/', httpOnly: true, sameSite: 'strict', secure },
  };
}
