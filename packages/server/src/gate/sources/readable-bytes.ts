// What can be read of a gzip file that is cut off or damaged: everything before the defect, which is then reported
// instead of thrown. A mailbox ends before the message that is cut, since half a header may name somebody else.
import { BrokenGzip } from './gunzip.ts';
import type { MailFormat, SkipReason } from './mail-item.ts';
import { MAX_HEADER_BYTES } from './mime-headers.ts';

/**
 * Passes unpacked bytes on and ends at a defect.
 *
 * @param input what `gunzip` yields
 * @param format of a mailbox the begun message is held back, up to MAX_HEADER_BYTES
 * @param report told the defect, before the end
 */
export async function* readableBytes(
  input: AsyncIterable<Buffer>,
  format: MailFormat,
  report: (reason: SkipReason) => void,
): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of input) {
      if (format !== 'mbox') {
        yield chunk;
        continue;
      }
      const window = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const begun = lastMessageStart(window);
      // The header of a longer message is out already; only a separator that is half there has to wait.
      const free = window.length - begun > MAX_HEADER_BYTES ? window.length - SEPARATOR_BYTES : begun;
      held = window.subarray(free);
      if (free > 0) yield window.subarray(0, free);
    }
  } catch (error) {
    if (!(error instanceof BrokenGzip)) throw error;
    report(error.reason);
    return;
  }
  if (held.length > 0) yield held;
}

const SEPARATORS = [Buffer.from('\n\nFrom '), Buffer.from('\n\r\nFrom ')];
const FROM_BYTES = 5;
const SEPARATOR_BYTES = 8;

/** Where the last "From " behind a blank line stands: a new message, or at least no header; 0 when there is none. */
function lastMessageStart(window: Buffer): number {
  const starts = SEPARATORS.map((separator) => {
    const at = window.lastIndexOf(separator);
    return at === -1 ? 0 : at + separator.length - FROM_BYTES;
  });
  return Math.max(...starts);
}
