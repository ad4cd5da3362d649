// The sandbox's ports on 127.0.0.1, and nowhere else: who can reach this machine's network reaches none of them.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface Port {
  /** Such as `http://127.0.0.1:9005`. */
  readonly origin: string;
  /** Until this is called, requests find nobody and wait. */
  serve(handle: (request: IncomingMessage, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

/**
 * @param port 0 for a free one
 * @throws Error when it is taken
 */
export async function openPort(port: number): Promise<Port> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sandbox listens on no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    serve: (handle) => server.on('request', handle),
    close: async () => await close(server),
  };
}

/** Also requests that are never answered end here. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
