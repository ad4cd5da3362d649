// Cuts a stream of mail items into pages: by number of items and by bytes, so that memory stays bounded
// and one page is one look-up and one transaction.
import type { MailItem } from '../sources/mail-item.ts';
import type { InboundMessage } from './message.ts';
import { PAGE_BYTES, PAGE_MESSAGES } from './page.ts';

export interface MailPage {
  readonly messages: readonly InboundMessage[];
  readonly skipped: readonly string[];
  /** Byte of the source after the last item of the page. */
  readonly end: number;
}

export async function* chunksOf(
  items: AsyncIterable<MailItem>,
  size = PAGE_MESSAGES,
): AsyncGenerator<readonly MailItem[]> {
  let chunk: MailItem[] = [];
  let bytes = 0;
  for await (const item of items) {
    chunk.push(item);
    if (item.kind === 'message') bytes += item.message.size;
    if (chunk.length < size && bytes < PAGE_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

export function endOf(item: MailItem): number {
  return item.kind === 'message' ? item.message.end : item.end;
}

/** @returns the page of these items, or null when there are none */
export function pageOf(items: readonly MailItem[]): MailPage | null {
  const last = items.at(-1);
  if (last === undefined) return null;
  return {
    messages: items.flatMap((item) => (item.kind === 'message' ? [item.message] : [])),
    skipped: items.flatMap((item) => (item.kind === 'skipped' ? [item.reason] : [])),
    end: endOf(last),
  };
}
