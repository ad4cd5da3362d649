// A message as Gmail's API shows it, in its four formats.
import { invalidArgument, notFound } from '../google-answers.ts';
import { compose, snippetOf } from './compose.ts';
import type { Mail } from './mailbox.ts';
import { type MimePart, toRaw } from './mime.ts';

export const FORMATS = ['minimal', 'metadata', 'full', 'raw'] as const;
export type Format = (typeof FORMATS)[number];

/** @throws GoogleRefusal 400 for another word */
export function formatOf(text: string | null): Format {
  const found = FORMATS.find((format) => format === (text ?? 'full').toLowerCase());
  if (found === undefined) throw invalidArgument(`Invalid value at 'format'`);
  return found;
}

/** @param names which headers `metadata` shows; all when there are none */
export function messageShape(mail: Mail, mailbox: string, format: Format, names: readonly string[]): object {
  const { copy, labels, historyId } = mail;
  const mime = compose(copy.letter, mailbox);
  const raw = toRaw(mime);
  return {
    id: copy.id,
    threadId: copy.threadId,
    // An archived message without a label has no such member at all.
    ...(labels.length > 0 && { labelIds: labels }),
    snippet: snippetOf(copy.letter),
    ...(format === 'full' && { payload: payloadOf(mime, '', copy.id) }),
    ...(format === 'metadata' && { payload: metadataOf(mime, names) }),
    ...(format === 'raw' && { raw: base64url(raw) }),
    sizeEstimate: raw.length,
    historyId: String(historyId),
    internalDate: String(copy.at),
  };
}

/** @throws GoogleRefusal 404 when the message has no such attachment */
export function attachmentShape(mail: Mail, mailbox: string, attachmentId: string): object {
  const partId = partIdOf(mail.copy.id, attachmentId);
  let part: MimePart | undefined = compose(mail.copy.letter, mailbox);
  for (const index of partId.split('.')) part = part?.parts[Number(index)];
  if (partId === '' || part === undefined || part.body === null || part.filename === '') throw notFound();
  return { size: part.body.length, data: base64url(part.body) };
}

function metadataOf({ mimeType, headers }: MimePart, names: readonly string[]): object {
  const wanted = names.map((name) => name.toLowerCase());
  const shown = names.length === 0 ? headers : headers.filter(([name]) => wanted.includes(name.toLowerCase()));
  return { mimeType, ...(shown.length > 0 && { headers: headersShape(shown) }) };
}

function payloadOf(part: MimePart, partId: string, messageId: string): object {
  const { mimeType, filename, headers, body, parts } = part;
  const attached = filename !== '' && { attachmentId: attachmentIdOf(messageId, partId) };
  const data = body === null || filename !== '' || body.length === 0 ? {} : { data: base64url(body) };
  const inner = parts.map((each, index) =>
    payloadOf(each, partId === '' ? String(index) : `${partId}.${index}`, messageId),
  );
  return {
    partId,
    mimeType,
    filename,
    headers: headersShape(headers),
    body: { ...attached, size: body?.length ?? 0, ...data },
    ...(inner.length > 0 && { parts: inner }),
  };
}

function headersShape(headers: MimePart['headers']) {
  return headers.map(([name, value]) => ({ name, value }));
}

const attachmentIdOf = (messageId: string, partId: string): string =>
  `ANGjdJ${Buffer.from(`${messageId}/${partId}`).toString('base64url')}`;

function partIdOf(messageId: string, attachmentId: string): string {
  const text = Buffer.from(attachmentId.slice('ANGjdJ'.length), 'base64url').toString('utf8');
  return text.startsWith(`${messageId}/`) ? text.slice(messageId.length + 1) : '';
}

/** Gmail pads its base64url. */
function base64url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
