// Finds out whether a port is free before anything is opened, so that a second start fails at once and with a sentence.
import { createServer } from 'node:net';

export class PortInUse extends Error {
  readonly port: number;
  constructor(port: number) {
    super(`Port ${port} is in use by another program. Choose another: --port ${port + 1}`);
    this.name = 'PortInUse';
    this.port = port;
  }
}

/**
 * @param port 0 finds a free one
 * @returns the port to listen on
 * @throws PortInUse
 */
export async function choosePort(host: string, port: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) =>
      reject('code' in error && error.code === 'EADDRINUSE' ? new PortInUse(port) : error),
    );
    probe.listen(port, host, () => {
      const address = probe.address();
      const chosen = typeof address === 'object' && address !== null ? address.port : port;
      probe.close(() => resolve(chosen));
    });
  });
}
