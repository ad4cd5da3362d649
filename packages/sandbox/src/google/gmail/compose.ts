// Writes a letter of the story out as a mail: the headers a server adds, the text, sometimes HTML, sometimes an attachment.
import { seeded } from '../../random.ts';
import type { Party } from '../correspondents.ts';
import type { Attachment, Letter, Written } from './letter.ts';
import { SENTENCES } from './mail-words.ts';
import { encodeWords, type MimePart } from './mime.ts';

type Header = readonly [string, string];

/** @param mailbox whose copy it is: what arrived there has the headers of its road, what was sent has not */
export function compose(letter: Letter, mailbox: string): MimePart {
  const written = letter.written ?? write(letter);
  const content = contentOf(letter, written);
  const arrived = letter.from.address !== mailbox;
  const headers = [
    ...written.headers,
    ...(letter.kind === 'chat' ? [] : arrived ? roadHeaders(letter, mailbox) : []),
    ...ownHeaders(letter),
    ...content.headers,
  ];
  return { ...content, headers };
}

export function addressText({ name, address }: Party): string {
  if (name === '') return address;
  if (!/^[\x20-\x7e]*$/.test(name)) return `${encodeWords(name)} <${address}>`;
  if (/^[\w ]+$/.test(name)) return `${name} <${address}>`;
  return `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}" <${address}>`;
}

/** The first words of the text, as Gmail shows them in lists: on one line, with HTML's characters escaped. */
export function snippetOf(letter: Letter): string {
  const text = (letter.written ?? write(letter)).text.replaceAll(/\s+/g, ' ').trim().slice(0, 180);
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&#39;');
}

function roadHeaders({ at, from, seed, kind }: Letter, mailbox: string): readonly Header[] {
  const [host, own] = [from.address.split('@')[1] ?? '', mailbox.split('@')[1] ?? ''];
  const verdict = kind === 'forged' ? 'fail' : 'pass';
  const id = seed.toString(36);
  return [
    ['Delivered-To', mailbox],
    ['Received', `by 2001:db8::${(seed % 0xffff).toString(16)} with SMTP id ${id}; ${dateText(at)}`],
    ['Return-Path', `<${kind === 'forged' ? 'bounce@bulk.example.net' : from.address}>`],
    [
      'Received',
      `from mail.${host} (mail.${host}. [192.0.2.${seed % 250}]) by mx.${own} with ESMTPS id ${id}x; ${dateText(at)}`,
    ],
    [
      'Authentication-Results',
      `mx.${own}; spf=${verdict} smtp.mailfrom=${from.address}; dkim=${verdict} header.i=@${host}; dmarc=${verdict} header.from=${host}`,
    ],
  ];
}

function ownHeaders(letter: Letter): readonly Header[] {
  const { at, from, to, cc, subject, messageId, answers, kind } = letter;
  if (kind === 'chat') return [['From', addressText(from)]];
  const references: string[] = [];
  for (let each = answers; each !== null; each = each.answers) references.unshift(each.messageId);
  const list = to[0]?.address ?? '';
  const headers: (Header | null)[] = [
    ['From', addressText(from)],
    to.length === 0 ? null : ['To', to.map(addressText).join(', ')],
    cc.length === 0 ? null : ['Cc', cc.map(addressText).join(', ')],
    ['Subject', encodeWords(subject)],
    ['Date', dateText(at)],
    // Programs spell it differently, and all of them are right.
    [letter.seed % 3 === 0 ? 'Message-Id' : 'Message-ID', messageId],
    answers === null ? null : ['In-Reply-To', answers.messageId],
    answers === null ? null : ['References', references.join(' ')],
    kind === 'list' ? ['List-Id', `<${list.replace('@', '.')}>`] : null,
    kind === 'newsletter' ? ['List-Unsubscribe', `<https://${from.address.split('@')[1] ?? ''}/unsubscribe>`] : null,
    ['MIME-Version', '1.0'],
  ];
  return headers.filter((header) => header !== null);
}

/** RFC 5322 §3.3. */
function dateText(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}

function write(letter: Letter): Written {
  const random = seeded(letter.seed);
  const [given = ''] = (letter.to[0]?.name ?? '').split(' ');
  const sentences = Array.from({ length: 1 + random.below(3) }, () => random.pick(SENTENCES));
  const quote =
    letter.answers === null ? [] : [`On ${dateText(letter.answers.at)}, ${letter.answers.from.name} wrote:`, '> …', ''];
  const lines = [`Hello ${given},`, '', ...sentences, '', letter.from.name, '', ...quote];
  const rich = letter.kind === 'newsletter' || random.chance(0.4);
  const html = rich ? `<div>${lines.map((line) => line.replaceAll('>', '&gt;')).join('<br>\r\n')}</div>\r\n` : null;
  const business = letter.kind === 'customer' || letter.kind === 'prospect';
  const attachments = business && random.chance(0.15) ? [makeAttachment(letter.seed)] : [];
  return { text: lines.join('\r\n'), html, attachments, headers: [] };
}

/** Bytes of the right look and of a few kilobytes; no program opens it. */
function makeAttachment(seed: number): Attachment {
  const random = seeded(seed + 1);
  const noise = Buffer.from(Array.from({ length: 2_000 + random.below(6_000) }, () => random.below(256)));
  return {
    filename: `offer-${seed % 1000}.pdf`,
    mimeType: 'application/pdf',
    content: Buffer.concat([Buffer.from('%PDF-1.4\n'), noise, Buffer.from('\n%%EOF\n')]),
  };
}

function contentOf(letter: Letter, { text, html, attachments }: Written): MimePart {
  const seed = letter.seed.toString(36);
  const plain = textPart('plain', text);
  const readable = html === null ? plain : multipart('alternative', `a_${seed}`, [plain, textPart('html', html)]);
  if (attachments.length === 0) return readable;
  return multipart('mixed', `m_${seed}`, [readable, ...attachments.map(attachmentPart)]);
}

function textPart(kind: 'plain' | 'html', text: string): MimePart {
  const lines = text.replaceAll(/\r?\n/g, '\r\n');
  const encoding = /^[\x20-\x7e\r\n]*$/.test(lines) ? '7bit' : 'quoted-printable';
  const headers: Header[] = [
    ['Content-Type', `text/${kind}; charset="UTF-8"`],
    ['Content-Transfer-Encoding', encoding],
  ];
  return { headers, mimeType: `text/${kind}`, filename: '', body: Buffer.from(lines), parts: [] };
}

function multipart(kind: 'alternative' | 'mixed', boundary: string, parts: readonly MimePart[]): MimePart {
  const headers: Header[] = [['Content-Type', `multipart/${kind}; boundary="${boundary}"`]];
  return { headers, mimeType: `multipart/${kind}`, filename: '', body: null, parts };
}

function attachmentPart({ filename, mimeType, content }: Attachment): MimePart {
  const headers: Header[] = [
    ['Content-Type', `${mimeType}; name="${filename}"`],
    ['Content-Disposition', `attachment; filename="${filename}"`],
    ['Content-Transfer-Encoding', 'base64'],
  ];
  return { headers, mimeType, filename, body: content, parts: [] };
}
