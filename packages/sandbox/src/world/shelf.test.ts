// What archiving, erasing and merging mean, and how somebody is found by an address.
import { describe, expect, it } from 'vitest';
import { createWorld } from './create-world.ts';
import type { Happening } from './world.ts';

const NOW = new Date('2026-03-02T08:00:00Z');
const MINUTE_MS = 60_000;
const open = (contacts = 400) => {
  const world = createWorld({ contacts, now: NOW });
  world.advance(MINUTE_MS);
  const heard: Happening[] = [];
  world.listen((happening) => heard.push(happening));
  return { world, contacts: world.contacts, heard, now: world.now() };
};

describe('archiving', () => {
  it('moves the one time and not the other, and is undone by restoring', () => {
    const { contacts, heard, now } = open();
    const before = contacts.get(5);
    const archived = contacts.archive(5);
    expect(archived).toMatchObject({
      state: 'archived',
      archivedAt: now,
      touchedAt: now,
      updatedAt: before?.updatedAt,
    });
    expect(contacts.restore(5)).toMatchObject({ state: 'live', archivedAt: null, address: before?.address });
    expect(heard.map(({ kind }) => kind)).toEqual(['archived', 'restored']);
  });

  it('is told once, however often it is asked for', () => {
    const { contacts, heard } = open();
    contacts.archive(5);
    contacts.archive(5);
    expect(heard).toHaveLength(1);
  });

  it('keeps the record from being changed and found', () => {
    const { contacts } = open();
    const { address } = contacts.archive(5);
    expect(() => contacts.update(5, { title: 'x' })).toThrow('archived');
    expect(contacts.findByAddress(address ?? '')).toBeNull();
  });
});

describe('updating', () => {
  it('names what changed and moves both times', () => {
    const { contacts, heard, now } = open();
    const before = contacts.get(5);
    contacts.update(5, { title: 'Ambassador', given: before?.given ?? '' });
    expect(heard).toEqual([{ kind: 'updated', what: 'contact', n: 5, at: now, changed: ['title'] }]);
    expect(contacts.get(5)).toMatchObject({
      title: 'Ambassador',
      updatedAt: now,
      touchedAt: now,
      createdAt: before?.createdAt,
    });
  });

  it('to the same values is not a happening', () => {
    const { contacts, heard } = open();
    const { title = null, updatedAt } = contacts.get(5) ?? {};
    expect(contacts.update(5, { title }).updatedAt).toEqual(updatedAt);
    expect(heard).toEqual([]);
  });
});

describe('erasing', () => {
  it('leaves no value behind, and nothing to find', () => {
    const { contacts, heard } = open();
    const { address, given, family } = contacts.update(5, { title: 'Ambassador' });
    contacts.erase(5);
    expect(contacts.get(5)).toMatchObject({
      state: 'erased',
      given: '',
      family: '',
      address: null,
      phone: null,
      title: null,
    });
    expect(contacts.findByAddress(address ?? '')).toBeNull();
    expect(
      contacts.list({ from: 0, limit: 400, states: ['live', 'archived', 'merged'] }).map(({ n }) => n),
    ).not.toContain(5);
    expect(JSON.stringify(heard.at(-1))).not.toContain(given);
    expect(JSON.stringify(heard.at(-1))).not.toContain(family);
    expect(() => contacts.restore(5)).toThrow('erased');
    expect(() => contacts.erase(5)).toThrow('erased');
  });

  it('takes the person out of their deals', () => {
    const { world, contacts } = open();
    const deal = world.deals.create({ name: 'Two of them', contacts: [5, 6] });
    contacts.erase(5);
    expect(world.deals.get(deal.n)?.contacts).toEqual([6]);
  });
});

describe('merging', () => {
  it('gives the winner all addresses, and the losers point at it', () => {
    const { contacts, heard, now } = open();
    const [five, six] = [contacts.get(5), contacts.get(6)];
    const winner = contacts.merge(5, [6, 7]);
    expect(winner.address).toBe(five?.address);
    expect(winner.furtherAddresses).toContain(six?.address);
    expect(winner).toMatchObject({ updatedAt: now, touchedAt: now });
    expect(contacts.get(6)).toMatchObject({
      state: 'merged',
      mergedInto: 5,
      touchedAt: now,
      updatedAt: six?.updatedAt,
    });
    expect(contacts.findByAddress(six?.address ?? '')?.n).toBe(5);
    expect(heard).toEqual([{ kind: 'merged', what: 'contact', n: 5, losers: [6, 7], at: now }]);
  });

  it('passes on what a loser had won before, and moves the people of deals along', () => {
    const { world, contacts } = open();
    const { address } = contacts.get(7) ?? {};
    const deal = world.deals.create({ name: 'Three of them', contacts: [5, 6, 7] });
    contacts.merge(6, [7]);
    contacts.merge(5, [6]);
    expect(contacts.findByAddress(address ?? '')?.n).toBe(5);
    expect(world.deals.get(deal.n)?.contacts).toEqual([5]);
  });

  it('is refused with itself, with the dead, and with nobody', () => {
    const { contacts, heard } = open();
    contacts.archive(8);
    for (const [winner, losers] of [
      [5, [5]],
      [5, [6, 6]],
      [5, []],
      [5, [8]],
      [8, [5]],
      [5, [4000]],
    ] as const)
      expect(() => contacts.merge(winner, losers)).toThrow(/a merge needs|record \d+/);
    expect(contacts.get(5)?.state).toBe('live');
    expect(heard).toHaveLength(1);
  });
});

describe('finding by address', () => {
  it('finds everybody live by each address, and nobody else', () => {
    const { contacts } = open(3000);
    const all = contacts.list({ from: 0, limit: 3000, states: ['live', 'archived', 'merged'] });
    expect(all.some(({ furtherAddresses }) => furtherAddresses.length > 0)).toBe(true);
    expect(all.some(({ address }) => address === null)).toBe(true);
    for (const contact of all.filter(({ state }) => state === 'live'))
      for (const address of [...(contact.address === null ? [] : [contact.address]), ...contact.furtherAddresses])
        expect(contacts.findByAddress(address.toUpperCase())?.n).toBe(contact.n);
    for (const contact of all.filter(({ state, address }) => state === 'archived' && address !== null))
      expect(contacts.findByAddress(contact.address ?? '')).toBeNull();
    expect(contacts.findByAddress('nobody.here@northwind.example')).toBeNull();
  });

  it('follows a changed address, and forgets the old one', () => {
    const { contacts } = open();
    const { address } = contacts.get(5) ?? {};
    contacts.update(5, { address: 'Elsewhere@customer.example' });
    expect(contacts.findByAddress('elsewhere@customer.example')?.n).toBe(5);
    expect(contacts.findByAddress(address ?? '')).toBeNull();
    contacts.update(5, { address: address ?? null });
    expect(contacts.findByAddress(address ?? '')?.n).toBe(5);
  });

  it('takes the oldest of several', () => {
    const { contacts } = open();
    contacts.create({ address: 'twice@customer.example' });
    const first = contacts.findByAddress('twice@customer.example')?.n;
    contacts.create({ address: 'twice@customer.example' });
    expect(contacts.findByAddress('twice@customer.example')?.n).toBe(first);
  });
});
