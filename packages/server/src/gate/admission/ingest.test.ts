import { Policy } from '@sentinel/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../main.ts';
import { openAuditEntry } from '../../platform/audit/audit.ts';
import { systemClock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/database.ts';
import { openTestDatabase } from '../../platform/db/testing.ts';
import { newId, type WorkspaceId } from '../../platform/ids.ts';
import { silentLogger } from '../../platform/log.ts';
import { importBook } from '../book/import-book.ts';
import { publishFirstPolicy } from '../gate.ts';
import type { MailItem } from '../sources/mail-item.ts';
import { importMail } from './import.ts';
import { ingestPage, type CursorStep } from './ingest.ts';
import type { InboundMessage, MessageContent } from './message.ts';
import { listOutcomes } from './outcome.store.ts';
import { previewPolicy } from './policy-preview.ts';

const ACTOR = { kind: 'system', id: null, name: null } as const;
const OURS = { mailboxes: ['me@acme.example'], members: [] };
const NO_CURSOR: CursorStep = { claim: async () => {}, settle: async () => {} };
const SECRET = 'words of a message';

describe('the one road', () => {
  let db: Database;
  let workspaceId: WorkspaceId;

  beforeAll(async () => {
    db = await openTestDatabase(MIGRATIONS);
  });
  afterAll(async () => await db.close());

  async function workspace(policy: object = {}): Promise<void> {
    workspaceId = newId<WorkspaceId>();
    await db.provision(workspaceId);
    await db.workspace(workspaceId, (tx) =>
      publishFirstPolicy(tx, {
        ownDomains: ['acme.example'],
        ownAddresses: ['me@acme.example'],
        by: 'test',
        at: new Date(),
        ...policy,
      }),
    );
    await importBook(db, workspaceId, bytes('Email\nalice@crm.example\nbob@crm.example\n'), {
      format: 'csv',
      dryRun: false,
      entry: openAuditEntry('book.imported', ACTOR, null, systemClock),
    });
  }
  const ingest = async (messages: readonly InboundMessage[], cursor = NO_CURSOR) =>
    (await ingestPage({ db, workspaceId, ours: OURS, importId: null, clock: systemClock }, messages, cursor)).outcomes;
  const count = async (table: string) =>
    await db.workspace(
      workspaceId,
      async (tx) =>
        (await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(tx)).rows[0]?.n,
    );

  it('keeps what a contact is on, with the contact, and counts the rest', async () => {
    await workspace();
    expect(await ingest([mail('alice@crm.example'), mail('eve@else.example'), mail('me@acme.example')])).toEqual([
      'passed',
      'dropped_no_crm_match',
      'dropped_self_user',
    ]);
    expect([await count('message'), await count('message_contact'), await count('gate_outcome')]).toEqual([1, 1, 3]);
  });

  it('keeps one message once, within a page and across pages', async () => {
    await workspace();
    const same = () => mail('alice@crm.example', { key: '<same@crm.example>' });
    expect(await ingest([same(), same()])).toEqual(['passed', 'duplicate']);
    expect(await ingest([same()])).toEqual(['duplicate']);
    expect(await count('message')).toBe(1);
  });

  it('keeps one row each when the same page is written twice at once', async () => {
    await workspace();
    const page = () =>
      Array.from({ length: 50 }, (_, index) => mail('alice@crm.example', { key: `<${index}@crm.example>` }));
    const both = await Promise.all([ingest(page()), ingest(page())]);
    expect(both.flat().filter((outcome) => outcome === 'passed')).toHaveLength(50);
    expect(await count('message')).toBe(50);
  });

  it('keeps a message although somebody else sent one with its Message-ID first', async () => {
    await workspace();
    const key = '<x@crm.example>';
    const forged = mail('eve@else.example', {
      key,
      participants: { form: 'headers', from: ['eve@else.example'], to: ['alice@crm.example'], cc: [], bcc: [] },
    });
    expect(await ingest([forged])).toEqual(['passed']);
    expect(await ingest([mail('alice@crm.example', { key })])).toEqual(['passed']);
  });

  it('writes the same messages in opposite orders at once without a deadlock', async () => {
    await workspace();
    const text = 'long '.repeat(3000);
    const page = (round: number) =>
      Array.from({ length: 120 }, (_, index) =>
        mail('alice@crm.example', {
          key: `<${round}.${index}@crm.example>`,
          content: async () => ({ ...contentOf(), text }),
        }),
      );
    const outcomes = await Promise.all(
      [0, 1, 2, 3].flatMap((round) => [ingest(page(round)), ingest(page(round).toReversed())]),
    );
    expect(outcomes.flat().filter((outcome) => outcome === 'passed')).toHaveLength(480);
    expect(await count('message')).toBe(480);
  });

  it('fails closed where content cannot be read, and does not hold up its neighbours', async () => {
    await workspace();
    const broken = mail('alice@crm.example', { content: () => Promise.reject(new Error(SECRET)) });
    expect(await ingest([mail('bob@crm.example'), broken])).toEqual(['passed', 'fail_closed']);
    expect(await count('message')).toBe(1);
    expect(await everythingStored()).not.toContain(SECRET);
  });

  it('fails closed where the database refuses a value, keeping the rest of the page', async () => {
    await workspace();
    const refused = mail('alice@crm.example', { content: async () => ({ ...contentOf(), subject: `${SECRET}\0` }) });
    expect(await ingest([mail('bob@crm.example'), refused, mail('eve@else.example')])).toEqual([
      'passed',
      'fail_closed',
      'dropped_no_crm_match',
    ]);
    expect(await count('message')).toBe(1);
    expect(await everythingStored()).not.toContain(SECRET);
  });

  it('stores nothing and moves no cursor when the page cannot be written', async () => {
    await workspace();
    const cursor: CursorStep = {
      claim: async (tx) => void (await sql`insert into gate_policy values (99, '{}', now(), 'cursor')`.execute(tx)),
      settle: async () => Promise.reject(new Error('the database went away')),
    };
    await expect(ingest([mail('alice@crm.example')], cursor)).rejects.toThrow('went away');
    expect([await count('message'), await count('gate_outcome'), await count('gate_policy')]).toEqual([0, 0, 1]);
  });

  it('refuses to write a message except as the ingest role', async () => {
    await workspace();
    const insert = db.workspace(workspaceId, (tx) =>
      sql`insert into message_contact values (gen_random_uuid(), gen_random_uuid(), 'a', null, now())`.execute(tx),
    );
    await expect(insert).rejects.toMatchObject({ code: '42501' });
  });

  it('names the policy and the book that decided, and deleting a contact later rewrites nothing', async () => {
    await workspace();
    await ingest([mail('alice@crm.example')]);
    await db.workspace(workspaceId, (tx) => sql`delete from contact`.execute(tx));
    const page = await db.workspace(workspaceId, (tx) =>
      listOutcomes(tx, { outcomes: [], source: null, since: null, until: null }, { cursor: null, limit: 10 }),
    );
    expect(page.items[0]).toMatchObject({
      outcome: 'passed',
      policyVersion: 1,
      bookRevision: 1,
      matched: [{ address: 'alice@crm.example', current: false }],
    });
  });

  it('takes a page with one look-up in the book, however many messages it has', async () => {
    await workspace();
    const statements = await statementsOf(() =>
      ingest(
        Array.from({ length: 200 }, (_, index) => mail(index % 2 === 0 ? 'alice@crm.example' : 'eve@else.example')),
      ),
    );
    const few = await statementsOf(() => ingest([mail('alice@crm.example'), mail('eve@else.example')]));
    expect(statements).toBe(few);
  });

  it('previews another policy on what was kept, and says that the rest cannot be decided again', async () => {
    await workspace();
    await ingest([mail('alice@crm.example'), mail('bob@crm.example'), mail('eve@else.example')]);
    const policy = Policy.parse({
      ownDomains: ['acme.example'],
      ownAddresses: ['me@acme.example'],
      excludedAddresses: ['Alice@CRM.example'],
    });
    const preview = await previewPolicy(db, workspaceId, { policy, last: 100, members: [] });
    expect(preview).toEqual({
      kept: { looked: 2, stay: 1, become: { dropped_excluded: 1 } },
      notKept: { looked: 1, couldChange: 1 },
    });
    expect(await count('gate_policy')).toBe(1);
  });

  it('starts an import anew only when the book or the policy changed, or when told to', async () => {
    await workspace();
    const run = async (again = false) =>
      await importMail(
        {
          db,
          workspaceId,
          ours: OURS,
          clock: systemClock,
          metrics: { count: () => {} },
          log: silentLogger,
          entry: openAuditEntry('gate.imported', ACTOR, null, systemClock),
        },
        {
          key: 'a-file-of-two-mails',
          source: 'mbox',
          again,
          startsAt: 0,
          read: () => items([mail('alice@crm.example', { key: '<1@x.example>' }), mail('eve@else.example')]),
        },
      );
    expect((await run()).outcomes).toMatchObject({ passed: 1, dropped_no_crm_match: 1 });
    await run();
    expect(await count('gate_outcome')).toBe(2);
    await run(true);
    expect(await count('gate_outcome')).toBe(4);
    await importBook(db, workspaceId, bytes('Email\neve@else.example\n'), {
      format: 'csv',
      dryRun: false,
      entry: openAuditEntry('book.imported', ACTOR, null, systemClock),
    });
    expect((await run()).outcomes).toMatchObject({ passed: 1, duplicate: 1 });
  });

  async function everythingStored(): Promise<string> {
    return await db.workspace(workspaceId, async (tx) => {
      const texts: string[] = [];
      for (const table of [
        'message',
        'message_contact',
        'gate_outcome',
        'gate_import',
        'gate_outcome_hour',
        'event_outbox',
        'audit_log',
      ]) {
        const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.table(table)} t`.execute(tx);
        texts.push(...rows.map(({ row }) => row));
      }
      return texts.join('\n');
    });
  }

  /** Statements of a piece of work, counted where they pass: in the transactions handed out. */
  async function statementsOf(work: () => Promise<unknown>): Promise<number> {
    const original = db.workspace;
    let statements = 0;
    const counting: Database['workspace'] = (id, inner, as) =>
      original(
        id,
        (tx) => {
          const executor = tx.getExecutor();
          const execute = executor.executeQuery.bind(executor);
          Object.defineProperty(executor, 'executeQuery', {
            configurable: true,
            value: (...args: Parameters<typeof execute>) => {
              statements += 1;
              return execute(...args);
            },
          });
          return inner(tx);
        },
        as,
      );
    db = { ...db, workspace: counting };
    await work();
    db = { ...db, workspace: original };
    return statements;
  }
});

function contentOf(): MessageContent {
  return {
    subject: 'Hello',
    text: 'body',
    sentAt: new Date(0),
    inReplyTo: null,
    references: [],
    attachments: [],
    startsAt: null,
    endsAt: null,
  };
}

let number = 0;

function mail(from: string, changes: Partial<InboundMessage> = {}): InboundMessage {
  number += 1;
  return {
    kind: 'mail',
    source: 'mbox',
    key: `<${number}@made.example>`,
    participants: { form: 'headers', from: [from], to: ['me@acme.example'], cc: [], bcc: [] },
    authenticationResults: [],
    labels: [],
    fromList: false,
    end: number,
    size: 100,
    content: async () => contentOf(),
    ...changes,
  };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

async function* items(messages: readonly InboundMessage[]): AsyncGenerator<MailItem> {
  for (const message of messages) yield { kind: 'message', message };
}
