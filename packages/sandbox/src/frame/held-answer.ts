// Holds back what a stand-in answers until it is complete, so that it can be lost on the way or cut in its middle.
import type { ServerResponse } from 'node:http';

/** Long enough for the first half to be read before the connection breaks. */
const READ_MS = 30;

/** From now on nothing leaves; `done` is called once, with the whole body, when the stand-in has ended its answer. */
function hold(response: ServerResponse, done: (body: Buffer, write: ServerResponse['write']) => void): void {
  const chunks: Buffer[] = [];
  const write = response.write.bind(response);
  let isDone = false;
  const keep = (chunk: unknown, encoding: unknown) => {
    if (typeof chunk === 'string')
      chunks.push(Buffer.from(chunk, typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  response.flushHeaders = () => undefined;
  response.write = (chunk: unknown, encoding?: unknown) => {
    keep(chunk, encoding);
    return true;
  };
  response.end = (chunk?: unknown, encoding?: unknown) => {
    keep(chunk, encoding);
    if (!isDone) done(Buffer.concat(chunks), write);
    isDone = true;
    return response;
  };
}

/** What was asked is done, but the connection breaks before any of the answer is sent. */
export function loseAnswer(response: ServerResponse): void {
  hold(response, () => reset(response));
}

/** The head and half of the body arrive, then the connection breaks. */
export function cutAnswer(response: ServerResponse): void {
  hold(response, (body, write) => {
    // More is promised than comes, also where the body is empty.
    if (!response.headersSent && !response.hasHeader('content-length'))
      response.setHeader('content-length', Math.max(2, body.length));
    const half = body.subarray(0, Math.max(1, Math.floor(body.length / 2)));
    write(half.length === 0 ? ' ' : half);
    setTimeout(() => reset(response), READ_MS);
  });
}

/** Breaks the connection with a TCP reset (RFC 9293 §3.5.2), as a crashed server or a box on the way does. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}
