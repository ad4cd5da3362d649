import { describe, expect, it } from 'vitest';
import { openBookFile } from './book-file.ts';
import type { BookFormat, BookRow, SkippedRow } from './contact.ts';

describe('columns of known exporters', () => {
  it('reads a HubSpot export, additional addresses included', async () => {
    const file = await read(
      'Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Associated Company,Last Activity Date,Lead Status,Marketing contact status,Create Date,Additional email addresses,Email Domain,Email hard bounce reason\n' +
        '101,Ada,Lind,Ada.Lind@Fjord.example,,Kim Berg (kim@own.example),Fjord AS,2026-01-02,Open,Marketing contact,2025-01-01 10:00,ada@private.example;a.lind@fjord.example,fjord.example,\n',
    );
    expect(file.layout).toBe('hubspot');
    expect(file.columns).toMatchObject({
      Email: 'address',
      'Additional email addresses': 'address',
      'Record ID': 'record id',
      'Contact owner': 'owner',
    });
    expect(file.columns).not.toHaveProperty('Email Domain');
    expect(file.items).toEqual([
      row({
        row: 2,
        recordId: 'hubspot:101',
        name: 'Ada Lind',
        company: 'Fjord AS',
        owner: 'Kim Berg (kim@own.example)',
        addresses: ['ada.lind@fjord.example', 'ada@private.example', 'a.lind@fjord.example'],
      }),
    ]);
  });

  it('reads a Salesforce report and a Salesforce data export as the same person', async () => {
    const report = await read(
      '"Salutation","First Name","Last Name","Title","Account Name","Mailing Street","Phone","Email","Account Owner","Contact ID"\n"Ms.","Ines","Roth","CFO","Alpen GmbH","Weg 1","1","ines@alpen.example","Kim Berg","0035g00000AbCdE"\n',
    );
    const data = await read(
      '"Id","IsDeleted","MasterRecordId","AccountId","LastName","FirstName","Name","Email","HasOptedOutOfEmail","OwnerId"\n' +
        '"0035g00000AbCdEAAV","0","","001","Roth","Ines","Ines Roth","ines@alpen.example","0","005"\n"0035g00000AbCdFAAV","1","","001","Gone","Al","Al Gone","gone@alpen.example","0","005"\n',
    );
    expect([report.layout, data.layout]).toEqual(['salesforce', 'salesforce']);
    expect(report.items).toMatchObject([
      { name: 'Ines Roth', company: 'Alpen GmbH', recordId: expect.stringMatching(/^salesforce:0035g00000AbCdE...$/) },
    ]);
    expect(data.items).toMatchObject([{ name: 'Ines Roth' }, { kind: 'skipped', row: 3, reason: 'deleted_record' }]);
    expect(recordId(report.items[0])).toBe(recordId(data.items[0]));
  });

  it('reads both generations of Google Contacts exports', async () => {
    const now = await read(
      'First Name,Middle Name,Last Name,Phonetic First Name,Organization Name,Organization Title,Birthday,Notes,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Value\n' +
        'Bo,,Ek,,Nord AB,,,"a note, with\nlines",,* myContacts,Work,bo@nord.example ::: bo.ek@nord.example,Home,bo@home.example,1\n',
    );
    const before = await read(
      'Name,Given Name,Family Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,Organization 1 - Name\nBo Ek,Bo,Ek,* My Contacts,* Work,bo@nord.example,Nord AB\n',
    );
    expect([now.layout, before.layout]).toEqual(['google', 'google']);
    expect(now.items).toEqual([
      row({
        row: 2,
        name: 'Bo Ek',
        company: 'Nord AB',
        addresses: ['bo@nord.example', 'bo.ek@nord.example', 'bo@home.example'],
      }),
    ]);
    expect(before.items).toEqual([row({ row: 2, name: 'Bo Ek', company: 'Nord AB', addresses: ['bo@nord.example'] })]);
  });

  it('reads an Outlook export in the encoding Outlook writes, and leaves Exchange names out', async () => {
    const text =
      '"First Name","Last Name","Company","E-mail Address","E-mail Type","E-mail Display Name","E-mail 2 Address","E-mail 2 Type","Manager\'s Name"\r\n' +
      '"Zoë","Büchi","Käse AG","zoe@kaese.example","SMTP","Zoë","/o=ExchangeLabs/cn=zoe","EX",""\r\n';
    const file = await openBookFile(bytes(Buffer.from(text, 'latin1')), 'auto');
    expect(file.layout).toBe('outlook');
    expect(await collect(file.items)).toEqual([
      { kind: 'skipped', row: 2, column: 'E-mail 2 Address', reason: 'address_invalid' },
      row({
        row: 2,
        name: 'Zoë Büchi',
        company: 'Käse AG',
        addresses: ['zoe@kaese.example'],
        columns: ['E-mail Address'],
      }),
    ]);
  });

  it.each([
    ['E-Mail-Adresse;Vorname;Nachname;Firma', 'ann@a.example;Ann;Ost;A AG'],
    ['Adresse e-mail;Prénom;Nom;Société', 'ann@a.example;Ann;Ost;A AG'],
    ['Correo electrónico;Nombre;Apellidos;Empresa', 'ann@a.example;Ann;Ost;A AG'],
  ])('reads the header %s', async (header, line) => {
    expect((await read(`${header}\n${line}\n`)).items).toEqual([
      row({ row: 2, name: 'Ann Ost', company: 'A AG', addresses: ['ann@a.example'] }),
    ]);
  });

  it.each([
    'Email Domain',
    'Owner Email',
    'Manager Email',
    'Email Opt Out',
    'Last Email Date',
    'Marketing emails opened',
    'E-mail Type',
    'E-mail Display Name',
    'Invalid email address',
    'Mailing Street',
  ])('never takes the column %s for addresses', async (header) => {
    await expect(read(`Name,${header}\nAnn,ann@a.example\n`)).rejects.toMatchObject({ code: 'file_invalid' });
  });

  it('does not use ids of lists it does not know: two lists that count from 1 are different people', async () => {
    expect((await read('ID,Email\n1,ann@a.example\n')).items).toMatchObject([{ recordId: null }]);
  });
});

describe('CSV as it comes', () => {
  const text = 'Email;Name\nann@a.example;"Ost; Ann"\n';
  const expected = [row({ row: 2, name: 'Ost; Ann', addresses: ['ann@a.example'] })];

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 LE', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16 BE', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['tabs', Buffer.from('Email\tName\nann@a.example\tOst; Ann\n')],
    ['CR only', Buffer.from(text.replaceAll('\n', '\r'))],
    ['the separator declared as Excel does', Buffer.from(`sep=;\r\n${text}`)],
  ])('is read in %s, byte by byte', async (name, file) => {
    const items = await collect((await openBookFile(byteByByte(file), 'auto')).items);
    expect(items.map((item) => ({ ...item, row: item.row - (name.startsWith('the separator') ? 1 : 0) }))).toEqual(
      expected,
    );
  });

  it('is read without a header when the first row holds an address', async () => {
    const file = await read('ann@a.example\nBob <bob@b.example>\nnobody\n');
    expect(file.columns).toEqual({ 'column 1': 'address' });
    expect(file.items).toEqual([
      row({ row: 1, addresses: ['ann@a.example'], columns: ['column 1'] }),
      row({ row: 2, addresses: ['bob@b.example'], columns: ['column 1'] }),
      { kind: 'skipped', row: 3, column: 'column 1', reason: 'address_invalid' },
    ]);
  });

  it('counts what it leaves out, by row and column, and goes on', async () => {
    const file = await read(
      'Name,Email\nAnn,ann@a.example\n\nBob,\nCy,not an address\nOst, Dee,dee@d.example\n"Eve"x,eve@e.example\nFay,fay@f.example;broken\n=1+1,gus@g.example\nHal',
    );
    expect(file.items.filter((item) => item.kind === 'skipped')).toEqual([
      { kind: 'skipped', row: 4, column: null, reason: 'no_address' },
      { kind: 'skipped', row: 5, column: 'Email', reason: 'address_invalid' },
      { kind: 'skipped', row: 6, column: null, reason: 'column_count' },
      { kind: 'skipped', row: 7, column: null, reason: 'quote_broken' },
      { kind: 'skipped', row: 8, column: 'Email', reason: 'address_invalid' },
      { kind: 'skipped', row: 10, column: null, reason: 'no_address' },
    ]);
    expect(file.items.flatMap((item) => (item.kind === 'row' ? [item.name] : []))).toEqual(['Ann', 'Fay', '=1+1']);
  });

  it('keeps names storable: no control characters, no halves of characters, no endless text', async () => {
    const file = await read(`Name,Email\n"A\u0007n\n n${'x'.repeat(2000)}",ann@a.example\n`);
    const [item] = file.items;
    expect(item?.kind === 'row' && item.name?.startsWith('A n nx')).toBe(true);
    expect(item?.kind === 'row' && item.name?.length).toBe(300);
  });
});

describe('files that are no address book', () => {
  it.each([
    ['empty', ''],
    ['blank', ' \r\n\r\n'],
    ['an archive', 'PK\u0003\u0004rest'],
    ['binary', 'Email\n\u0000\u0001\u0002'],
    ['compressed', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0])],
    ['one endless line', 'x'.repeat(3_000_000)],
    ['a header with an open quote', '"Email,Name\nann@a.example,Ann\n'],
  ])('refuses a file that is %s', async (_, content) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'file_invalid' });
  });

  it('names the columns it found when none holds addresses', async () => {
    await expect(read('First Name,Phone,Company\nAnn,1,A\n')).rejects.toThrow(
      'Columns found: First Name, Phone, Company.',
    );
  });

  it('repeats nothing of a first line that may be a person', async () => {
    const error: unknown = await read('Ann Secretname,555-0100\nBob,2\n').catch((caught: unknown) => caught);
    expect(String(error)).toContain('2 columns were found');
    expect(String(error)).not.toContain('Secretname');
  });

  it('refuses a CSV that is said to be vCard', async () => {
    await expect(read('Email\nann@a.example\n', 'vcard')).rejects.toMatchObject({ code: 'file_invalid' });
  });
});

const ANY_TEXT: unknown = expect.any(String);

async function read(content: string | Buffer, format: BookFormat | 'auto' = 'auto') {
  const file = await openBookFile(bytes(Buffer.from(content)), format);
  return { ...file, items: await collect(file.items) };
}

async function* bytes(content: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 60_000) yield content.subarray(at, at + 60_000);
}

async function* byteByByte(content: Buffer): AsyncGenerator<Uint8Array> {
  for (const byte of content) yield Uint8Array.of(byte);
}

function row({
  addresses,
  columns,
  ...rest
}: {
  row: number;
  name?: string;
  company?: string;
  owner?: string;
  recordId?: string;
  addresses: string[];
  columns?: string[];
}): unknown {
  const claimed = addresses.map((address, index) => ({ address, column: columns?.[index] ?? ANY_TEXT }));
  return { kind: 'row', recordId: null, name: null, company: null, owner: null, ...rest, addresses: claimed };
}

function recordId(item: BookRow | SkippedRow | undefined): string | null {
  return item?.kind === 'row' ? item.recordId : null;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
