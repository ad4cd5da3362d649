// One stand-in alone on a port of its own, for tests of that stand-in.
import { createServer, type IncomingMessage } from 'node:http';
import { createWorld } from '../world/create-world.ts';
import type { World } from '../world/world.ts';
import { createFaults } from './create-faults.ts';
import type { Faults } from './faults.ts';
import type { Ground, RegisteredApp, StandIn } from './stand-in.ts';

export interface Alone<Kind> {
  readonly standIn: Kind;
  readonly world: World;
  readonly faults: Faults;
  readonly base: string;
  close(): Promise<void>;
}

/** @param mount such as `/slack`, or nothing for the root */
export async function serveAlone<Kind extends StandIn>(
  open: (ground: Ground) => Kind,
  { mount, apps, now }: { mount: string; apps: readonly RegisteredApp[]; now: Date },
): Promise<Alone<Kind>> {
  const world = createWorld({ now, contacts: 120, years: 1 });
  const faults = createFaults();
  let standIn: Kind | null = null;
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const url = new URL(request.url ?? '/', 'http://stand-in.invalid');
      url.pathname = url.pathname.slice(mount.length);
      await standIn?.handle({ request, response, method: request.method ?? 'GET', url, body });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const base = `http://127.0.0.1:${port}${mount}`;
  const opened = open({ world, faults, apps, base });
  standIn = opened;
  return {
    standIn: opened,
    world,
    faults,
    base,
    close: async () => {
      await opened.close?.();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Somebody who receives events, and answers each with what `answer` says: a status, a body, or nothing at all. */
export async function receive(
  answer: (received: Received) => { status: number; body?: string; headers?: Record<string, string> } | null,
) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const each = { headers: request.headers, body };
      received.push(each);
      const said = answer(each);
      if (said === null) return;
      response.writeHead(said.status, said.headers ?? {});
      response.end(said.body ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}/events`, received, close };
}
