import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVault } from '../secrets/vault.ts';
import { chainStart, proveChain, type ChainProof } from './audit-chain.ts';
import { endLine, headerLine, rowLine, verifyExport, type ExportProof } from './audit-export.ts';
import { chain, hashRow, type AuditFact, type AuditRecord } from './audit-row.ts';
import { checkpointDigest, checkpointKeys, checkpointOf, type Checkpoint } from './checkpoint.ts';

const WORKSPACE = '01930000-0000-7000-8000-0000000000ff';
const keys = checkpointKeys(createVault([randomBytes(32)]));
const PEM = keys.publicKey('');

function rowsOf(count: number, workspaceId = WORKSPACE): AuditRecord[] {
  const rows: AuditRecord[] = [];
  let head = chainStart(workspaceId).head;
  for (let n = 1; n <= count; n++) {
    const row = chain(factOf(n), head);
    rows.push(row);
    head = row;
  }
  return rows;
}

function factOf(n: number): AuditFact {
  const id = `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  return {
    id,
    at: '2026-11-22T08:00:00.000Z',
    actorKind: 'system',
    actorId: null,
    actorName: null,
    event: 'gate.asked',
    target: null,
    result: 'ok',
    requestId: null,
    detail: `{"n":${n}}`,
  };
}

function checkpointsAt(rows: readonly AuditRecord[], seqs: readonly number[], by = keys): Checkpoint[] {
  let prev = chainStart(WORKSPACE).prevCheckpoint;
  return seqs.map((seq) => {
    const made = by.sign(checkpointOf(WORKSPACE, at(rows, seq - 1), prev, new Date('2026-11-22T09:00:00Z')));
    prev = checkpointDigest(made);
    return made;
  });
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error('no such item');
  return item;
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
const prove = (rows: readonly AuditRecord[], checkpoints: readonly Checkpoint[] = [], by = keys): Promise<ChainProof> =>
  proveChain(chainStart(WORKSPACE), each(rows), each(checkpoints), by);

/** Rewrites a row's detail and every hash from there on, as somebody with full access to the rows would. */
function rewrite(rows: readonly AuditRecord[], at: number): AuditRecord[] {
  const forged = rows.slice(0, at - 1);
  for (const row of rows.slice(at - 1)) {
    const content = row.seq === at ? { ...row, detail: '{"n":0}' } : row;
    const placed = { ...content, prevHash: forged.at(-1)?.hash ?? chainStart(WORKSPACE).head.hash };
    forged.push({ ...placed, hash: hashRow(placed) });
  }
  return forged;
}

describe('a chain', () => {
  const rows = rowsOf(20);
  const checkpoints = checkpointsAt(rows, [5, 12, 20]);

  it('holds when nothing was touched', async () => {
    expect(await prove(rows, checkpoints)).toEqual({
      rows: 20,
      checkpoints: 3,
      head: { seq: 20, hash: rows[19]?.hash },
      brokenAt: null,
    });
    expect(await prove([])).toMatchObject({ rows: 0, brokenAt: null });
  });

  // Proves: ASVS 56.
  it('names the very row for any character changed in any column', async () => {
    const columns: (keyof AuditRecord)[] = ['id', 'at', 'event', 'detail', 'prevHash', 'hash', 'actorKind', 'result'];
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(...columns),
        fc.nat(100),
        async (seq, column, place) => {
          const changed = rows.map((row) => {
            const text = String(row[column]);
            const cut = place % text.length;
            return row.seq === seq
              ? { ...row, [column]: `${text.slice(0, cut)}${text[cut] === '7' ? '8' : '7'}${text.slice(cut + 1)}` }
              : row;
          });
          expect((await prove(changed, checkpoints)).brokenAt?.seq).toBe(seq);
        },
      ),
    );
  });

  it('shows a row taken out, put in, doubled or moved', async () => {
    expect((await prove(rows.toSpliced(9, 1), checkpoints)).brokenAt).toEqual({ seq: 10, reason: 'row_missing' });
    expect(
      (await prove(rows.toSpliced(9, 0, { ...at(rows, 9), seq: 10, prevHash: 'f'.repeat(64) }), checkpoints)).brokenAt,
    ).toEqual({ seq: 10, reason: 'link_broken' });
    expect((await prove(rows.toSpliced(9, 0, at(rows, 8)), checkpoints)).brokenAt).toEqual({
      seq: 10,
      reason: 'row_missing',
    });
    expect((await prove(rows.with(9, at(rows, 10)).with(10, at(rows, 9)), checkpoints)).brokenAt).toEqual({
      seq: 10,
      reason: 'row_missing',
    });
  });

  it('shows a history rewritten with all hashes made anew, at the checkpoint that saw it', async () => {
    expect((await prove(rewrite(rows, 8))).brokenAt).toBeNull();
    expect((await prove(rewrite(rows, 8), checkpoints)).brokenAt).toEqual({ seq: 12, reason: 'checkpoint_mismatch' });
  });

  it('shows a tail cut off, which no row could tell', async () => {
    expect((await prove(rows.slice(0, 17))).brokenAt).toBeNull();
    expect((await prove(rows.slice(0, 17), checkpoints)).brokenAt).toEqual({ seq: 18, reason: 'tail_missing' });
    expect((await prove([], checkpoints)).brokenAt).toEqual({ seq: 1, reason: 'tail_missing' });
  });

  it('does not pass for another workspace', async () => {
    expect((await prove(rowsOf(3, '01930000-0000-7000-8000-0000000000ee'))).brokenAt).toEqual({
      seq: 1,
      reason: 'link_broken',
    });
  });

  it('shows checkpoints that are forged, altered, missing or signed by a stranger', async () => {
    const [first, second, third] = [at(checkpoints, 0), at(checkpoints, 1), at(checkpoints, 2)];
    const stranger = checkpointKeys(createVault([randomBytes(32)]));
    expect((await prove(rows, [first, { ...second, at: '2026-11-22T09:00:00.001Z' }, third])).brokenAt).toEqual({
      seq: 12,
      reason: 'checkpoint_signature_invalid',
    });
    expect((await prove(rows, [{ ...first, signature: '' }])).brokenAt).toEqual({
      seq: 5,
      reason: 'checkpoint_signature_invalid',
    });
    expect((await prove(rows, [first, third])).brokenAt).toEqual({ seq: 20, reason: 'checkpoint_missing' });
    expect((await prove(rows, checkpointsAt(rows, [5], stranger))).brokenAt).toEqual({
      seq: 5,
      reason: 'checkpoint_key_unknown',
    });
    expect(
      (await prove(rows, [{ ...at(checkpointsAt(rows, [5], stranger), 0), keyId: first.keyId }])).brokenAt,
    ).toEqual({ seq: 5, reason: 'checkpoint_signature_invalid' });
  });

  it('still proves checkpoints from before the key was rotated', async () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const before = checkpointsAt(rows, [5], checkpointKeys(createVault([older])));
    expect((await prove(rows, before, checkpointKeys(createVault([newer, older])))).brokenAt).toBeNull();
    expect((await prove(rows, before, checkpointKeys(createVault([newer])))).brokenAt?.reason).toBe(
      'checkpoint_key_unknown',
    );
  });
});

describe('an exported log', () => {
  const rows = rowsOf(20);
  const checkpoint = at(checkpointsAt(rows, [20]), 0);
  const file = [headerLine(WORKSPACE), ...rows.map(rowLine), endLine(checkpoint, PEM)].map((text) => text.trimEnd());
  const verify = (lines: readonly string[], pem = PEM): Promise<ExportProof> => verifyExport(lines, pem);
  const reasonOf = async (lines: readonly string[]) => (await verify(lines)).brokenAt;

  it('proves itself with the public key alone', async () => {
    expect(await verify(file)).toEqual({
      intact: true,
      workspaceId: WORKSPACE,
      rows: 20,
      signedAt: '2026-11-22T09:00:00.000Z',
      brokenAt: null,
    });
    expect((await verify(['', ...file, ''])).intact).toBe(true);
  });

  it('is refuted by any other key, even though it brings its own along', async () => {
    expect((await verify(file, checkpointKeys(createVault([randomBytes(32)])).publicKey(''))).brokenAt?.reason).toBe(
      'checkpoint_key_unknown',
    );
    await expect(verify(file, 'no key')).rejects.toThrow(/PEM|DECODER|key/i);
  });

  it('names row and line of what was changed', async () => {
    expect(await reasonOf(file.with(7, (file[7] ?? '').replace('{\\"n\\":7}', '{\\"n\\":8}')))).toEqual({
      seq: 7,
      line: 8,
      reason: 'row_changed',
    });
    expect(await reasonOf(file.toSpliced(7, 1))).toEqual({ seq: 7, line: 8, reason: 'row_missing' });
    expect(await reasonOf([headerLine(WORKSPACE), ...rewrite(rows, 8).map(rowLine), endLine(checkpoint, PEM)])).toEqual(
      { seq: 21, line: 22, reason: 'checkpoint_mismatch' },
    );
  });

  it('shows that it was cut, emptied, mixed up or added to', async () => {
    expect(await reasonOf(file.slice(0, 15))).toMatchObject({ reason: 'export_cut' });
    expect(await reasonOf([...file.slice(0, 15), file.at(-1) ?? ''])).toMatchObject({
      seq: 15,
      reason: 'tail_missing',
    });
    expect(await reasonOf([])).toMatchObject({ reason: 'header_missing' });
    expect(await reasonOf(file.slice(1))).toMatchObject({ line: 1, reason: 'header_missing' });
    expect(await reasonOf([...file, file[3] ?? ''])).toMatchObject({ reason: 'text_after_end' });
    expect(await reasonOf([...file.slice(0, -1), endLine(null, PEM)])).toMatchObject({ reason: 'checkpoint_absent' });
    expect(await reasonOf([headerLine('01930000-0000-7000-8000-0000000000ee'), ...file.slice(1)])).toMatchObject({
      seq: 1,
      reason: 'link_broken',
    });
  });

  it('answers any text without throwing, and never calls it intact', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string(), fc.json(), fc.constantFrom(...file))), async (lines) => {
        fc.pre(lines.join('\n') !== file.join('\n'));
        expect((await verify(lines)).intact).toBe(false);
      }),
    );
  });
});
