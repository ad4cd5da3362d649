import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { ApiClient } from './api-client.ts';

it('a refused import does not keep the command waiting: closing ends a connection whose upload was answered early', async () => {
  // Takes one piece of the body and answers, as the server does when it has seen enough.
  const server = createServer((request, response) => {
    request.once('readable', () => response.writeHead(422).end('{}'));
  });
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const api = new ApiClient({ url: `http://127.0.0.1:${port}`, key: null, workspace: null });
  const closing = Promise.withResolvers<void>();
  async function* body() {
    yield Buffer.from('the first piece');
    await closing.promise;
  }
  const upload = { type: 'application/octet-stream', body: body() };
  expect((await api.ask({ method: 'POST', path: '/', upload })).status).toBe(422);
  const closed = once(server, 'close');
  server.close();
  closing.resolve();
  api.close();
  await closed;
});
