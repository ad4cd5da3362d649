import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBookFile } from './book-file.ts';

describe('vCard', () => {
  it('reads a 4.0 card with several addresses, grouped and folded properties, and escapes', async () => {
    const [card] = await read(
      'BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:individual\r\nFN:Ada\\, Countess \r\n of Lind\r\nN:Lind;Ada;;;\r\nORG:Fjord\\; Sons;Board\r\nUID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1\r\n' +
        'item1.EMAIL;PREF=1;TYPE="work,home":Ada@Fjord.example\r\nEMAIL;TYPE=home:ada.\r\n lind@home.example\r\nEND:VCARD\r\n',
    );
    expect(card).toEqual({
      kind: 'row',
      row: 1,
      recordId: 'uid:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1',
      name: 'Ada, Countess of Lind',
      company: 'Fjord; Sons',
      owner: null,
      addresses: [
        { address: 'ada@fjord.example', column: 'EMAIL' },
        { address: 'ada.lind@home.example', column: 'EMAIL' },
      ],
    });
  });

  it('reads quoted-printable of a 2.1 card, soft line breaks and character set included', async () => {
    const [card] = await read(
      'BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:B=FCchi;Zo=\n=EB;;;\nEMAIL;INTERNET;PREF;ENCODING=QUOTED-PRINTABLE:zoe=40kaese.example\nORG;QUOTED-PRINTABLE:K=C3=A4se\nEND:VCARD\n',
    );
    expect(card).toMatchObject({ name: 'Zoë Büchi', company: 'Käse', addresses: [{ address: 'zoe@kaese.example' }] });
  });

  it('takes nothing from a card inside a card: it is somebody else', async () => {
    const items = await read(
      'BEGIN:VCARD\nVERSION:2.1\nFN:Boss\nAGENT:\nBEGIN:VCARD\nFN:Agent\nEMAIL:agent@a.example\nEND:VCARD\nEMAIL:boss@a.example\nEND:VCARD\n',
    );
    expect(items).toMatchObject([{ name: 'Boss', addresses: [{ address: 'boss@a.example' }] }]);
  });

  it('does not let a picture or a note of any size in', async () => {
    const items = await read(
      `BEGIN:VCARD\nFN:Ann\nPHOTO;ENCODING=b:${' QUJD\n'.repeat(200_000)}\nNOTE:${'EMAIL:no@n.example '.repeat(100_000)}\nEMAIL:ann@a.example\nEND:VCARD\n`,
    );
    expect(items).toMatchObject([{ name: 'Ann', addresses: [{ address: 'ann@a.example' }] }]);
  });

  it('does not let a long quoted-printable note pass for properties', async () => {
    const note = `${'x'.repeat(70)}=\n`.repeat(400);
    const items = await read(
      `BEGIN:VCARD\nNOTE;ENCODING=QUOTED-PRINTABLE:${note}EMAIL:no@n.example=\nend\nEMAIL:ann@a.example\nEND:VCARD\n`,
    );
    expect(items).toMatchObject([{ addresses: [{ address: 'ann@a.example' }] }]);
  });

  it('counts what it leaves out by card', async () => {
    const items = await read(
      'BEGIN:VCARD\nFN:No address\nEND:VCARD\n' +
        'BEGIN:VCARD\nKIND:group\nFN:Team\nEMAIL:team@a.example\nEND:VCARD\n' +
        'BEGIN:VCARD\nFN:Open\nEMAIL:open@a.example\n' +
        `BEGIN:VCARD\nFN:Ann\nEMAIL:not an address\nEMAIL:${'a'.repeat(40_000)}@a.example\nEMAIL:ann@a.example\nEND:VCARD\n` +
        'BEGIN:VCARD\nEMAIL:end@a.example',
    );
    expect(items).toMatchObject([
      { kind: 'skipped', row: 1, column: null, reason: 'no_address' },
      { kind: 'skipped', row: 2, column: null, reason: 'not_a_person' },
      { kind: 'skipped', row: 3, column: null, reason: 'card_not_closed' },
      { kind: 'skipped', row: 4, column: 'EMAIL', reason: 'address_invalid' },
      { kind: 'skipped', row: 4, column: 'EMAIL', reason: 'address_invalid' },
      { kind: 'row', row: 4, name: 'Ann' },
      { kind: 'skipped', row: 5, column: null, reason: 'card_not_closed' },
    ]);
  });

  it('limits the addresses of one card', async () => {
    const items = await read(
      `BEGIN:VCARD\n${Array.from({ length: 150 }, (_, n) => `EMAIL:a${n}@a.example\n`).join('')}END:VCARD\n`,
    );
    expect(items).toMatchObject([{ kind: 'skipped', reason: 'too_many_addresses' }, { kind: 'row' }]);
    expect(items[1]?.kind === 'row' && items[1].addresses.length).toBe(100);
  });

  it('never throws once it has begun, whatever follows, and reads the same in any chunks', async () => {
    const line = fc.constantFrom(
      'BEGIN:VCARD',
      'END:VCARD',
      'EMAIL:a@a.example',
      ' folded',
      'AGENT:',
      'FN;ENCODING=QUOTED-PRINTABLE:a=',
      '=4',
      'N:;;',
      'item.',
      ';:',
      '"',
      'FN;X="a:b;c":d',
      '',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 14 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 5 }),
        async (lines, end, size) => {
          const text = ['BEGIN:VCARD', ...lines].join(end) + end;
          expect(await read(text, size)).toEqual(await read(text));
        },
      ),
      { numRuns: 500 },
    );
  });
});

async function read(text: string, size = 60_000) {
  return await collect(parseBookFile(bytes(Buffer.from(text), size), 'auto'));
}

async function* bytes(content: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
