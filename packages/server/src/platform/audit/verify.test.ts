import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVault } from '../secrets/vault.ts';
import { isCheckpointDue, signCheckpoint, signCheckpoints } from './audit.jobs.ts';
import { checkpointKeys } from './checkpoint.ts';
import { findNewestCheckpoint } from './checkpoint.store.ts';
import { openAuditWorld, type AuditWorld } from './testing.ts';
import { PAGE_ROWS, verifyAudit } from './verify.ts';

let world: AuditWorld;
beforeAll(async () => {
  world = await openAuditWorld();
}, 120_000);
afterAll(() => world.close());

const HEX = 'f'.repeat(64);

/** What somebody with every right on the database can do, and nobody else. */
function tamper(log: string, change: string): Promise<unknown> {
  const triggers = ['audit_log_keep_rows', 'audit_log_keep_all'];
  const each = (what: string) => triggers.map((trigger) => `alter table ${log} ${what} trigger ${trigger}`);
  return world.asSuperuser('begin', ...each('disable'), change, ...each('enable always'), 'commit');
}

describe('verification', () => {
  const tampered: Record<string, string> = {
    'one character of the event': `event = 'gate.askee'`,
    'a microsecond of the time, behind the milliseconds': `at = at + interval '1 microsecond'`,
    'the zone of the time': `at = at + interval '1 hour'`,
    'who it was': 'actor_id = gen_random_uuid()',
    'the name': `actor_name = null`,
    'the kind of actor': `actor_kind = 'system'`,
    'the target': `target = ''`,
    'the result': `result = 'denied'`,
    'the request': `request_id = 'x'`,
    'a digit of the detail': `detail = replace(detail, '3', '4')`,
    'a blank in the detail': `detail = replace(detail, ':', ': ')`,
    'the id': 'id = gen_random_uuid()',
    'the link': `prev_hash = '${HEX}'`,
    'the hash': `hash = '${HEX}'`,
  };
  for (const [what, change] of Object.entries(tampered)) {
    it(`names the row in which a superuser changed ${what}`, async () => {
      const { id, log } = await world.workspace();
      await world.append(id, 5);
      await tamper(log, `update ${log} set ${change} where seq = 3`);
      expect(await verifyAudit(world.deps, id)).toMatchObject({ intact: false, rows: 2, brokenAt: { seq: 3 } });
    });
  }

  it('names the place of a row that was taken out', async () => {
    const { id, log } = await world.workspace();
    await world.append(id, 5);
    await tamper(log, `delete from ${log} where seq = 3`);
    expect(await verifyAudit(world.deps, id)).toMatchObject({
      intact: false,
      brokenAt: { seq: 3, reason: 'row_missing' },
    });
  });

  it('finds a tail that was cut off behind a checkpoint, also when the log went on since', async () => {
    const { id, log } = await world.workspace();
    await world.append(id, 5);
    await signCheckpoint(world.deps, id, 'now');
    await tamper(log, `delete from ${log} where seq > 3`);
    expect(await verifyAudit(world.deps, id)).toMatchObject({
      intact: false,
      rows: 3,
      brokenAt: { seq: 4, reason: 'tail_missing' },
    });
    await world.append(id, 4);
    expect(await verifyAudit(world.deps, id)).toMatchObject({
      intact: false,
      brokenAt: { seq: 5, reason: 'checkpoint_mismatch' },
    });
  });

  it('finds an emptied log', async () => {
    const { id, log } = await world.workspace();
    await world.append(id, 2);
    await signCheckpoint(world.deps, id, 'now');
    await tamper(log, `truncate ${log}`);
    expect(await verifyAudit(world.deps, id)).toMatchObject({
      intact: false,
      rows: 0,
      brokenAt: { seq: 1, reason: 'tail_missing' },
    });
  });

  it('finds a checkpoint that was altered in the control plane', async () => {
    const { id } = await world.workspace();
    await world.append(id, 2);
    await signCheckpoint(world.deps, id, 'now');
    await world.asSuperuser(
      'set search_path = sentinel',
      'alter table audit_checkpoint disable trigger all',
      `update audit_checkpoint set at = at + interval '1 second' where workspace_id = '${id}'`,
      'alter table audit_checkpoint enable always trigger audit_checkpoint_keep_rows',
      'alter table audit_checkpoint enable always trigger audit_checkpoint_keep_all',
      'reset search_path',
    );
    expect(await verifyAudit(world.deps, id)).toMatchObject({
      intact: false,
      brokenAt: { seq: 2, reason: 'checkpoint_signature_invalid' },
    });
    await world.append(id, 1);
    expect(await signCheckpoint(world.deps, id, 'now')).toMatchObject({ kind: 'broken' });
  });

  it('calls an untouched log intact, an empty one too, over several pages and while rows are being added', async () => {
    const { id } = await world.workspace();
    expect(await verifyAudit(world.deps, id)).toMatchObject({ intact: true, rows: 0, checkpoints: 0 });
    const rows = PAGE_ROWS + 5;
    await world.append(id, rows);
    await signCheckpoint(world.deps, id, 'now');
    const [proof] = await Promise.all([
      verifyAudit(world.deps, id),
      world.append(id, 10).then(() => signCheckpoint(world.deps, id, 'now')),
    ]);
    expect(proof).toMatchObject({ intact: true, brokenAt: null });
    // Whether the second one was signed before this proof read the newest is a matter of luck.
    expect([1, 2]).toContain(proof.checkpoints);
    expect(proof.rows).toBeGreaterThanOrEqual(rows);
    expect(await verifyAudit(world.deps, id)).toMatchObject({
      intact: true,
      rows: rows + 10,
      checkpoints: 2,
      verifiedAt: '2026-11-22T08:00:00.000Z',
    });
  }, 120_000);
});

describe('checkpoints', () => {
  it('are due with the first row, then after 1,000 rows or an hour, never without a new row', async () => {
    const head = (seq: number) => ({ seq, hash: HEX });
    const newest = checkpointKeys(createVault([randomBytes(32)])).sign({
      workspaceId: 'w',
      seq: 10,
      head: HEX,
      count: 10,
      at: '2026-11-22T08:00:00.000Z',
      prev: HEX,
    });
    const at = (text: string) => new Date(text);
    expect(isCheckpointDue(head(0), null, at('2026-11-22T08:00:00Z'))).toBe(false);
    expect(isCheckpointDue(head(1), null, at('2026-11-22T08:00:00Z'))).toBe(true);
    expect(isCheckpointDue(head(10), newest, at('2026-11-25T08:00:00Z'))).toBe(false);
    expect(isCheckpointDue(head(11), newest, at('2026-11-22T08:59:59Z'))).toBe(false);
    expect(isCheckpointDue(head(11), newest, at('2026-11-22T09:00:00Z'))).toBe(true);
    expect(isCheckpointDue(head(1009), newest, at('2026-11-22T08:00:01Z'))).toBe(false);
    expect(isCheckpointDue(head(1010), newest, at('2026-11-22T08:00:01Z'))).toBe(true);
    expect(isCheckpointDue(head(9), newest, at('2026-11-22T08:00:01Z'))).toBe(true);
  });

  it('are signed once, whoever asks, and each names the one before', async () => {
    const { id } = await world.workspace();
    await world.append(id, 2);
    const answers = await Promise.all(Array.from({ length: 4 }, () => signCheckpoint(world.deps, id, 'now')));
    expect(answers.filter((answer) => answer.kind === 'signed')).toHaveLength(1);
    await world.append(id, 1);
    expect(await signCheckpoint(world.deps, id, 'due')).toEqual({ kind: 'not_due' });
    expect(await signCheckpoint(world.deps, id, 'now')).toMatchObject({
      kind: 'signed',
      checkpoint: { seq: 3, count: 3 },
    });
    expect(await verifyAudit(world.deps, id)).toMatchObject({ intact: true, checkpoints: 2 });
  });

  it('are not put under a log that was tampered with', async () => {
    const { id, log } = await world.workspace();
    await world.append(id, 3);
    await signCheckpoint(world.deps, id, 'now');
    await world.append(id, 3);
    await tamper(log, `update ${log} set target = 'x' where seq = 5`);
    expect(await signCheckpoint(world.deps, id, 'now')).toEqual({
      kind: 'broken',
      brokenAt: { seq: 5, reason: 'row_changed' },
    });
    await tamper(log, `delete from ${log} where seq > 2`);
    expect(await signCheckpoint(world.deps, id, 'due')).toEqual({
      kind: 'broken',
      brokenAt: { seq: 3, reason: 'tail_missing' },
    });
    expect((await world.db.control((tx) => findNewestCheckpoint(tx, id)))?.seq).toBe(3);
  });

  it('are made for all workspaces at shutdown, and a broken one keeps no other waiting', async () => {
    const [broken, whole] = [await world.workspace(), await world.workspace()];
    await world.append(broken.id, 2);
    await world.append(whole.id, 2);
    await tamper(broken.log, `update ${broken.log} set target = 'x' where seq = 1`);
    const events: string[] = [];
    const log = { ...world.deps.log, error: (event: string) => void events.push(event) };
    const counts = await signCheckpoints({ ...world.deps, log }, 'now');
    expect(counts.failed).toBe(0);
    expect(counts.broken).toBeGreaterThanOrEqual(1);
    expect(events).toContain('audit.chain_broken');
    expect((await world.db.control((tx) => findNewestCheckpoint(tx, whole.id)))?.seq).toBe(2);
    expect(await world.db.control((tx) => findNewestCheckpoint(tx, broken.id))).toBeNull();
  });
});
