import { randomBytes } from 'node:crypto';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../platform/problem.ts';
import { BrokenGzip, gunzip, MAX_FREE_OUTPUT } from './gunzip.ts';
import { readMail } from './mail-file.ts';

async function* stream(bytes: Uint8Array, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpack(bytes: Uint8Array, size?: number): Promise<{ length: number; error: unknown }> {
  let length = 0;
  try {
    for await (const chunk of gunzip(stream(bytes, size))) length += chunk.length;
  } catch (error) {
    return { length, error };
  }
  return { length, error: null };
}

const mbox = Array.from(
  { length: 2_000 },
  (_, n) =>
    `From x@example.com Thu Jan  1 00:00:00 1970\nFrom: a${n}@example.com\n\n${randomBytes(60).toString('hex')}\n\n`,
).join('');

describe('unpacking gzip', () => {
  it('unpacks several members in a row, in chunks of any size', async () => {
    const bytes = Buffer.concat([gzipSync('one'), gzipSync(''), gzipSync('three')]);
    for (const size of [1, 5, 1_000]) expect(await unpack(bytes, size)).toEqual({ length: 8, error: null });
  });

  it('stops a bomb near its bound', { timeout: 60_000 }, async () => {
    // Zeros pack about 1000 to 1.
    const packer = createGzip({ level: 9 });
    const parts: Buffer[] = [];
    packer.on('data', (part: Buffer) => parts.push(part));
    const zeros = Buffer.alloc(16 * 1024 * 1024);
    for (let n = 0; n < 24; n += 1) await new Promise<void>((done) => packer.write(zeros, () => done()));
    await new Promise<void>((done) => packer.end(done));
    const { length, error } = await unpack(Buffer.concat(parts));
    expect(error instanceof ProblemError && error.code).toBe('file_invalid');
    expect(length).toBeGreaterThan(MAX_FREE_OUTPUT - 64 * 1024 * 1024);
    expect(length).toBeLessThan(MAX_FREE_OUTPUT + 64 * 1024 * 1024);
  });

  it('gives what came before a cut or a defect, and says which it was', async () => {
    const whole = gzipSync(mbox);
    const cut = await unpack(whole.subarray(0, whole.length - 500));
    expect(cut.error instanceof BrokenGzip && cut.error.reason).toBe('source_truncated');
    expect(cut.length).toBeGreaterThan(mbox.length * 0.95);
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, whole.length - 2_000, whole.length - 1_500);
    const broken = await unpack(damaged);
    expect(broken.error instanceof BrokenGzip && broken.error.reason).toBe('source_corrupt');
    expect(broken.length).toBeGreaterThan(mbox.length * 0.8);
  });

  it('lets a reader have the messages before a cut, then one skip that names the place to go on from', async () => {
    const whole = gzipSync(mbox);
    let messages = 0;
    let end = 0;
    const skips: unknown[] = [];
    for await (const item of readMail(stream(whole.subarray(0, whole.length - 5_000)), { format: 'auto' })) {
      if (item.kind === 'message') {
        messages += 1;
        end = item.message.end;
      } else skips.push(item);
    }
    expect(messages).toBeGreaterThan(1_800);
    expect(messages).toBeLessThan(2_000);
    expect(skips).toEqual([{ kind: 'skipped', reason: 'source_truncated', end }]);
    expect(mbox.slice(end, end + 5)).toBe('From ');
  });
});
