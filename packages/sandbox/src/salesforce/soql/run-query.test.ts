import { beforeAll, describe, expect, it } from 'vitest';
import { createWorld } from '../../world/create-world.ts';
import type { World } from '../../world/world.ts';
import { openSchema, type Schema } from '../objects/schema.ts';
import { bindQuery } from './bind-query.ts';
import { parseSoql } from './parse-soql.ts';
import { type Found, runQuery } from './run-query.ts';

const NOW = new Date('2026-06-01T09:00:00Z');

let world: World;
let schema: Schema;
const read = { count: 0 };
beforeAll(() => {
  world = createWorld({ now: NOW, contacts: 100_000 });
  schema = openSchema(
    counting(world),
    () => 0,
    () => false,
  );
});

/** The same world, which counts the contacts that are made. */
function counting(real: World): World {
  const counted = <Item>(items: readonly Item[]) => {
    read.count += items.length;
    return items;
  };
  const { contacts } = real;
  const watched: World['contacts'] = {
    ...contacts,
    changed: (query) => counted(contacts.changed(query)),
    list: (query) => counted(contacts.list(query)),
  };
  return { ...real, contacts: watched };
}

function run(soql: string, deleted = true): Found {
  const query = bindQuery({ schema, soql }, parseSoql(soql));
  return runQuery(query, { schema, now: world.now().getTime(), deleted, unseen: null });
}

function pagesOf(found: Found, size = 2000): readonly (readonly number[])[] {
  const pages: (readonly number[])[] = [];
  for (let from: number | null = 0; from !== null; ) {
    const page = found.page(from, size);
    pages.push((page?.rows ?? []).map(({ n }) => n));
    from = page?.next ?? null;
  }
  return pages;
}

describe('walking over a hundred thousand contacts', () => {
  it('reads no more than a page for a page of a sync', () => {
    const found = run(
      'SELECT Id FROM Contact WHERE SystemModstamp >= 2000-01-01T00:00:00Z ORDER BY SystemModstamp, Id',
    );
    expect(found.total).toBeGreaterThan(90_000);
    read.count = 0;
    const first = found.page(0, 2000);
    expect(first).toMatchObject({ next: 2000 });
    expect(read.count).toBeLessThanOrEqual(4000);
    const pages = pagesOf(found).flat();
    expect(pages).toHaveLength(found.total);
    expect(new Set(pages).size).toBe(found.total);
  });

  it('reads only what changed since', () => {
    const since = new Date(NOW.getTime() - 3 * 24 * 3600 * 1000);
    const soql = `SELECT Id FROM Contact WHERE SystemModstamp >= ${since.toISOString()} ORDER BY SystemModstamp, Id`;
    read.count = 0;
    const pages = pagesOf(run(soql)).flat();
    const changed = world.contacts.changed({
      since,
      by: 'touchedAt',
      states: ['live', 'archived', 'merged'],
      limit: 100_000,
    });
    expect(pages).toEqual(changed.map(({ n }) => n));
    expect(read.count).toBe(changed.length);
  });

  it('stops at its limit', () => {
    read.count = 0;
    const found = run("SELECT Id FROM Contact WHERE LastName != 'x' ORDER BY SystemModstamp, Id LIMIT 100");
    expect(found.total).toBe(100);
    expect(read.count).toBeLessThanOrEqual(1000);
  });

  it('reads only the records whose ids are named', () => {
    read.count = 0;
    const ids = [3, 4, 99_000].map((n) => `'${schema.object('Contact')?.row(n)?.read('Id') ?? ''}'`);
    expect(
      pagesOf(run(`SELECT Name FROM Contact WHERE Id IN (${ids.join(', ')})`, false)).flat().length,
    ).toBeGreaterThan(1);
    expect(read.count).toBe(0);
  });

  it('gives the same records whichever way it walks', () => {
    const where = "SystemModstamp >= 2026-05-20T00:00:00Z AND LastName LIKE 'a%'";
    const sortedByTime = pagesOf(run(`SELECT Id FROM Contact WHERE ${where} ORDER BY SystemModstamp, Id`)).flat();
    const descending = pagesOf(
      run(`SELECT Id FROM Contact WHERE ${where} ORDER BY SystemModstamp DESC, Id DESC`),
    ).flat();
    const walked = pagesOf(run(`SELECT Id FROM Contact WHERE NOT (NOT (${where})) ORDER BY SystemModstamp, Id`)).flat();
    expect(descending.toReversed()).toEqual(sortedByTime);
    expect(walked).toEqual(sortedByTime);
    expect(sortedByTime.length).toBeGreaterThan(5);
  });
});
