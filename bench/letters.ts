// Mailboxes of any size for the benchmarks, from the made-up company. The same size is the same mailbox, byte by byte.
// "Bare" letters are as the company writes them (six fields, some 400 bytes). "Delivered" ones carry what real mail
// carries when it has arrived: trace and signature fields, an HTML part and the thread below the answer, some 9 KB.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { COLLEAGUES, COMPANY, makeCompany } from '../packages/sandbox/src/company.ts';
import { memoryBook, type MemoryBook } from '../packages/server/src/gate/book/memory-book.ts';
import { compilePolicy, firstPolicy, parseBookFile, readMail } from '../packages/server/src/gate/gate.ts';
import type { InboundMessage } from '../packages/server/src/gate/admission/message.ts';
import type { CompiledPolicy } from '../packages/server/src/gate/admission/policy.ts';

export type LetterForm = 'bare' | 'delivered';

const CONTACTS = 400;
const HOUR_MS = 3_600_000;
const FIRST_HOUR = Date.UTC(2026, 0, 5);
const company = makeCompany(CONTACTS);

export const OURS = { mailboxes: [COLLEAGUES[0].address], members: COLLEAGUES.map(({ address }) => address) };
export const POLICY_DOCUMENT = {
  ...firstPolicy({ domains: [COMPANY.domain], addresses: [] }),
  authservIds: [`mx.${COMPANY.domain}`],
};
export const contactsCsv: string = company.contactsCsv;

export function benchPolicy(): CompiledPolicy {
  return compilePolicy(1, POLICY_DOCUMENT, OURS);
}

export function benchBook(): Promise<MemoryBook> {
  return memoryBook(parseBookFile(bytesOf([contactsCsv]), 'csv'));
}

/** The letters of a mailbox as an mbox, one string each. */
export function* letters(count: number, form: LetterForm): Generator<string> {
  let made = 0;
  for (let hour = FIRST_HOUR; ; hour += HOUR_MS) {
    for (const letter of company.mailOf(new Date(hour)).split(/(?<=\n)(?=From sender )/)) {
      if (letter === '') continue;
      if (made === count) return;
      yield form === 'bare' ? letter : delivered(letter, made);
      made += 1;
    }
  }
}

export async function writeMbox(path: string, count: number, form: LetterForm): Promise<void> {
  const file = createWriteStream(path, { highWaterMark: 1024 * 1024 });
  for (const letter of letters(count, form)) {
    if (!file.write(letter)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

/** Letters read up to their header, as they arrive at the gate. */
export async function readLetters(count: number, form: LetterForm): Promise<InboundMessage[]> {
  const messages: InboundMessage[] = [];
  for await (const item of readMail(bytesOf(letters(count, form)), { format: 'mbox' })) {
    if (item.kind === 'message') messages.push(item.message);
  }
  if (messages.length !== count) throw new Error(`${messages.length} messages were read instead of ${count}`);
  return messages;
}

export async function* bytesOf(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** What servers and mail programs add on the way. The `number` keeps letters different. */
function delivered(letter: string, number: number): string {
  const [envelope = '', ...fields] = letter.slice(0, letter.indexOf('\n\n')).split('\n');
  const text = letter.slice(letter.indexOf('\n\n') + 2).trimEnd();
  const boundary = `part-${number.toString(36)}`;
  return [
    envelope,
    ...traceFields(number),
    ...fields,
    'MIME-Version: 1.0',
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    ...programFields(number),
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    text,
    '',
    ...quotedThread(number),
    '',
    `--${boundary}`,
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    `<html><body><p>${text.replaceAll('\n', '<br>\n')}</p>`,
    ...quotedThread(number).map(
      (line) => `<blockquote style="margin:0 0 0 .8ex;border-left:1px solid #ccc">${line.slice(2)}</blockquote>`,
    ),
    '</body></html>',
    '',
    `--${boundary}--`,
    '',
    '',
  ].join('\n');
}

function traceFields(number: number): string[] {
  const hash = (length: number): string => Buffer.from(`${number}:`.repeat(length)).toString('base64').slice(0, length);
  const hops = ['edge', 'filter', 'relay', 'store', 'submit'].map(
    (host, hop) =>
      `Received: from ${host}${hop}.mail.example.net (${host}${hop}.mail.example.net [192.0.2.${hop + 1}])\n\tby mx${hop}.acme.example (Postfix) with ESMTPS id ${hash(16)}\n\t(version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256);\n\tMon, 5 Jan 2026 08:0${hop}:00 +0000`,
  );
  return [
    'Return-Path: <bounce@mail.example.net>',
    ...hops,
    `ARC-Seal: i=1; a=rsa-sha256; t=1767600000; cv=none; d=mail.example.net; s=arc;\n\tb=${hash(70)}\n\t ${hash(72)}\n\t ${hash(72)}`,
    `ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example.net; s=arc;\n\th=from:to:subject:date:message-id;\n\tbh=${hash(44)};\n\tb=${hash(70)}\n\t ${hash(72)}\n\t ${hash(72)}`,
    `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example.net; s=2026;\n\th=from:to:subject:date:message-id:mime-version;\n\tbh=${hash(44)};\n\tb=${hash(70)}\n\t ${hash(72)}\n\t ${hash(72)}`,
    `X-Received: by 2001:db8::${(number % 65_536).toString(16)} with SMTP id ${hash(24)};\n\tMon, 05 Jan 2026 00:00:00 -0800 (PST)`,
    'Received-SPF: pass (acme.example: domain of mail.example.net designates 192.0.2.1 as permitted sender) client-ip=192.0.2.1;',
  ];
}

function programFields(number: number): string[] {
  return [
    `References: ${Array.from({ length: 4 }, (_, depth) => `<thread.${number}.${depth}@mail.example.net>`).join('\n ')}`,
    `In-Reply-To: <thread.${number}.3@mail.example.net>`,
    'Accept-Language: en-GB, de-DE',
    'X-Mailer: Example Mail 16.0',
    'X-Spam-Status: No, score=-2.1 required=5.0 tests=DKIM_SIGNED,DKIM_VALID,SPF_PASS autolearn=ham',
    `X-Message-Trace: ${Buffer.from(String(number).repeat(40)).toString('base64').slice(0, 200)}`,
    'X-Originating-Address: [192.0.2.77]',
    `Thread-Index: ${Buffer.from(`thread ${number}`).toString('base64')}`,
  ];
}

function quotedThread(number: number): string[] {
  return Array.from(
    { length: 24 },
    (_, line) =>
      `> ${line + 1}. What we wrote about order ${number + line} stands: delivery in the week agreed, at the price agreed.`,
  );
}
