import { AuditPage, AuditPublicKey, AuditVerification } from '@sentinel/contract';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testCaller, testHttp } from '../http/testing.ts';
import type { WorkspaceId } from '../ids.ts';
import { verifyExport } from './audit-export.ts';
import { auditRoutes } from './audit.routes.ts';
import { openAuditWorld, type AuditWorld } from './testing.ts';

let world: AuditWorld;
let app: FastifyInstance;
let id: WorkspaceId;
let log = '';
beforeAll(async () => {
  world = await openAuditWorld();
  const authenticate = async ({ bearer }: { bearer: string | null }) =>
    bearer === 'admin' || bearer === 'editor' ? testCaller(bearer, { workspaceId: id, via: 'key' }) : null;
  app = await testHttp(auditRoutes(world.deps), { db: world.db, clock: world.clock, authenticate });
}, 120_000);
beforeEach(async () => {
  ({ id, log } = await world.workspace());
  await world.append(id, 5);
});
afterAll(async () => {
  await app.close();
  await world.close();
});

const ask = (method: 'GET' | 'POST', url: string, who = 'admin') =>
  app.inject({ method, url, headers: { authorization: `Bearer ${who}`, host: 'localhost:9003' } });
const readPage = async (url: string) => AuditPage.parse((await ask('GET', url)).json());

describe('GET /v1/audit', () => {
  it('gives the newest rows first and leads page by page to the oldest', async () => {
    const first = await readPage('/v1/audit?limit=2');
    expect(first.items.map((row) => row.seq)).toEqual([5, 4]);
    expect(first.total).toBe(5);
    expect(first.items[0]).toMatchObject({ event: 'gate.asked', actorName: 'Ada', detail: { n: 5 } });
    const second = await readPage(`/v1/audit?limit=2&cursor=${first.next}`);
    const third = await readPage(`/v1/audit?limit=2&cursor=${second.next}`);
    expect([second, third].map((page) => page.items.map((row) => row.seq))).toEqual([[3, 2], [1]]);
    expect(third.next).toBeNull();
  });

  it('filters by event and time', async () => {
    expect((await readPage('/v1/audit?event=book.imported')).total).toBe(0);
    expect((await readPage('/v1/audit?event=gate.asked&since=2026-11-22T08:00:00Z')).total).toBe(5);
    expect((await readPage('/v1/audit?until=2026-11-22T08:00:00Z')).items).toEqual([]);
    expect((await readPage('/v1/audit?until=2026-11-22T09:00:01%2B01:00')).total).toBe(5);
  });

  it('refuses cursors and filters that are not ours', async () => {
    for (const query of [
      'cursor=x',
      'cursor=',
      `cursor=${Buffer.from('seq-0').toString('base64url')}`,
      `cursor=${Buffer.from('seq-1 or 1=1').toString('base64url')}`,
      'since=yesterday',
      'limit=0',
      'actorId=x',
    ]) {
      expect((await ask('GET', `/v1/audit?${query}`)).statusCode).toBe(422);
    }
  });

  it('is not for editors, nor for anybody unknown', async () => {
    expect((await ask('GET', '/v1/audit', 'editor')).statusCode).toBe(403);
    expect((await ask('GET', '/v1/audit', 'nobody')).statusCode).toBe(401);
  });

  it('still shows a row whose detail was made unreadable', async () => {
    await world.asSuperuser(`alter table ${log} disable trigger all`, `update ${log} set detail = '{' where seq = 5`);
    expect((await readPage('/v1/audit?limit=1')).items[0]?.detail).toEqual({ unreadable: true });
  });
});

describe('POST /v1/audit/verify', () => {
  it('proves the log, and is recorded itself', async () => {
    const answer = AuditVerification.parse((await ask('POST', '/v1/audit/verify')).json());
    expect(answer).toMatchObject({ intact: true, rows: 5, brokenAt: null });
    expect((await readPage('/v1/audit?limit=1')).items[0]).toMatchObject({
      seq: 6,
      event: 'audit.verified',
      detail: { intact: true, rows: 5 },
    });
  });

  it('says where a changed log breaks', async () => {
    await world.asSuperuser(`alter table ${log} disable trigger all`, `update ${log} set event = 'x' where seq = 4`);
    const answer = AuditVerification.parse((await ask('POST', '/v1/audit/verify')).json());
    expect(answer).toMatchObject({ intact: false, rows: 3, brokenAt: { seq: 4, reason: 'row_changed' } });
    expect((await readPage('/v1/audit?limit=1')).items[0]?.detail).toMatchObject({
      intact: false,
      brokenAt: { seq: 4 },
    });
  });
});

describe('GET /v1/audit/export', () => {
  const exported = async (): Promise<string[]> => {
    const answer = await ask('GET', '/v1/audit/export');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/x-ndjson/);
    expect(answer.body.endsWith('\n')).toBe(true);
    return answer.body.trimEnd().split('\n');
  };
  const publicKey = () => world.deps.keys.publicKey('');

  it('is a file that proves itself with the public key, its own making included', async () => {
    const lines = await exported();
    expect(lines).toHaveLength(1 + 6 + 1);
    expect(lines.at(-2)).toContain('audit.exported');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      kind: 'end',
      checkpoint: { seq: 6, count: 6, workspaceId: id },
      publicKey: publicKey(),
    });
    expect(await verifyExport(lines, publicKey())).toMatchObject({ intact: true, rows: 6 });
    expect((await verifyExport(lines.toSpliced(3, 1), publicKey())).brokenAt).toMatchObject({ seq: 3, line: 4 });
  });

  it('holds every row of a log longer than a page', async () => {
    await world.append(id, 1200);
    expect(await verifyExport(await exported(), publicKey())).toMatchObject({ intact: true, rows: 1206 });
  }, 120_000);

  it('of a broken log goes to its end and is refuted', async () => {
    await exported();
    await world.asSuperuser(`alter table ${log} disable trigger all`, `update ${log} set event = 'x' where seq = 4`);
    await world.append(id, 1);
    const lines = await exported();
    expect(lines).toHaveLength(1 + 8 + 1);
    expect(await verifyExport(lines, publicKey())).toMatchObject({
      intact: false,
      brokenAt: { seq: 4, reason: 'row_changed' },
    });
  });

  it('is proven by the key that GET /v1/audit/key gives to those who may read the log', async () => {
    const { publicKey: given } = AuditPublicKey.parse((await ask('GET', '/v1/audit/key')).json());
    expect(given).toMatch(/^-----BEGIN PUBLIC KEY-----/);
    expect((await verifyExport(await exported(), given)).intact).toBe(true);
    expect((await ask('GET', '/v1/audit/key', 'editor')).statusCode).toBe(403);
  });

  it('is not for editors', async () => {
    expect((await ask('GET', '/v1/audit/export', 'editor')).statusCode).toBe(403);
  });
});
