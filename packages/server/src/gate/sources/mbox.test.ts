import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDatedEnvelope, splitMbox, unquoteFromLines, type MboxEntry } from './mbox.ts';

const ENVELOPES = [
  'From ann@example.com Thu Jan  1 00:00:00 1970',
  'From MAILER-DAEMON Sun Nov 22 01:41:25 2026',
  'From 1234567890@xxx Sat Apr 18 10:00:00 +0000 2026',
  'From - Sat Apr 18 10:00:00 2026',
  'From "a b"@example.com Sat Apr 18 10:00 EST 2026',
];

/** Lines that come close to cutting, so that the property is asked where it could fail. */
const line = fc.oneof(
  fc.constantFrom(
    '',
    '',
    'From here on',
    'From',
    'From ',
    '>From x',
    '>>From x',
    'F',
    'Fro',
    'To: x',
    '\0',
    ...ENVELOPES,
  ),
  fc.string({ maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, '')),
);
const newline = fc.constantFrom('\n', '\r\n');
/** A body as it stood before it was quoted into the mbox. */
const body = fc.array(line, { maxLength: 12 });
const mailbox = fc.record({
  eol: newline,
  messages: fc.array(fc.record({ envelope: fc.constantFrom(...ENVELOPES), body }), { minLength: 1, maxLength: 6 }),
  cuts: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
});

function write(
  eol: string,
  messages: readonly { envelope: string; body: readonly string[] }[],
): { bytes: Buffer; ends: number[]; bodies: string[] } {
  const parts: Buffer[] = [];
  const ends: number[] = [];
  const bodies: string[] = [];
  let length = 0;
  for (const message of messages) {
    const quoted = message.body.map((text) => (/^>*From /.test(text) ? `>${text}` : text));
    const part = Buffer.from(`${message.envelope}${eol}${quoted.map((text) => text + eol).join('')}${eol}`);
    parts.push(part);
    length += part.length;
    ends.push(length);
    bodies.push(message.body.map((text) => text + eol).join(''));
  }
  return { bytes: Buffer.concat(parts), ends, bodies };
}

async function* chop(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = cuts[turn % cuts.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function split(bytes: Buffer, cuts: readonly number[], startAt = 0): Promise<MboxEntry[]> {
  const entries: MboxEntry[] = [];
  for await (const entry of splitMbox(chop(bytes.subarray(startAt), cuts), startAt)) entries.push(entry);
  return entries;
}

describe('splitting an mbox', () => {
  it('gives back every message, however the stream is chunked', async () => {
    await fc.assert(
      fc.asyncProperty(mailbox, async ({ eol, messages, cuts }) => {
        const { bytes, ends, bodies } = write(eol, messages);
        const entries = await split(bytes, cuts);
        expect(entries.map((entry) => entry.end)).toEqual(ends);
        expect(entries.map((entry) => unquoteFromLines(entry.bytes).toString())).toEqual(bodies);
        expect(entries.reduce((sum, entry) => sum + entry.size, 0)).toBe(bytes.length);
      }),
      { numRuns: 500 },
    );
  });

  it('resumes at every boundary with the same rest', async () => {
    await fc.assert(
      fc.asyncProperty(mailbox, async ({ eol, messages, cuts }) => {
        const { bytes } = write(eol, messages);
        const entries = await split(bytes, cuts);
        for (const [index, entry] of entries.entries()) {
          const rest = await split(bytes, cuts, entry.end);
          expect(rest.map(({ end, size, bytes: text }) => [end, size, text.toString()])).toEqual(
            entries.slice(index + 1).map(({ end, size, bytes: text }) => [end, size, text.toString()]),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never throws but for a first line that is no envelope, whatever the bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 20 }), newline, async (lines, eol) => {
        const bytes = Buffer.from(`${ENVELOPES[0]}${eol}${lines.join(eol)}`);
        const entries = await split(bytes, [13]);
        expect(entries.at(-1)?.end).toBe(bytes.length);
        expect(entries.reduce((sum, entry) => sum + entry.size, 0)).toBe(bytes.length);
      }),
    );
  });

  it('knows envelopes from prose', () => {
    expect(ENVELOPES.filter((envelope) => !isDatedEnvelope(envelope))).toEqual([]);
    const prose = [
      'From here on',
      'From Monday to Friday',
      'From Thu Jan 1 on we meet at 10:00',
      'From a Thu Jan  1 00:00:00 1970, when time began',
      'from ann@example.com Thu Jan  1 00:00:00 1970',
    ];
    expect(prose.filter(isDatedEnvelope)).toEqual([]);
  });

  it('lets no Content-Length swallow a message or join two, not even an exact one', async () => {
    const real = `${ENVELOPES[0]}\nFrom: ann@example.com\n\nb\n\n`;
    for (const length of [0, 2, 3, 3 + real.length, 3 + 2 * real.length, 1_000_000]) {
      const forged = `${ENVELOPES[0]}\nContent-Length: ${length}\n\na\n\n`;
      expect(await split(Buffer.from(forged + real + real), [64])).toHaveLength(3);
    }
  });

  it('holds a message only up to its bound', { timeout: 20_000 }, async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${ENVELOPES[0]}\nFrom: ann@example.com\n\n`);
      for (let n = 0; n < 100; n += 1) yield Buffer.alloc(1 << 20, 'x');
    }
    const entries: MboxEntry[] = [];
    for await (const entry of splitMbox(endless())) entries.push(entry);
    expect(entries.length).toBe(1);
    expect(entries[0]?.bytes.length).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(entries[0]?.size).toBeGreaterThan(100 * 1024 * 1024);
  });
});
