// The API reference at /docs/api: Scalar's browser program over our own /openapi.json, both served from here.
// The program weighs almost 4 MB, so it is read into memory only when somebody opens the page. It puts styles into the
// page by itself; the policy of this one page allows that, and still nothing from elsewhere.
import Fastify, { type FastifyInstance } from 'fastify';
import { CONTENT_SECURITY_POLICY } from './security-headers.ts';

const PAGE_PATH = '/docs/api';

export function registerReferencePage(app: FastifyInstance): void {
  const helmet = {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...CONTENT_SECURITY_POLICY, 'style-src': ["'self'", "'unsafe-inline'"] },
    },
  };
  app.get(PAGE_PATH, { helmet }, async (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(PAGE),
  );
  app.get(`${PAGE_PATH}/start.js`, async (_request, reply) =>
    reply.header('cache-control', 'no-cache').type('text/javascript; charset=utf-8').send(START),
  );
  let program: Promise<string> | null = null;
  app.get(`${PAGE_PATH}/scalar.js`, async (_request, reply) => {
    program ??= loadProgram();
    return reply
      .header('cache-control', 'public, max-age=3600')
      .type('text/javascript; charset=utf-8')
      .send(await program);
  });
}

/** The package offers its browser program only through its plugin, so a server that never listens is asked for it. */
async function loadProgram(): Promise<string> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const inner = Fastify({ logger: false });
  await inner.register(scalar, { routePrefix: '/reference', configuration: { content: {} } });
  const answer = await inner.inject('/reference/js/scalar.js');
  await inner.close();
  if (answer.statusCode !== 200) throw new Error('the API reference program is not where the package kept it');
  return answer.body;
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>API reference · Sentinel</title>
</head>
<body>
<noscript><p>This page needs scripts. The same in plain: <a href="/openapi.json">openapi.json</a></p></noscript>
<div id="app"></div>
<script src="${PAGE_PATH}/scalar.js"></script>
<script src="${PAGE_PATH}/start.js"></script>
</body>
</html>
`;

/** Everything of the program that would call its maker's servers is off. */
const START = `Scalar.createApiReference('#app', {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
});
`;
