import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newId, type PersonId, type SessionId, type WorkspaceId } from '../../../platform/ids.ts';
import { createVault } from '../../../platform/secrets/vault.ts';
import { judgeState, readJourney, startJourney, stateCookieName } from './connect-state.ts';

const Party = z.object({
  state: z.string().nullable(),
  person: z.string().nullable(),
  workspace: z.string().nullable(),
  provider: z.string(),
});
const Vectors = z.object({
  cases: z.array(z.object({ id: z.string(), why: z.string(), input: z.unknown(), expect: z.unknown() })),
});
const StateInput = z.object({
  op: z.literal('state'),
  issued: Party,
  callback: Party,
  ageSeconds: z.number(),
  maxAgeSeconds: z.number(),
  usedBefore: z.boolean(),
});
const file = new URL('../../../../../../tests/vectors/pkce-and-state.json', import.meta.url);
const cases = Vectors.parse(JSON.parse(readFileSync(file, 'utf8'))).cases.flatMap(({ input, ...rest }) => {
  const parsed = StateInput.safeParse(input);
  return parsed.success ? [{ ...rest, input: parsed.data }] : [];
});

describe('the published cases of state', () => {
  it('are 17', () => expect(cases).toHaveLength(17));

  for (const { id, why, input, expect: wanted } of cases)
    it(`${id}: ${why}`, () => expect(judgeState(input.issued, input.callback, input)).toEqual(wanted));

  it('is good once', () => {
    const issued = { state: 's', person: 'p', workspace: 'w', provider: 'gmail' };
    const since = { ageSeconds: 1, maxAgeSeconds: 600 };
    expect(judgeState(issued, issued, { ...since, usedBefore: true })).toEqual({ accept: false, reason: 'used' });
    expect(judgeState(issued, issued, { ...since, ageSeconds: Number.NaN, usedBefore: false }).accept).toBe(false);
  });
});

describe('the cookie of a journey', () => {
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  const vault = createVault([older]);
  const journey = {
    person: newId<PersonId>(),
    workspace: newId<WorkspaceId>(),
    session: newId<SessionId>(),
    provider: 'calendar',
  } as const;
  const now = new Date('2026-03-01T12:00:00Z');
  const start = (ring = vault) => startJourney(ring, randomBytes(32), journey, now);

  it('says what the journey was bound to', () => {
    const started = start();
    const read = readJourney(vault, started.cookie);
    expect(read).toMatchObject({ ...journey, state: started.state, issuedAtMs: now.getTime() });
  });

  it('still counts after the master key was changed, with the same verifier', () => {
    const started = start();
    const read = readJourney(createVault([newer, older]), started.cookie);
    expect(
      createHash('sha256')
        .update(read?.verifier ?? '')
        .digest('base64url'),
    ).toBe(started.challenge);
    expect(readJourney(createVault([newer]), started.cookie)).toBeNull();
  });

  it('holds the verifier in no form that can be read', () => {
    const { cookie, challenge } = start();
    const { verifier = '' } = readJourney(vault, cookie) ?? {};
    const clear = Buffer.from(cookie.split('.')[0] ?? '', 'base64url').toString();
    expect(verifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
    for (const secret of [verifier, challenge]) expect(`${cookie} ${clear}`).not.toContain(secret);
  });

  it('is refused with any character changed, cut off or added', () => {
    const { cookie } = start();
    for (let at = 0; at < cookie.length; at += 1) {
      const changed = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
      expect(readJourney(vault, changed)).toBeNull();
      expect(readJourney(vault, cookie.slice(0, at))).toBeNull();
    }
    for (const other of [`${cookie}A`, ` ${cookie}`, `${cookie}\n`, '', '.', 'a.b'])
      expect(readJourney(vault, other)).toBeNull();
  });

  it('is signed with a key of its own: what the vault signs elsewhere is no journey', () => {
    const { cookie } = start();
    const [text = ''] = cookie.split('.');
    for (const purpose of ['cookies', 'vault', 'tokens', 'webhooks'] as const) {
      const signature = createHash('sha256').update(vault.deriveKey(purpose)).update(text).digest('base64url');
      expect(readJourney(vault, `${text}.${signature}`)).toBeNull();
    }
  });

  it('is bound to this host on https, and apart for each provider', () => {
    expect(stateCookieName(true, 'gmail')).toBe('__Host-sentinel_connect_gmail');
    expect(stateCookieName(false, 'slack')).toBe('sentinel_connect_slack');
  });
});
