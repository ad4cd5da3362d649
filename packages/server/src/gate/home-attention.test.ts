import { describe, expect, it } from 'vitest';
import { type AttentionFacts, attentionOf } from './home-attention.ts';

const WELL: AttentionFacts = { failedClosed: 0, contacts: 2, seen: 5, interrupted: null, connections: [] };
const account = { id: '1', name: 'mira@acme.example' };
const since = new Date('2026-03-01T12:00:00Z');

describe('what needs somebody', () => {
  it('is nothing while all is well, paused sources and passing troubles included', () => {
    const connections = [
      { provider: 'slack', account, reason: null, trouble: null },
      { provider: 'gmail', account, reason: null, trouble: { kind: 'unreachable', since } },
      { provider: 'hubspot', account, reason: null, trouble: { kind: 'limited', since } },
    ] as const;
    expect(attentionOf({ ...WELL, connections })).toEqual([]);
  });

  it('names a source that has to be connected again, by its account and its reason', () => {
    const connections = [
      { provider: 'calendar', account, reason: 'revoked', trouble: null },
      { provider: 'slack', account: { id: 'T1', name: null }, reason: 'scopes_missing', trouble: null },
    ] as const;
    expect(attentionOf({ ...WELL, connections })).toEqual([
      {
        kind: 'broken',
        title: 'Google Calendar needs attention',
        note: expect.stringMatching(/^mira@acme\.example: .*withdrawn/),
        href: '/console/sources',
        at: null,
      },
      expect.objectContaining({ title: 'Slack needs attention', note: expect.stringMatching(/^T1: .*every box/) }),
    ]);
  });

  it('names a refused client and a missing key, since neither mends by itself', () => {
    const connections = [
      { provider: 'salesforce', account, reason: null, trouble: { kind: 'client_refused', since } },
      { provider: 'slack', account, reason: null, trouble: { kind: 'key_missing', since } },
    ] as const;
    expect(attentionOf({ ...WELL, connections })).toMatchObject([
      { title: 'Salesforce needs attention', note: expect.stringContaining('settings'), at: since.toISOString() },
      { title: 'Slack needs attention', note: expect.stringContaining('key'), at: since.toISOString() },
    ]);
  });

  it('counts what failed closed first, then the interrupted import and the empty book', () => {
    const facts = { ...WELL, failedClosed: 1, contacts: 0, interrupted: '2026-03-01T12:00:00.000Z' };
    expect(attentionOf(facts).map(({ kind, title }) => [kind, title])).toEqual([
      ['broken', '1 message failed closed'],
      ['broken', 'An import was interrupted'],
      ['todo', 'The contact book is empty'],
    ]);
    expect(attentionOf({ ...facts, failedClosed: 2 })[0]?.title).toBe('2 messages failed closed');
  });
});
