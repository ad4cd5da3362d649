// What is still running, so that the server can close without cutting anything off from its database: short requests
// finish, uploads are interrupted (they go on where they stopped), and only when all of it has settled is it closed.
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../log.ts';
import { problem, type ProblemError } from '../problem.ts';

/** How long connections may stay open while the server closes. */
export const FORCE_CLOSE_MS = 5_000;
/** How long handlers may go on after that. Their transactions are rolled back if they take longer. */
export const SETTLE_MS = 10_000;

export interface Running {
  /** Aborted when the server begins to close; its reason is the problem an interrupted request is answered with. */
  readonly stopping: AbortSignal;
  /** Notes that something runs, until the answered function is called; calling it again changes nothing. */
  begin(): () => void;
  /** Notes work until it settles. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export interface StopOptions {
  readonly log: Logger;
  readonly forceCloseMs: number;
  readonly settleMs: number;
}

/** Registers the order of closing with the server; must be registered before all routes. */
export function registerStop(app: FastifyInstance, { log, forceCloseMs, settleMs }: StopOptions): Running {
  const stopping = new AbortController();
  const running = countRunning(stopping.signal);
  let force: NodeJS.Timeout | undefined;
  app.addHook('onRequest', async () => {
    if (stopping.signal.aborted) throw problem('stopping', 'Sentinel is being stopped. Ask again once it is back.');
  });
  app.addHook('onSend', async (request, reply) => {
    // With a body still coming the connection is ended later, so that its sender can read the answer.
    if (stopping.signal.aborted && request.raw.complete) reply.header('connection', 'close');
  });
  // Before the server waits for its connections …
  app.addHook('preClose', async () => {
    stopping.abort(stopped());
    force = setTimeout(() => app.server.closeAllConnections(), forceCloseMs);
  });
  // … and after the last of them ended.
  app.addHook('onClose', async () => {
    clearTimeout(force);
    const left = await running.settled(settleMs);
    if (left > 0) log.error('http.left_running', { count: left });
  });
  return running;
}

function countRunning(stopping: AbortSignal): Running & { settled(withinMs: number): Promise<number> } {
  let count = 0;
  let wake: (() => void) | null = null;
  const begin = () => {
    let ended = false;
    count += 1;
    return () => {
      if (ended) return;
      ended = true;
      count -= 1;
      if (count === 0) wake?.();
    };
  };
  return {
    stopping,
    begin,
    async during(work) {
      const end = begin();
      try {
        return await work();
      } finally {
        end();
      }
    },
    /** Waits until nothing runs; answers how much does when the time is over. */
    async settled(withinMs) {
      if (count === 0) return 0;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(resolve, withinMs);
      });
      clearTimeout(timer);
      return count;
    },
  };
}

function stopped(): ProblemError {
  return problem('upload_interrupted', 'Sentinel is being stopped. Send the upload again once it is back.');
}
