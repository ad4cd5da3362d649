// Shows how much of a file has been sent while it is sent.
import { stat } from 'node:fs/promises';
import type { Terminal } from './terminal.ts';

export interface FileProgress {
  watch(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
}

export async function fileProgress(path: string, terminal: Terminal): Promise<FileProgress> {
  const found = await stat(path);
  return byteProgress(found.isFile() ? found.size : null, terminal);
}

/** @param from bytes sent before, by an earlier run */
export function byteProgress(total: number | null, terminal: Terminal, from = 0): FileProgress {
  return {
    async *watch(input) {
      const bar = terminal.progress(total);
      let sent = from;
      try {
        for await (const chunk of input) {
          yield chunk;
          sent += chunk.byteLength;
          bar.update(sent, `${(sent / 1_048_576).toFixed(1)} MiB`);
        }
      } finally {
        bar.end();
      }
    },
  };
}
