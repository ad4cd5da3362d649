import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, errorFields, type LogFields, type LogLevel } from './log.ts';

function written(level: LogLevel, write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger({ level, destination: { write: (line: string) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line));
}

const line = (event: string, fields?: LogFields) => written('debug', (log) => log.info(event, fields))[0];
/** For what the compiler would refuse. */
const lineOf = (fields: object) => line('a.b', fields as LogFields);

describe('a log line', () => {
  // Proves: ASVS 54.
  it('holds the event, the time and the fields of the list', () => {
    expect(line('gate.page_decided', { count: 500, durationMs: 12, demo: false, requestId: 'a-1' })).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      event: 'gate.page_decided',
      count: 500,
      durationMs: 12,
      demo: false,
      requestId: 'a-1',
    });
  });

  // Proves: ASVS 51, ASVS 54.
  it('leaves out fields that are not on the list, and counts them', () => {
    expect(
      lineOf({ address: 'ada@example.com', subject: 'Hello', count: 1, constructor: 'x', ['__proto__x']: 1 }),
    ).toMatchObject({ count: 1, refusedFields: 4 });
    expect(JSON.stringify(lineOf({ address: 'ada@example.com' }))).not.toContain('ada');
  });

  // Proves: ASVS 51.
  it('leaves out values of the wrong shape', () => {
    expect(
      lineOf({
        count: 'many',
        demo: 1,
        reason: 'wrote to ada@example.com',
        name: 'Ada Lovelace',
        url: 'https://ada:secret@example.com/',
        folder: '/home/x?token=1',
      }),
    ).toEqual({
      level: 30,
      time: expect.any(String),
      event: 'a.b',
      refusedFields: 6,
    });
  });

  it('cuts long values', () => {
    expect(String(line('a.b', { reason: 'x'.repeat(5000) })?.['reason']).length).toBe(200);
  });

  it('never holds an address, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('reason', 'name', 'url', 'code', 'route', 'host', 'id'),
        fc.string(),
        fc.emailAddress(),
        (key, before, address) => {
          expect(JSON.stringify(lineOf({ [key]: `${before}${address}` }))).not.toContain('@');
          expect(JSON.stringify(line(`a.${address}`, {}))).not.toContain('@');
        },
      ),
    );
  });

  // Proves: ASVS 56.
  it('takes only fixed tokens as events', () => {
    expect(line('Imported mail of Ada')?.['event']).toBe('log.event_refused');
  });

  it('is not written below the level', () => {
    expect(
      written('warn', (log) => (log.info('a.b'), log.debug('a.b'), log.warn('a.c'), log.error('a.d'))).map(
        ({ event }) => event,
      ),
    ).toEqual(['a.c', 'a.d']);
    expect(written('silent', (log) => log.error('a.b'))).toEqual([]);
  });
});

describe('what is said of an error', () => {
  it('is its class, its code and our frames, never its message', () => {
    const fields = errorFields(
      Object.assign(new TypeError('duplicate key (email)=(ada@example.com)'), {
        code: '23505',
        constraint: 'contact_email_key',
        detail: 'Key (email)=(ada@example.com)',
      }),
    );
    expect(fields).toMatchObject({ errorName: 'TypeError', sqlstate: '23505', constraint: 'contact_email_key' });
    expect(fields['frames']).toMatch(/packages\/server\/src\/platform\/log\.test\.ts:\d+/);
    expect(JSON.stringify(fields)).not.toMatch(/ada|duplicate/);
  });

  it('is not fooled by a message that looks like a frame', () => {
    const error = new Error(
      'x\n    at ada@example.com (/packages/secret/ada.ts:1:1)\n    at secret (/srv/packages/secret.ts:1:1)',
    );
    expect(JSON.stringify(errorFields(error))).not.toMatch(/secret|ada/);
    const changed = new Error('x\n    at secret (/srv/packages/secret.ts:1:1)');
    void changed.stack;
    changed.message = 'something else';
    expect(errorFields(changed)).toEqual({ errorName: 'Error', frames: '' });
  });

  it('is little for what is no error', () => {
    expect(errorFields('ada@example.com')).toEqual({ errorName: 'string' });
    expect(errorFields(null)).toEqual({ errorName: 'object' });
  });

  it('passes the log whole', () => {
    expect(line('job.failed', errorFields(new RangeError('x', { cause: new TypeError('y') })))).toMatchObject({
      errorName: 'RangeError',
      causeName: 'TypeError',
      frames: expect.stringContaining('log.test.ts'),
    });
    expect(line('job.failed', errorFields(new RangeError('x')))).not.toHaveProperty('refusedFields');
  });
});

describe('a fault that nobody caught', () => {
  const place = new URL('./log.ts', import.meta.url).href;
  async function ended(throwing: string): Promise<{ code: unknown; text: string }> {
    const program = `
      import { createLogger, exitOnFault } from '${place}';
      exitOnFault(createLogger({ level: 'info', destination: process.stderr }));
      const fault = Object.assign(new Error('Key (address)=(ada@example.com) exists'), { code: '57P01', detail: 'ada@example.com' });
      setInterval(() => {}, 1000);
      ${throwing};
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    const [code] = await once(child, 'close');
    return { code, text };
  }

  it.each([
    ['thrown', 'setTimeout(() => { throw fault; })'],
    ['rejected', 'Promise.reject(fault)'],
    ['emitted to nobody', `new (await import('node:events')).EventEmitter().emit('error', fault)`],
  ])('ends the process with one line that quotes nothing: %s', async (_how, throwing) => {
    const { code, text } = await ended(throwing);
    expect(code).toBe(1);
    expect(text).not.toContain('ada');
    expect(JSON.parse(text)).toMatchObject({ event: 'process.fault', errorName: 'Error', sqlstate: '57P01' });
  });
});
