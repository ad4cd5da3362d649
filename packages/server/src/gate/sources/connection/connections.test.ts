// What a person does with a connection over HTTP, what disconnecting leaves, and how its secrets are found for a new key.
import { randomBytes } from 'node:crypto';
import { CONNECTION_PROVIDERS, Connection, ConnectionList, Disconnected } from '@sentinel/contract';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkspaceTx } from '../../../platform/db/database.ts';
import { type ConnectionId, newId, type WorkspaceId } from '../../../platform/ids.ts';
import { open, seal } from '../../../platform/secrets/envelope.ts';
import { createVault } from '../../../platform/secrets/vault.ts';
import { type ConnectionWorld, openConnectionWorld } from './connection.testing.ts';
import { connectionSecrets } from './sealed-credentials.store.ts';

let world: ConnectionWorld;
beforeAll(async () => {
  world = await openConnectionWorld();
}, 120_000);
afterAll(() => world.close());
beforeEach(() => {
  for (const provider of CONNECTION_PROVIDERS)
    Object.assign(world.fake.account(provider), { token: 'ok', data: 'ok', revoke: 'ok', subject: null });
});
const post = async (id: string, what: string) => await world.ask('POST', `/v1/connections/${id}/${what}`);
const remove = async (id: string, query = '') => await world.ask('DELETE', `/v1/connections/${id}${query}`);
const ids = async () =>
  ConnectionList.parse((await world.ask('GET', '/v1/connections')).json()).connections.map((each) => each.id);

describe('a connection', () => {
  it('is checked with an authorised request', async () => {
    const id = await world.connect('salesforce');
    world.advance(120_000);
    const before = (await world.row(id)).checkedAt;
    const answer = Connection.parse((await post(id, 'check')).json());
    expect(answer.checkedAt).not.toBe(before?.toISOString());
    expect((await world.audit()).at(-1)).toMatchObject({ event: 'connection.checked' });
  });

  it('that cannot be reached says so in its answer', async () => {
    const id = await world.connect('calendar');
    world.fake.account('calendar').data = 'down';
    const answer = Connection.parse((await post(id, 'check')).json());
    expect(answer).toMatchObject({ state: 'connected', trouble: { kind: 'unreachable' } });
    expect(answer.sentence).toContain('does not answer');
  });

  it('that is paused is not checked, until it is resumed', async () => {
    const id = await world.connect('gmail');
    expect((await post(id, 'pause')).json()).toMatchObject({ state: 'paused' });
    expect((await post(id, 'pause')).json()).toMatchObject({ state: 'paused' });
    expect((await post(id, 'check')).json()).toMatchObject({ code: 'not_connected' });
    expect((await post(id, 'resume')).json()).toMatchObject({ state: 'connected' });
    expect((await post(id, 'check')).statusCode).toBe(200);
  });

  it('that needs attention is neither paused nor resumed, and connecting anew mends it', async () => {
    const id = await world.connect('hubspot');
    Object.assign(world.fake.account('hubspot'), { access: null, refresh: null });
    expect((await post(id, 'check')).json()).toMatchObject({ state: 'needs_attention', reason: 'revoked' });
    for (const what of ['pause', 'resume', 'check'])
      expect((await post(id, what)).json()).toMatchObject({ code: 'not_connected' });
    expect(await world.connect('hubspot')).toBe(id);
    expect((await post(id, 'check')).json()).toMatchObject({ state: 'connected', reason: null });
  });

  it('of another workspace does not exist', async () => {
    const id = await world.connect('slack');
    const elsewhere = newId<WorkspaceId>();
    await world.db.provision(elsewhere);
    world.session.caller = { ...world.caller, workspaceId: elsewhere };
    for (const answer of [await post(id, 'check'), await post(id, 'pause'), await remove(id)])
      expect(answer.statusCode).toBe(404);
    expect(await ids()).toEqual([]);
    world.session.caller = world.caller;
    expect(await ids()).toContain(id);
  });
});

describe('disconnecting', () => {
  it.each(CONNECTION_PROVIDERS)('%s gives the credentials back and removes the row', async (provider) => {
    const id = await world.connect(provider);
    expect(Disconnected.parse((await remove(id)).json()).revocation).toBe('revoked');
    expect(world.fake.account(provider)).toMatchObject({ access: null, refresh: null });
    expect(await ids()).not.toContain(id);
    expect((await remove(id)).statusCode).toBe(404);
    expect((await world.audit()).some(({ event }) => event === 'connection.removed')).toBe(true);
  });

  it('removes the credentials even when the provider is down', async () => {
    const id = await world.connect('hubspot');
    world.fake.account('hubspot').revoke = 'down';
    expect((await remove(id)).json()).toMatchObject({ revocation: 'unconfirmed' });
    expect(await ids()).not.toContain(id);
  });

  it('says when they were dead already', async () => {
    const id = await world.connect('gmail');
    Object.assign(world.fake.account('gmail'), { access: null, refresh: null });
    expect((await remove(id)).json()).toMatchObject({ revocation: 'already_dead' });
  });

  it('leaves what one account granted elsewhere: Gmail and Calendar are given back with the last of them', async () => {
    for (const [first, second] of [
      ['gmail', 'calendar'],
      ['calendar', 'gmail'],
    ] as const) {
      for (const each of [first, second]) world.fake.account(each).subject = 'the-same';
      const ids = [await world.connect(first), await world.connect(second)];
      expect((await remove(ids[0] ?? '')).json()).toMatchObject({ revocation: 'shared' });
      expect(world.fake.account(first).refresh).not.toBeNull();
      expect((await remove(ids[1] ?? '')).json()).toMatchObject({ revocation: 'revoked' });
    }
  });

  it('keeps what it brought, or deletes that and nothing else', async () => {
    const [gone, kept] = [await world.connect('gmail'), await world.connect('calendar')];
    await bring(gone, 'one');
    await bring(kept, 'two');
    await bring(null, 'three');
    expect((await remove(kept)).json()).toMatchObject({ purged: { messages: 0, contacts: 0 } });
    expect((await remove(gone, '?data=purge')).json()).toMatchObject({ purged: { messages: 1, contacts: 1 } });
    expect(await left()).toEqual({ messages: ['three', 'two'], contacts: ['three', 'two'], matches: 2, revision: 1 });
  });
});

describe('the database', () => {
  it('lets nobody delete a message that a file or a living connection brought', async () => {
    await bring(await world.connect('slack'), 'four');
    await bring(null, 'five');
    // It may try: what is left of a connection that is gone does go, and nothing else.
    await world.db.workspace(world.workspaceId, (tx) => sql`delete from message`.execute(tx), 'ingest');
    expect(await left()).toMatchObject({ messages: expect.arrayContaining(['five', 'four']) });
    await expect(world.db.workspace(world.workspaceId, (tx) => sql`delete from message`.execute(tx))).rejects.toThrow(
      /permission denied/,
    );
  });
});

describe('what a connection brings', () => {
  it('is not stored once it is gone', async () => {
    const id = await world.connect('hubspot');
    await remove(id, '?data=purge');
    await expect(bring(id, 'late')).rejects.toThrow(/is gone/);
    await expect(bring(newId<ConnectionId>(), 'stray')).rejects.toThrow(/is gone/);
  });

  it('goes with it, also what is being stored at that very moment', async () => {
    const id = await world.connect('hubspot');
    const storing = world.db.workspace(
      world.workspaceId,
      async (tx) => {
        await insertMessage(tx, newId(), id, 'at the same time');
        await new Promise((resolve) => setTimeout(resolve, 400));
      },
      'ingest',
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const removed = Disconnected.parse((await remove(id, '?data=purge')).json());
    await storing;
    expect(removed.purged.messages).toBe(1);
    expect(JSON.stringify(await left())).not.toContain('at the same time');
  });
});

describe('sealed credentials', () => {
  it('are found and replaced for a new key, unless they changed meanwhile', async () => {
    const id = await world.connect('salesforce');
    const { vault } = world.deps;
    const next = createVault([randomBytes(32)]);
    const found = await world.db.workspace(world.workspaceId, (tx) =>
      connectionSecrets.list(tx, { currentKeyId: next.currentKeyId, after: null, limit: 100 }),
    );
    const mine = found.filter(({ key }) => key.startsWith(id));
    expect(mine.map(({ key }) => key)).toEqual([`${id}/access_token`, `${id}/refresh_token`]);
    for (const { key, context, value } of mine) {
      const opened = open(vault, context, value);
      if (opened.kind === 'refused') throw new Error('not opened');
      const resealed = seal(next, context, opened.plaintext);
      const replace = () =>
        world.db.workspace(world.workspaceId, (tx) => connectionSecrets.replace(tx, key, value, resealed));
      expect([await replace(), await replace()]).toEqual([true, false]);
    }
    const left = await world.db.workspace(world.workspaceId, (tx) =>
      connectionSecrets.list(tx, { currentKeyId: next.currentKeyId, after: null, limit: 100 }),
    );
    expect(left.filter(({ key }) => key.startsWith(id))).toEqual([]);
    const paged = await world.db.workspace(world.workspaceId, (tx) =>
      connectionSecrets.list(tx, { currentKeyId: 'none', after: `${id}/access_token`, limit: 1 }),
    );
    expect(paged.map(({ key }) => key)).toEqual([`${id}/refresh_token`]);
  });

  it('of no such place are not replaced', async () => {
    for (const key of ['nonsense', `${newId()}/scopes`, `${newId()}/access_token`])
      expect(await world.db.workspace(world.workspaceId, (tx) => connectionSecrets.replace(tx, key, 'a', 'b'))).toBe(
        false,
      );
  });
});

async function bring(connectionId: ConnectionId | null, name: string): Promise<void> {
  const [message, contact] = [newId(), newId()];
  await world.db.workspace(
    world.workspaceId,
    async (tx) => {
      await sql`insert into contact (id, source, external_id, name, connection_id) values (${contact}, 'test', ${name}, ${name}, ${connectionId})`.execute(
        tx,
      );
      await insertMessage(tx, message, connectionId, name);
      await sql`insert into message_contact (message_id, contact_id, address, sent_at) values (${message}, ${contact}, 'a@home.example', now())`.execute(
        tx,
      );
    },
    'ingest',
  );
}

async function insertMessage(
  tx: WorkspaceTx,
  id: string,
  connectionId: ConnectionId | null,
  name: string,
): Promise<void> {
  await sql`insert into message (id, kind, dedupe_key, source, subject, body, refs, participants, attachments, evidence, policy_version, book_revision, stored_at, connection_id)
    values (${id}, 'mail', ${name}, 'test', ${name}, '', '[]', '{}', '[]', '{}', 1, 0, now(), ${connectionId})`.execute(
    tx,
  );
}

async function left(): Promise<unknown> {
  const { rows } = await world.db.workspace(world.workspaceId, (tx) =>
    sql`select (select json_agg(subject order by subject) from message) as messages,
      (select json_agg(name order by name) from contact) as contacts,
      (select count(*) from message_contact) as matches, (select revision from book) as revision`.execute(tx),
  );
  return rows[0];
}
