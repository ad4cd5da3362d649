// The headers every answer carries, and the refusal of host names that are not ours.
// The content security policy allows nothing inline and nothing from elsewhere.
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.ts';
import { arrivalOf } from './guard.ts';
import { isServedHost } from './host.ts';

export const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

const TWO_YEARS_SECONDS = 2 * 365 * 24 * 3600;
/** Nothing here needs them. */
const PERMISSIONS_POLICY = 'camera=(), microphone=(), geolocation=()';

export async function registerSecurityHeaders(app: FastifyInstance, publicUrl: URL): Promise<void> {
  const secure = publicUrl.protocol === 'https:';
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    // Over plain http browsers ignore it, and a laptop's localhost must not be pinned to https.
    strictTransportSecurity: secure ? { maxAge: TWO_YEARS_SECONDS, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: true,
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id).header('permissions-policy', PERMISSIONS_POLICY);
    if (!isServedHost(arrivalOf(request), publicUrl))
      throw problem('host_not_served', 'The Host header names another host.');
  });
}
