import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ContactId, newId } from '../../platform/ids.ts';
import { type Address, normaliseAddress } from '../admission/address.ts';
import type { BookRow } from './contact.ts';
import { type KnownContacts, mergeRows, type StoredContact } from './merge-rows.ts';

const mint = () => newId<ContactId>();

describe('merging rows into the book', () => {
  it('adds a person, then finds nothing to change', () => {
    const book = new Book();
    expect(book.merge([row(2, ['ann@a.example'], { name: 'Ann' })])).toMatchObject({
      added: 1,
      changed: 0,
      unchanged: 0,
    });
    expect(book.merge([row(2, ['ann@a.example'], { name: 'Ann' })])).toMatchObject({
      added: 0,
      unchanged: 1,
      contacts: [],
      addresses: [],
    });
  });

  it('gives a further address of a known person to that person', () => {
    const book = new Book();
    book.merge([row(2, ['ann@a.example'])]);
    expect(book.merge([row(2, ['new@a.example', 'ann@a.example'])])).toMatchObject({
      added: 0,
      changed: 1,
      contacts: [],
      addresses: [{ address: 'new@a.example' }],
    });
    expect(book.owner('new@a.example')).toBe(book.owner('ann@a.example'));
  });

  it('leaves a row out that claims addresses of two people, and its further address with it', () => {
    const book = new Book();
    book.merge([row(2, ['ann@a.example']), row(3, ['bob@b.example'])]);
    const merge = book.merge([row(9, ['ann@a.example', 'new@n.example', 'bob@b.example'])]);
    expect(merge).toMatchObject({ added: 0, changed: 0, unchanged: 0, addresses: [] });
    expect(merge.skipped).toEqual(
      [9, 9].map((place) => ({ kind: 'skipped', row: place, column: 'Email', reason: 'address_belongs_to_another' })),
    );
  });

  it('never takes an address away from the person who has it, even for a known record', () => {
    const book = new Book();
    book.merge([
      row(2, ['ann@a.example'], { recordId: 'hubspot:1' }),
      row(3, ['bob@b.example'], { recordId: 'hubspot:2' }),
    ]);
    const bob = book.owner('bob@b.example');
    const merge = book.merge([row(4, ['ann2@a.example', 'bob@b.example'], { recordId: 'hubspot:1' })]);
    expect(merge.skipped).toMatchObject([{ row: 4, reason: 'address_belongs_to_another' }]);
    expect(book.owner('bob@b.example')).toBe(bob);
    expect(book.owner('ann2@a.example')).toBe(book.owner('ann@a.example'));
  });

  it('lets a record change its own details, never blank them, and another record only fill blanks', () => {
    const book = new Book();
    book.merge([row(2, ['ann@a.example'], { recordId: 'hubspot:1', name: 'Ann' })]);
    book.merge([row(2, ['ann@a.example'], { recordId: 'hubspot:1', name: 'Anna' })]);
    book.merge([row(2, ['ann@a.example'], { recordId: 'hubspot:1' })]);
    book.merge([row(2, ['ann@a.example'], { name: 'Somebody', company: 'A AG' })]);
    expect(book.contacts()).toMatchObject([{ name: 'Anna', company: 'A AG' }]);
  });

  it('keeps every address with one person, forgets nobody, and changes nothing the second time, whatever the rows', () => {
    const address = fc.constantFrom('a@x.example', 'b@x.example', 'c@x.example', 'd@x.example', 'e@x.example');
    const anyRow = fc.record({
      addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 3 }),
      id: fc.option(fc.constantFrom('hubspot:1', 'hubspot:2', 'hubspot:3')),
    });
    fc.assert(
      fc.property(fc.array(fc.array(anyRow, { maxLength: 6 }), { maxLength: 4 }), (batches) => {
        const book = new Book();
        const rowsOf = (batch: (typeof batches)[number]) =>
          batch.map(({ addresses, id }, index) => row(index + 2, addresses, { recordId: id }));
        for (const batch of batches) {
          const merge = book.merge(rowsOf(batch));
          expect(merge.added + merge.changed + merge.unchanged).toBeLessThanOrEqual(batch.length);
          for (const { addresses } of batch)
            expect(addresses.some((text) => book.owner(text) !== undefined)).toBe(true);
        }
        const before = book.addressCount();
        for (const batch of batches) {
          const again = book.merge(rowsOf(batch));
          expect(again.added).toBe(0);
        }
        for (const batch of batches)
          expect(book.merge(rowsOf(batch))).toMatchObject({ contacts: [], addresses: [], added: 0, changed: 0 });
        expect(book.addressCount()).toBeGreaterThanOrEqual(before);
      }),
      { numRuns: 500 },
    );
  });
});

/** Stands for the tables: refuses what their keys would refuse. */
class Book {
  readonly #contacts = new Map<ContactId, StoredContact>();
  readonly #owners = new Map<Address, ContactId>();

  merge(rows: readonly BookRow[]) {
    const merge = mergeRows(rows, this.#known(), 'csv', mint);
    for (const contact of merge.contacts) {
      const twin = this.contacts().find(({ externalId }) => externalId === contact.externalId);
      if (twin !== undefined && twin.id !== contact.id) throw new Error('two contacts of one record');
      this.#contacts.set(contact.id, contact);
    }
    for (const { address, contactId } of merge.addresses) {
      if (this.#owners.has(address)) throw new Error('an address was given away twice');
      if (!this.#contacts.has(contactId)) throw new Error('an address of nobody');
      this.#owners.set(address, contactId);
    }
    return merge;
  }

  contacts(): StoredContact[] {
    return [...this.#contacts.values()];
  }

  owner(text: string): ContactId | undefined {
    return this.#owners.get(addressOf(text));
  }

  addressCount(): number {
    return this.#owners.size;
  }

  #known(): KnownContacts {
    const byAddress = [...this.#owners].flatMap(([address, id]): [Address, StoredContact][] => {
      const contact = this.#contacts.get(id);
      return contact === undefined ? [] : [[address, contact]];
    });
    return {
      byAddress: new Map(byAddress),
      byExternalId: new Map(this.contacts().map((contact) => [contact.externalId, contact])),
    };
  }
}

function row(
  place: number,
  addresses: readonly string[],
  details: { recordId?: string | null; name?: string; company?: string } = {},
): BookRow {
  const claimed = addresses.map((text) => ({ address: addressOf(text), column: 'Email' }));
  return {
    kind: 'row',
    row: place,
    recordId: null,
    name: null,
    company: null,
    owner: null,
    ...details,
    addresses: claimed,
  };
}

function addressOf(text: string): Address {
  const address = normaliseAddress(text);
  if (address === null) throw new Error('a test address is invalid');
  return address;
}
