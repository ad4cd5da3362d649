// Serves the built console at /console. Files whose name carries a hash never change and are cached for ever; the page
// itself is always asked for again, so that a new version is seen at once.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import serveFiles from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { problem } from '../problem.ts';
import { sendPage } from './plain-page.ts';

/** Names a bundler gives; anything else (dots first, empty parts, encoded slashes) is no file of ours. */
const ASSET = /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/**
 * Registers the console and the redirect from `/`.
 *
 * @param folder the built console (`packages/console/dist`), or null when it is not built
 */
export async function registerConsole(app: FastifyInstance, folder: string | null): Promise<void> {
  app.get('/', async (_request, reply) => reply.redirect('/console', 302));
  const page = folder === null ? null : await readFile(join(folder, 'index.html'), 'utf8').catch(() => null);
  if (folder === null || page === null) {
    for (const path of ['/console', '/console/*'])
      app.get(path, async (_request, reply) => sendPage(reply, 'Console', NOT_BUILT));
    return;
  }
  await app.register(serveFiles, { root: folder, serve: false, dotfiles: 'deny', index: false });
  for (const name of await plainFiles(folder)) {
    app.get(`/console/${name}`, async (_request, reply) => reply.sendFile(name, { maxAge: '1h' }));
  }
  // Any other address of the console is the same page; its router reads the rest.
  for (const path of ['/console', '/console/*']) {
    app.get(path, async (_request, reply) =>
      reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page),
    );
  }
  app.get<{ Params: { '*': string } }>('/console/assets/*', async (request, reply) => {
    const name = request.params['*'];
    if (!ASSET.test(name)) throw problem('not_found', 'Nothing is served at this address.');
    return reply.sendFile(`assets/${name}`, { immutable: true, maxAge: '365d' });
  });
}

/** Files beside the page whose names carry no hash: the icon, the manifest. */
async function plainFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^[a-z0-9][a-z0-9.-]*$/i.test(entry.name) && entry.name !== 'index.html')
    .map((entry) => entry.name);
}

const NOT_BUILT = `<h1>The console is not built</h1>
<p>The service is running. Build its console with <code>npm start</code>, or use the <a href="/docs/api">API</a> and the <code>sentinel</code> command.</p>`;
