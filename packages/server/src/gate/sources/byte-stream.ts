// Looking at the first bytes of a stream without losing them, and passing over bytes that were read before.
// Nothing here holds more than the bytes asked for plus one chunk.

export interface PeekedStream {
  /** The first bytes; fewer than asked for only where the stream is shorter. */
  readonly head: Buffer;
  /** The whole stream, `head` included. May be read once. */
  readonly all: AsyncIterable<Buffer>;
  /** Releases the stream, also when `all` was never read. */
  close(): Promise<void>;
}

/**
 * Reads at least `want` bytes ahead.
 *
 * @throws what the stream throws, when it throws before its first byte; a later failure is thrown in its place by `all`
 */
export async function peekStream(input: AsyncIterable<Uint8Array>, want: number): Promise<PeekedStream> {
  const iterator = input[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let length = 0;
  let done = false;
  let failure: { readonly error: unknown } | null = null;
  while (length < want && !done && failure === null) {
    try {
      const next = await iterator.next();
      done = next.done === true;
      if (next.done !== true) {
        chunks.push(asBuffer(next.value));
        length += next.value.byteLength;
      }
    } catch (error) {
      if (length === 0) throw error;
      failure = { error };
    }
  }

  const close = async (): Promise<void> => {
    await iterator.return?.();
  };
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield* chunks;
      if (failure !== null) throw failure.error;
      while (!done) {
        const next = await iterator.next();
        if (next.done === true) return;
        yield asBuffer(next.value);
      }
    } finally {
      await close();
    }
  }
  return { head: Buffer.concat(chunks), all: all(), close };
}

/** The stream without its first `count` bytes. */
export async function* skipBytes(input: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of input) {
    if (left >= chunk.byteLength) {
      left -= chunk.byteLength;
    } else {
      yield asBuffer(chunk).subarray(left);
      left = 0;
    }
  }
}

/** The same memory as a Buffer; nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
