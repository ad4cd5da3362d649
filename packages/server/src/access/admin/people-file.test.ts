import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProblemError } from '../../platform/problem.ts';
import { MAX_ROWS, readPeopleFile } from './people-file.ts';

const HEADER = 'email,name,workspace_slug,role';
const read = (text: string) => readPeopleFile(Buffer.from(text));
const errorsOf = (...lines: string[]) => read([HEADER, ...lines].join('\r\n')).map((row) => row.error);
const codeOf = (bytes: Uint8Array) => {
  try {
    readPeopleFile(bytes);
    return 'read';
  } catch (error) {
    return error instanceof ProblemError ? error.code : 'fault';
  }
};

describe('a file of people', () => {
  it('is read row by row, as a spreadsheet counts them', () => {
    const text = `\uFEFF${HEADER}\r\n Ada@Home.example ,"Ada ""A"", Lovelace",lab,ADMIN\n\r\n"bob@home.example","<b>Bob</b>",,`;
    expect(read(text).map(({ row, order }) => ({ row, order }))).toEqual([
      {
        row: 2,
        order: { email: 'ada@home.example', name: 'Ada "A", Lovelace', workspaceSlug: 'lab', role: 'admin' },
      },
      { row: 4, order: { email: 'bob@home.example', name: 'Bob', workspaceSlug: null, role: 'viewer' } },
    ]);
  });

  it('may have its columns in any order, and others beside them', () => {
    expect(read('Role,note,NAME,Email,workspace_slug\nowner,x,Ada,ada@home.example,lab')[0]?.order).toEqual({
      email: 'ada@home.example',
      name: 'Ada',
      workspaceSlug: 'lab',
      role: 'owner',
    });
  });

  it('is refused whole when its header or its text cannot be read', () => {
    for (const text of [
      '',
      'a,b',
      'email,name,role',
      `${HEADER},email`,
      '"email,name',
      'ada@home.example,Ada,lab,viewer',
    ])
      expect([text, codeOf(Buffer.from(text))]).toEqual([text, 'file_invalid']);
    expect(codeOf(Buffer.from([...Buffer.from(`${HEADER}\n`), 0xff, 0xfe]))).toBe('file_invalid');
    expect(codeOf(Buffer.from(HEADER))).toBe('read');
  });

  it('judges each row by itself', () => {
    expect(
      errorsOf(
        'ada@home.example,Ada,lab,viewer',
        'no address,Ada,lab,viewer',
        'bob@home.example,,lab,viewer',
        'bob@home.example,Bob,Bad Slug,viewer',
        'bob@home.example,Bob,lab,god',
        'ADA@home.example,Ada again,lab,editor',
        'ada@home.example,Ada,other,editor',
        '"eve@home.example"x,Eve,lab,viewer',
        'short@home.example',
        `long@home.example,${'x'.repeat(121)},lab,viewer`,
        'nul@home.example,N\u0000l,lab,viewer',
        'last@home.example,Last,lab,viewer',
      ).map((error) => error === null),
    ).toEqual([true, false, false, false, false, false, true, false, false, false, false, true]);
  });

  it('may have so many rows and no more', () => {
    const rows = (count: number) =>
      Buffer.from(`${HEADER}\n${Array.from({ length: count }, (_, n) => `p${n}@home.example,P,,`).join('\n')}\n\n`);
    expect(codeOf(rows(MAX_ROWS))).toBe('read');
    expect(codeOf(rows(MAX_ROWS + 1))).toBe('too_large');
  });

  it('never fails in another way than a problem, and answers short text', () => {
    const piece = fc.constantFrom(',', '"', '\n', '\r\n', 'ada@home.example', 'x'.repeat(300), '=1+1', '\u0000', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        for (const row of read(`${HEADER}\n${pieces.join('')}`)) expect(row.email.length).toBeLessThan(256);
      }),
    );
  });
});
