// Tells the format of mail by its first bytes; names and extensions are not asked.
import type { MailFormat } from './mail-item.ts';

/** Fields one of which every real mail has near its top. */
const MAIL_FIELDS = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'received',
  'return-path',
  'delivered-to',
  'reply-to',
  'sender',
  'mime-version',
  'content-type',
  'dkim-signature',
  'authentication-results',
  'arc-seal',
  'x-received',
  'x-original-to',
  'x-gm-thrid',
  'envelope-to',
]);

/**
 * @param head the first bytes of an uncompressed source
 * @returns the format; 'empty' when nothing but blanks is there; null when it is none of ours
 */
export function detectFormat(head: Buffer): MailFormat | 'empty' | null {
  const text = head
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .replace(/^[ \t\r\n]+/, '');
  if (text === '') return 'empty';
  if (
    /^BEGIN:VCALENDAR[ \t]*(?:\r?\n|$)/i.test(text) ||
    /^(?:BEGIN|END):(?:VEVENT|VTIMEZONE|VCALENDAR)[ \t]*\r?\n/i.test(text)
  )
    return 'ics';
  if (isEnvelopeLike(text)) return 'mbox';
  return looksLikeHeader(text) ? 'eml' : null;
}

/** Whether a text begins like the envelope line of a mailbox; `From :` is the field, in an obsolete spelling. */
export function isEnvelopeLike(text: string): boolean {
  return text.startsWith('From ') && !/^From[ \t]+:/.test(text);
}

/** Every line up to the first empty one is a field or continues one, and a field every mail has is among them. */
function looksLikeHeader(text: string): boolean {
  const lines = text.split(/\r?\n/);
  let known = false;
  for (const [index, line] of lines.slice(0, 60).entries()) {
    if (line === '' || (index > 0 && /^[ \t]/.test(line))) {
      if (line === '') return known;
      continue;
    }
    const name = /^([!-9;-~]{1,76})[ \t]*:/.exec(line)?.[1];
    if (name === undefined) return known;
    if (MAIL_FIELDS.has(name.toLowerCase())) known = true;
  }
  return known;
}
