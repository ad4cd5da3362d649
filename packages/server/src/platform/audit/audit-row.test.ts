import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json.ts';
import {
  admitName,
  admitRequestId,
  canonicalDetail,
  chain,
  checkTarget,
  genesisHash,
  hashRow,
  type AuditFact,
  type AuditRecord,
} from './audit-row.ts';

const FACT: AuditFact = {
  id: '01930000-0000-7000-8000-000000000001',
  at: '2026-11-22T08:00:00.000Z',
  actorKind: 'person',
  actorId: '01930000-0000-7000-8000-0000000000aa',
  actorName: 'Ada',
  event: 'book.imported',
  target: 'import:1',
  result: 'ok',
  requestId: 'req-1',
  detail: '{"contacts":3}',
};
const WORKSPACE = '01930000-0000-7000-8000-0000000000ff';

describe('the hash of a row', () => {
  it('is the one computed apart, by another implementation', () => {
    const row = chain(FACT, { seq: 0, hash: genesisHash(WORKSPACE) });
    expect(genesisHash(WORKSPACE)).toBe('b6868057519da492b15701d090d634cae83d41860621faa2773c0b8d18f834e0');
    expect(row).toEqual({
      ...FACT,
      seq: 1,
      prevHash: 'b6868057519da492b15701d090d634cae83d41860621faa2773c0b8d18f834e0',
      hash: 'a30bdc1ac9488461cd35f3413908203d03febf0d85a0586784b41e72681e27de',
    });
  });

  it('changes with every single field, and with its being absent', () => {
    const row: AuditRecord = chain(FACT, { seq: 0, hash: genesisHash(WORKSPACE) });
    const changes: Partial<AuditRecord>[] = [
      { id: '01930000-0000-7000-8000-000000000002' },
      { seq: 2 },
      { at: '2026-11-22T08:00:00.001Z' },
      { actorKind: 'operator' },
      { actorId: null },
      { actorName: null },
      { actorName: '' },
      { event: 'book.imported ' },
      { target: null },
      { result: 'denied' },
      { requestId: null },
      { detail: '{"contacts":4}' },
      { prevHash: genesisHash('another') },
      // Text moved over a border between two fields.
      { actorName: 'Adabook', event: '.imported' },
      { target: null, requestId: 'import:1' },
    ];
    const hashes = changes.map((change) => hashRow({ ...row, ...change }));
    expect(new Set([row.hash, ...hashes]).size).toBe(changes.length + 1);
  });
});

describe('what a row may hold', () => {
  it('takes numbers, booleans, ids and tokens, also nested', () => {
    expect(
      canonicalDetail({
        passed: 12,
        format: 'mbox',
        ids: ['01930000-0000-7000-8000-000000000001'],
        drops: { dropped_self_user: 4 },
        again: true,
        at: null,
      }),
    ).toBe(
      '{"again":true,"at":null,"drops":{"dropped_self_user":4},"format":"mbox","ids":["01930000-0000-7000-8000-000000000001"],"passed":12}',
    );
  });

  const refused: Record<string, Readonly<Record<string, JsonValue>>> = {
    'an address': { who: 'ada@example.com' },
    'an address in a list': { who: ['x', ['ada@example.com']] },
    'an address as a name': { 'ada@example.com': 1 },
    'an address with a full-width at sign': { who: 'ada＠example.com' },
    'an address with a small at sign': { who: 'ada﹫example.com' },
    'an address as in a URL': { who: 'ada%40example.com' },
    'a long text': { text: 'x'.repeat(201) },
    'a line break': { text: 'a\nb' },
    'half a surrogate pair': { text: '\ud800' },
    'a number that JSON cannot hold': { n: Number.NaN },
    'deep nesting': { a: { b: { c: { d: { e: 1 } } } } },
    'much text': Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, 'x'.repeat(100)])),
  };
  for (const [what, detail] of Object.entries(refused)) {
    it(`refuses ${what}, without quoting it`, () => {
      let message = '';
      try {
        canonicalDetail(detail);
      } catch (error) {
        message = String(error);
      }
      expect(message).toMatch(/audit detail/);
      expect(message).not.toMatch(/ada|xxxx/);
    });
  }

  it('never lets an at sign through, wherever it stands', () => {
    const noise = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(noise, noise, fc.constantFrom('@', '＠', '﹫', '%40'), (before, after, at) => {
        expect(() => canonicalDetail({ a: [{ b: `${before}${at}${after}` }] })).toThrow(/audit detail/);
        expect(() => checkTarget(`${before}${at}${after}`)).toThrow(/audit target/);
        expect(admitName(`${before}${at}${after}`)).toBeNull();
      }),
    );
  });

  it('leaves out a display name or request id that is not fit, and keeps the row', () => {
    expect(admitName('Zoë Ångström')).toBe('Zoë Ångström');
    expect(admitRequestId('req-1')).toBe('req-1');
    for (const wrong of ['a b', 'x@y', '', 'ü', 'x'.repeat(129), 'a\nb']) expect(admitRequestId(wrong)).toBeNull();
  });
});
