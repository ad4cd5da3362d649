// The raw body of a request as an async iterable: never buffered whole, read only as fast as the reader takes it,
// and ended by an error (never by a quiet end) when the sender stops, stalls or goes away, or when we are stopped.
import type { IncomingMessage } from 'node:http';
import { problem } from '../problem.ts';

/** Longest silence of a sender before the upload counts as interrupted. */
export const UPLOAD_IDLE_MS = 60_000;

/**
 * Reads a request body chunk by chunk.
 *
 * @param idleMs longest wait for the next chunk; time the reader takes itself does not count
 * @param stopping ends the upload with its reason
 * @throws ProblemError `upload_interrupted` when the sender stalls or the connection breaks
 */
export async function* readUpload(
  request: IncomingMessage,
  idleMs: number,
  stopping: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // A reader that stops early must not tear down the socket: the answer still has to go out on it.
  const chunks = request.iterator({ destroyOnReturn: false });
  for (;;) {
    const step = await nextWithin(chunks, idleMs, stopping);
    if (step.done === true) break;
    yield step.value;
  }
  if (request.complete === false) throw interrupted('The connection ended before the upload did.');
}

async function nextWithin(
  chunks: AsyncIterator<Uint8Array>,
  idleMs: number,
  stopping: AbortSignal,
): Promise<IteratorResult<Uint8Array>> {
  stopping.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onStop: () => void = () => {};
  const halt = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(interrupted(`No data came for ${Math.round(idleMs / 1000)} seconds.`)), idleMs);
    onStop = () => reject(stopping.reason);
    stopping.addEventListener('abort', onStop, { once: true });
  });
  const next = chunks.next().catch((cause: unknown) => {
    throw interrupted('The connection ended before the upload did.', cause);
  });
  try {
    return await Promise.race([next, halt]);
  } finally {
    clearTimeout(timer);
    stopping.removeEventListener('abort', onStop);
  }
}

function interrupted(detail: string, cause?: unknown) {
  return problem('upload_interrupted', detail, { cause });
}
