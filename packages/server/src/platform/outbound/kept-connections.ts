// Connections that stay open for the next request of one lane: no second handshake, and nothing shared with another lane,
// another reach or another host. The address behind each was judged when it was opened; names are looked up for new ones.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Reach } from './reach.ts';

/** An unused connection is closed after this; sooner when the server says so (`Keep-Alive: timeout`). */
export const IDLE_MS = 15_000;

export interface KeptConnections {
  /** Where a request of this reach finds a connection, or leaves one behind. */
  agent(url: URL, reach: Reach): HttpAgent;
  /** Closes what is unused now, and the rest when its exchange has ended. */
  close(): void;
}

/** @param most unused connections kept, for each host and reach */
export function keepConnections(most: number, idleMs = IDLE_MS): KeptConnections {
  const agents = new Map<string, HttpAgent>();
  let isClosed = false;
  const open = (isSecure: boolean): HttpAgent => {
    const options = { keepAlive: true, maxFreeSockets: isClosed ? 0 : most, timeout: idleMs };
    return isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  };
  return {
    agent: (url, reach) => {
      const isSecure = url.protocol === 'https:';
      // Within one agent Node keeps hosts, ports and server names apart.
      const key = `${url.protocol} ${reach}`;
      const agent = agents.get(key) ?? open(isSecure);
      agents.set(key, agent);
      return agent;
    },
    close: () => {
      isClosed = true;
      for (const agent of agents.values()) {
        // Not `destroy()`, which would end exchanges that have begun.
        agent.maxFreeSockets = 0;
        for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
      }
    },
  };
}
