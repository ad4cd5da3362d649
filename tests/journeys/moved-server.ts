// Server processes on a clock that the journey moves: started, killed as a crash would, and started again on the same folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Installation } from './installation.ts';

const PROGRAM = fileURLToPath(new URL('./serve-moved.ts', import.meta.url));
const Said = z.object({ aheadMs: z.number() });

export interface MovedServer {
  /** Asks with the operator's key. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Its clock is so far ahead of the machine's from now on. */
  setAhead(ms: number): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface MovedServerOptions {
  readonly port: number;
  readonly dataDir: string;
  readonly aheadMs: number;
  /** How much of that passed while it did not run. */
  readonly sleptMs: number;
  /** Whether background work runs. */
  readonly jobs: boolean;
}

/** @throws Error with what it wrote when it ends before it is ready */
export async function startMovedServer(
  here: Installation,
  { port, dataDir, aheadMs, sleptMs, jobs }: MovedServerOptions,
): Promise<MovedServer> {
  const child = spawn(process.execPath, [PROGRAM, String(aheadMs), String(sleptMs), jobs ? 'jobs' : 'none'], {
    env: { ...here.env, SENTINEL_PORT: String(port), SENTINEL_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = createWriteStream(here.outputFile, { flags: 'a' });
  child.stdout?.pipe(output, { end: false });
  child.stderr?.pipe(output, { end: false });
  const closed = new Promise<void>((resolve) => child.once('close', () => output.end(() => resolve())));
  await said(child);
  const key = (await readFile(join(dataDir, 'operator.key'), 'utf8')).trim();
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await closed;
  };
  return {
    ask: (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${key}`);
      return fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    },
    setAhead: async (ms) => {
      const answer = said(child);
      child.send(ms);
      await answer;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

function said(child: ChildProcess): Promise<z.infer<typeof Said>> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`it ended with ${code} before it answered`));
    child.once('close', ended);
    child.once('message', (message) => {
      child.off('close', ended);
      resolve(Said.parse(message));
    });
  });
}
