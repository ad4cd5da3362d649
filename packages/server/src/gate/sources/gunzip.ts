// Unpacks gzip (RFC 1952, also several members in a row) as a stream, with a bound on what may come out.
// What was unpacked before a defect is always delivered first; then BrokenGzip is thrown.
import { createGunzip, type Gunzip } from 'node:zlib';
import { problem } from '../../platform/problem.ts';
import { asBuffer } from './byte-stream.ts';

/** Up to here any ratio is allowed: a small file cannot do harm. */
export const MAX_FREE_OUTPUT = 256 * 1024 * 1024;
/** Beyond that, output may be at most this many times the input. Mail packs about 1.3 to 10 times. */
export const MAX_RATIO = 200;

/** Input is fed in pieces of this size, so that one piece can unpack to 33 MB at most (deflate reaches 1032:1). */
const PIECE = 32 * 1024;

/** Thrown after the last good byte of a gzip stream that is damaged or cut off. */
export class BrokenGzip extends Error {
  readonly reason: 'source_truncated' | 'source_corrupt';

  constructor(reason: 'source_truncated' | 'source_corrupt') {
    super(reason);
    this.name = 'BrokenGzip';
    this.reason = reason;
  }
}

/** Whether bytes begin like a gzip file: RFC 1952 §2.3.1, with deflate as the only method there is. */
export function looksGzipped(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 0x08;
}

/**
 * Unpacks a gzip stream.
 *
 * @throws problem file_invalid once the output is both over MAX_FREE_OUTPUT and over MAX_RATIO times the input
 * @throws BrokenGzip where the stream is damaged or ends early
 */
export async function* gunzip(input: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const unpacker = openUnpacker();
  let taken = 0;
  let given = 0;
  function* drain(): Generator<Buffer> {
    for (const chunk of unpacker.take()) {
      given += chunk.length;
      yield chunk;
    }
    if (given > MAX_FREE_OUTPUT && given > taken * MAX_RATIO) {
      throw problem('file_invalid', 'The gzip file unpacks to far more than its size; it was not read further.');
    }
  }
  try {
    for await (const chunk of input) {
      for (let at = 0; at < chunk.byteLength; at += PIECE) {
        const piece = asBuffer(chunk).subarray(at, at + PIECE);
        taken += piece.length;
        await unpacker.write(piece);
        yield* drain();
        unpacker.check();
      }
    }
    await unpacker.end();
    yield* drain();
    unpacker.check();
  } finally {
    unpacker.close();
  }
}

interface Unpacker {
  write(piece: Buffer): Promise<void>;
  end(): Promise<void>;
  take(): readonly Buffer[];
  check(): void;
  close(): void;
}

/** A zlib stream read by hand: async iteration would throw away unpacked bytes as soon as an error follows them. */
function openUnpacker(): Unpacker {
  const stream: Gunzip = createGunzip({ chunkSize: 128 * 1024 });
  let ready: Buffer[] = [];
  let broken: BrokenGzip | null = null;
  let settle: () => void = () => undefined;
  stream.on('data', (chunk: Buffer) => ready.push(chunk));
  stream.on('end', () => settle());
  stream.on('error', (error: NodeJS.ErrnoException) => {
    broken = new BrokenGzip(error.code === 'Z_BUF_ERROR' ? 'source_truncated' : 'source_corrupt');
    settle();
  });
  const waitFor = (start: (done: () => void) => void): Promise<void> =>
    broken !== null || stream.destroyed
      ? Promise.resolve()
      : new Promise((resolve) => {
          settle = resolve;
          start(resolve);
        });
  return {
    write: (piece) => waitFor((done) => stream.write(piece, () => done())),
    end: () => waitFor(() => stream.end()),
    take: () => {
      const chunks = ready;
      ready = [];
      return chunks;
    },
    check: () => {
      if (broken !== null) throw broken;
    },
    close: () => stream.destroy(),
  };
}
