import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAuditEntry } from '../../platform/audit/audit.ts';
import { auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import { systemClock } from '../../platform/clock.ts';
import type { WorkspaceMigration } from '../../platform/db/database.ts';
import { openTestDatabase } from '../../platform/db/testing.ts';
import { type ContactId, newId, parseId, type WorkspaceId } from '../../platform/ids.ts';
import { type Address, normaliseAddress } from '../admission/address.ts';
import { bookMigrations } from './book.migrations.ts';
import { parseBookFile } from './book-file.ts';
import { findContacts } from './book.store.ts';
import { getContact, getSummary, listContacts } from './contact-list.store.ts';
import { setExcluded } from './exclusion.ts';
import { importBook } from './import-book.ts';
import { memoryBook } from './memory-book.ts';

/** What the list reads of the gate's tables. */
const keptMessages: WorkspaceMigration = {
  id: '0020-kept',
  sql: ({ role }) => `
    create table message_contact (message_id uuid, contact_id uuid, address text, sent_at timestamptz, primary key (message_id, contact_id));
    grant select, insert on message_contact to ${role};
  `,
};

describe('the contact book', () => {
  let db: Awaited<ReturnType<typeof openTestDatabase>>;
  let workspaceId: WorkspaceId;
  beforeAll(async () => {
    db = await openTestDatabase({
      control: [],
      workspace: [...auditWorkspaceMigrations, ...bookMigrations, keptMessages],
    });
  });
  beforeEach(async () => {
    workspaceId = newId<WorkspaceId>();
    await db.provision(workspaceId);
  });
  afterAll(() => db.close());

  const entryOf = (event: 'book.imported' | 'contact.excluded' | 'contact.included' = 'book.imported') =>
    openAuditEntry(event, { kind: 'operator', id: null, name: null }, null, systemClock);
  const load = (text: string, dryRun = false) =>
    importBook(db, workspaceId, bytes(text), { format: 'auto', dryRun, entry: entryOf() });
  const summary = () => db.workspace(workspaceId, getSummary);
  const find = (...addresses: string[]) =>
    db.workspace(workspaceId, (tx) => findContacts(tx, addresses.map(addressOf)));
  const list = (query: { after?: ContactId; limit?: number; search?: string } = {}) =>
    db.workspace(workspaceId, (tx) => listContacts(tx, { after: null, limit: 50, search: null, ...query }));
  const audit = async () =>
    (
      await db.workspace(workspaceId, (tx) =>
        sql<{ event: string; detail: string }>`select event, detail::text from audit_log order by seq`.execute(tx),
      )
    ).rows;

  it('imports 50,000 rows once: the same file again adds nobody and leaves the revision', async () => {
    const file = csv(50_000);
    const first = await load(file);
    expect(first).toMatchObject({
      format: 'csv',
      layout: 'generic',
      rows: 50_000,
      added: 50_000,
      changed: 0,
      unchanged: 0,
      skippedTotal: 0,
      revision: 50,
    });
    const second = await load(file);
    expect(second).toMatchObject({ added: 0, changed: 0, unchanged: 50_000, revision: 50 });
    expect(await summary()).toMatchObject({ contacts: 50_000, addresses: 50_000, revision: 50 });
  }, 120_000);

  it('leaves one row each when two imports run at once', async () => {
    const [a, b] = await Promise.all([load(csv(5000)), load(csv(5000))]);
    expect(a.added + b.added).toBe(5000);
    expect(a.unchanged + b.unchanged).toBe(5000);
    expect(await summary()).toMatchObject({ contacts: 5000, addresses: 5000, revision: 5 });
  }, 60_000);

  it('counts the revision up once per transaction that changed something', async () => {
    expect((await load('Email,Name\nann@a.example,Ann\n')).revision).toBe(1);
    expect((await load('Email,Name\nann@a.example,Ann\n')).revision).toBe(1);
    expect((await load('Email,Name\nann@a.example,Anna\nbob@b.example,Bob\n')).revision).toBe(2);
    expect((await load('Email,Name\nnot an address,Cy\n')).revision).toBe(2);
    const { changedAt } = await summary();
    expect(changedAt).not.toBeNull();
  });

  it('says in a dry run what an import would do, and does nothing', async () => {
    await load('Email,Name\nann@a.example,Ann\nbob@b.example,Bob\n');
    const rehearsed = await load(
      'Email,Name\nann@a.example,Anna\nbob@b.example,Bob\ncy@c.example,Cy\nnobody,Dee\n',
      true,
    );
    expect(rehearsed).toMatchObject({
      rows: 4,
      added: 1,
      changed: 1,
      unchanged: 1,
      skippedTotal: 1,
      revision: 1,
      dryRun: true,
    });
    expect(rehearsed.skipped).toEqual([{ row: 5, column: 'Email', reason: 'address_invalid' }]);
    expect(await summary()).toMatchObject({ contacts: 2, addresses: 2, revision: 1 });
    expect((await find('cy@c.example')).matches.size).toBe(0);
  });

  it('writes nothing when the file is no address book', async () => {
    await expect(load('Phone,Company\n1,A\n')).rejects.toMatchObject({ code: 'file_invalid' });
    await expect(load('')).rejects.toMatchObject({ code: 'file_invalid' });
    expect(await summary()).toMatchObject({ contacts: 0, revision: 0 });
    expect(await audit()).toEqual([]);
  });

  it('leaves one audit row per import, with counts and without anybody in it', async () => {
    await load(csv(2500));
    const rows = await audit();
    expect(rows.map(({ event }) => event)).toEqual(['book.imported']);
    expect(JSON.parse(rows[0]?.detail ?? '')).toEqual({
      added: 2500,
      changed: 0,
      dryRun: false,
      format: 'csv',
      layout: 'generic',
      revision: 3,
      rows: 2500,
      skipped: 0,
      unchanged: 0,
    });
  });

  it('goes on where it differs when an upload breaks off and is sent again', async () => {
    const text = csv(3000);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* bytes(text.slice(0, text.length - 20_000));
      throw new Error('gone');
    }
    await expect(
      importBook(db, workspaceId, broken(), { format: 'auto', dryRun: false, entry: entryOf() }),
    ).rejects.toThrow('gone');
    expect(await audit()).toEqual([]);
    const { contacts } = await summary();
    const again = await load(text);
    expect(again).toMatchObject({ unchanged: contacts, added: 3000 - contacts });
    expect(contacts).toBeGreaterThan(0);
  });

  it('does not let text of a file be SQL, JSON or a pattern', async () => {
    const name = `x'); drop table contact; -- \\u0000 {"a":1} %_ "$1"`;
    await load(`Email,Name\nann@a.example,"${name.replaceAll('"', '""')}"\n`);
    expect((await list()).items).toMatchObject([{ name }]);
    expect((await list({ search: '%_ "$1"' })).total).toBe(1);
  });

  it('looks up a page of addresses together with the revision', async () => {
    await load(
      'Record ID,Email,Additional email addresses,First Name\n7,ann@a.example,ann@home.example,Ann\n8,bob@b.example,,Bob\n',
    );
    const { revision, matches } = await find('ann@home.example', 'ANN@A.example', 'nobody@n.example');
    expect(revision).toBe(1);
    expect([...matches.keys()]).toEqual(expect.arrayContaining(['ann@home.example', 'ann@a.example']));
    expect(matches.size).toBe(2);
    expect(new Set([...matches.values()].map(({ contactId }) => contactId)).size).toBe(1);
    expect((await find()).revision).toBe(1);
  });

  it('excludes and includes a contact; doing it twice changes nothing more', async () => {
    await load('Email,Name\nann@a.example,Ann\n');
    const contactId =
      (await find('ann@a.example')).matches.get(addressOf('ann@a.example'))?.contactId ?? newId<ContactId>();
    const set = (excluded: boolean) =>
      setExcluded(
        db,
        workspaceId,
        { contactId, excluded },
        entryOf(excluded ? 'contact.excluded' : 'contact.included'),
      );
    expect(await set(true)).toMatchObject({ id: contactId, excluded: true });
    await set(true);
    expect(await summary()).toMatchObject({ excluded: 1, revision: 2 });
    expect((await find('ann@a.example')).matches.get(addressOf('ann@a.example'))).toMatchObject({ excluded: true });
    expect(await load('Email,Name\nann@a.example,Anna\n')).toMatchObject({ changed: 1 });
    expect(await set(false)).toMatchObject({ excluded: false, name: 'Anna' });
    expect(await summary()).toMatchObject({ excluded: 0, revision: 4 });
    expect((await audit()).map(({ event }) => event)).toEqual([
      'book.imported',
      'contact.excluded',
      'contact.excluded',
      'book.imported',
      'contact.included',
    ]);
  });

  it('knows no contact of another workspace', async () => {
    await load('Email\nann@a.example\n');
    const contactId = idOf((await list()).items[0]);
    workspaceId = newId<WorkspaceId>();
    await db.provision(workspaceId);
    await expect(
      setExcluded(db, workspaceId, { contactId, excluded: true }, entryOf('contact.excluded')),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect((await list()).total).toBe(0);
  });

  it('lists everybody once, in order, whatever the size of the pages', async () => {
    await load(
      `Email,Name\n${['Zoe', 'ann', 'Bob', '', 'Ann', 'Ann'].map((name, n) => `p${n}@a.example,${name}`).join('\n')}\n`,
    );
    const seen: (string | null)[] = [];
    let after: ContactId | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({ ...(after === null ? {} : { after }), limit: 2 });
      expect(page.total).toBe(6);
      seen.push(...page.items.map(({ addresses }) => addresses[0] ?? null));
      after = page.next;
    } while (after !== null);
    expect(seen).toHaveLength(6);
    expect(new Set(seen).size).toBe(6);
    expect((await list()).items.map(({ name }) => name?.toLowerCase() ?? null)).toEqual([
      'ann',
      'ann',
      'ann',
      'bob',
      null,
      'zoe',
    ]);
    await expect(list({ after: newId<ContactId>() })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('searches names, companies and addresses as plain text', async () => {
    await load('Email,Name,Company\nann@alpha.example,Ann Ost,Alpen\nbob@beta.example,Bob_1,100% AG\n');
    const found = async (search: string) => (await list({ search })).items.map(({ name }) => name);
    expect(await found('ost')).toEqual(['Ann Ost']);
    expect(await found('BETA.ex')).toEqual(['Bob_1']);
    expect(await found('alp')).toEqual(['Ann Ost']);
    expect(await found('0%')).toEqual(['Bob_1']);
    expect(await found('%')).toEqual(['Bob_1']);
    expect(await found('_')).toEqual(['Bob_1']);
    expect(await found('\\')).toEqual([]);
  });

  it('shows how many messages a contact admitted, and the last one', async () => {
    await load('Email,Name\nann@a.example,Ann\nbob@b.example,Bob\n');
    const [ann] = (await list()).items;
    await db.workspace(workspaceId, async (tx) => {
      for (const day of ['2026-01-02', '2026-03-04'])
        await sql`insert into message_contact values (${newId()}, ${idOf(ann)}, 'ann@a.example', ${`${day}T00:00:00Z`})`.execute(
          tx,
        );
    });
    expect((await list()).items).toMatchObject([
      { name: 'Ann', messagesKept: 2, lastMessageAt: '2026-03-04T00:00:00.000Z' },
      { name: 'Bob', messagesKept: 0, lastMessageAt: null },
    ]);
    expect(await db.workspace(workspaceId, (tx) => getContact(tx, idOf(ann)))).toMatchObject({ messagesKept: 2 });
  });

  it('answers as the book in memory does', async () => {
    const file =
      'Record ID,Email,Additional email addresses,First Name\n1,ann@a.example,ann@home.example,Ann\n2,bob@b.example,,Bob\n3,ann@home.example,new@n.example,Twin\n4,bob@b.example,ann@a.example,Both\n5,x,,No\n';
    const report = await load(file);
    const memory = await memoryBook(parseBookFile(bytes(file), 'auto'));
    const { contacts, addresses } = await summary();
    expect(memory).toMatchObject({ contacts, addresses, skipped: report.skippedTotal });
    const wanted = ['ann@a.example', 'ann@home.example', 'bob@b.example', 'new@n.example', 'x@x.example'].map(
      addressOf,
    );
    const names = (matches: ReadonlyMap<Address, { name: string | null }>) =>
      wanted.map((address) => matches.get(address)?.name);
    expect(names((await memory.findContacts(wanted)).matches)).toEqual(names((await find(...wanted)).matches));
    expect(names((await find(...wanted)).matches)).toEqual(['Ann', 'Ann', 'Bob', 'Ann', undefined]);
  });
});

function csv(rows: number): string {
  return `Email,Name\n${Array.from({ length: rows }, (_, n) => `person${n}@customer${n % 997}.example,Person ${n}`).join('\n')}\n`;
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  const content = Buffer.from(text);
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}

function addressOf(text: string): Address {
  const address = normaliseAddress(text);
  if (address === null) throw new Error('a test address is invalid');
  return address;
}

function idOf(contact: { id: string } | undefined): ContactId {
  const id = parseId<ContactId>(contact?.id ?? '');
  if (id === null) throw new Error('the contact is not there');
  return id;
}
