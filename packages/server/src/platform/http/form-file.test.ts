import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../problem.ts';
import { boundaryOf, readFormFile } from './form-file.ts';

const DISPOSITION = 'Content-Disposition: form-data; name="file"; filename="people.csv"';

function form(content: string | Uint8Array, { boundary = 'b', headers = DISPOSITION, end = '--\r\n' } = {}): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from(`\r\n--${boundary}${end}`),
  ]);
}

async function* inChunks(body: Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function read(body: Uint8Array, type: string | null = 'multipart/form-data; boundary=b', maxBytes = 1000) {
  try {
    return Buffer.from(await readFormFile(inChunks(body), type, { field: 'file', maxBytes })).toString('utf8');
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}

describe('the file of a form', () => {
  it('is what stands between the blank line and the last boundary', async () => {
    expect(await read(form('a,b\r\n1,2\r\n'))).toBe('a,b\r\n1,2\r\n');
    expect(await read(form('', { end: '--' }))).toBe('');
    const typed = `content-type: text/csv\r\n${DISPOSITION.toLowerCase()}\r\nContent-Transfer-Encoding: binary`;
    expect(await read(form('x', { headers: typed }))).toBe('x');
    const foreign = 'Content-Disposition: form-data; name=file; filename="a\\"b;.csv"; filename*=UTF-8\'\'%C3%A9.csv';
    expect(await read(form('x', { headers: foreign }))).toBe('x');
  });

  it('is read whatever it holds, as long as that is not the boundary', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 }), async (content, size) => {
        const body = inChunks(form(content, { boundary: 'x-4f1d' }), size);
        const rules = { field: 'file', maxBytes: 300 };
        const file = await readFormFile(body, 'multipart/form-data; boundary="x-4f1d"', rules);
        expect(Buffer.from(file).equals(Buffer.from(content))).toBe(true);
      }),
    );
  });

  it('may not be larger than allowed, and more than that is not read', async () => {
    expect(await read(form('x'.repeat(1000)))).toBe('x'.repeat(1000));
    expect(await read(form('x'.repeat(1001)))).toBe('too_large');
    let read_ = 0;
    async function* endless() {
      for (;;) {
        read_ += 1000;
        yield new Uint8Array(1000);
      }
    }
    const rules = { field: 'file', maxBytes: 1000 };
    await expect(readFormFile(endless(), 'multipart/form-data; boundary=b', rules)).rejects.toThrow(ProblemError);
    expect(read_).toBeLessThan(7000);
  });

  it('is refused where the form could be read in two ways', async () => {
    const second = `\r\n${DISPOSITION}\r\n\r\nother\r\n--b--`;
    const bodies = {
      'a second part': form('one', { end: second }),
      'a boundary that goes on': form('one\r\n--bc\r\ntwo'),
      'text before it': Buffer.concat([Buffer.from('preamble\r\n'), form('one')]),
      'text after it': form('one', { end: '--\r\nepilogue' }),
      'no end': form('one', { end: '' }),
      'bare line feeds': Buffer.from(form('one').toString().replaceAll('\r\n', '\n')),
      'another boundary': form('one', { boundary: 'c' }),
      nothing: Buffer.from(''),
      'only the end': Buffer.from('--b--\r\n'),
      'no headers': Buffer.from('--b\r\n\r\none\r\n--b--'),
      'endless headers': form('one', { headers: `${DISPOSITION}\r\nX-A: ${'x'.repeat(3000)}` }),
    };
    for (const [name, body] of Object.entries(bodies)) expect([name, await read(body)]).toEqual([name, 'file_invalid']);
  });

  it('is refused under headers that name it twice, not at all, or encode it', async () => {
    const headers = [
      'Content-Disposition: form-data; name="other"; filename="x.csv"',
      'Content-Disposition: form-data; name="file"',
      'Content-Disposition: form-data; name="file"; name="file"; filename="x"',
      'Content-Disposition: form-data; name="other"; NAME="file"; filename="x"',
      'Content-Disposition: attachment; name="file"; filename="x"',
      'Content-Disposition: form-data; name="file"; filename="x',
      'Content-Disposition: form-data; name="file" filename="x"',
      `${DISPOSITION}\r\n${DISPOSITION}`,
      `${DISPOSITION}\r\n folded: yes`,
      `${DISPOSITION}\r\nContent-Transfer-Encoding: base64`,
      'Content-Type: text/csv',
    ];
    for (const each of headers)
      expect([each, await read(form('one', { headers: each }))]).toEqual([each, 'file_invalid']);
  });

  it('never fails in another way than a problem', async () => {
    const piece = fc.constantFrom('--b', '\r\n', '--', DISPOSITION, '\r\n\r\n', ':', '"', ';', 'x', '\n');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        expect(typeof (await read(Buffer.from(pieces.join(''))))).toBe('string');
      }),
    );
  });
});

describe('the boundary of a content type', () => {
  it('is taken plain or quoted', () => {
    expect(boundaryOf('multipart/form-data; boundary=----WebKitFormBoundaryAbC')).toBe('----WebKitFormBoundaryAbC');
    expect(boundaryOf('Multipart/Form-Data;charset=utf-8; BOUNDARY="a b"')).toBe('a b');
  });

  it('is nothing when it is missing, doubled, too long, or made of other characters', () => {
    const types = [
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'multipart/form-data; boundary=""',
      'multipart/form-data; boundary=a; boundary=b',
      'multipart/form-data; boundary=a; Boundary=a',
      `multipart/form-data; boundary=${'a'.repeat(71)}`,
      'multipart/form-data; boundary="a "',
      'multipart/form-data; boundary="a\r\nb"',
      'multipart/form-data; boundary=a[b',
      'multipart/form-data; boundary=a b',
      'multipart/form-data boundary=a',
      'multipart/form-dataX; boundary=a',
      'text/csv; boundary=a',
      '',
    ];
    for (const type of types) expect([type, boundaryOf(type)]).toEqual([type, null]);
  });
});
