import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { open, seal } from './envelope.ts';
import { createLiveVault } from './live-vault.ts';
import { createVault } from './vault.ts';

const reader = { workspaceId: 'w', holder: 'connection:c', field: 'refresh_token' };

describe('the vault of a running process', () => {
  it('opens what was sealed with a key that came into the file since', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    let file: readonly Uint8Array[] | null = null;
    const vault = createLiveVault([old], () => file);
    const sealed = seal(createVault([fresh]), reader, 'x');
    expect(open(vault, reader, sealed)).toEqual({ kind: 'refused', reason: 'key_unknown' });
    file = [old, fresh];
    expect(open(vault, reader, sealed)).toEqual({ kind: 'opened', plaintext: 'x' });
    expect(vault.currentKeyId).toBe(createVault([old]).currentKeyId);
  });

  it('seals with the key it is told to, and with the first while it is told none', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const [oldId, freshId] = [createVault([old]).currentKeyId, createVault([fresh]).currentKeyId];
    const vault = createLiveVault([fresh, old], () => null);
    expect(vault.currentKeyId).toBe(freshId);
    vault.sealWith(oldId);
    expect(vault.keyIds).toEqual([oldId, freshId]);
    expect(seal(vault, reader, 'x')).toContain(`enc:v2:${oldId}:`);
    expect(() => vault.sealWith('0'.repeat(16))).toThrow(/no key of that name/);
  });

  it('never seals with a key that was taken out of the file', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    let file: readonly Uint8Array[] | null = null;
    const vault = createLiveVault([old, fresh], () => file);
    vault.sealWith(createVault([old]).currentKeyId);
    file = [fresh];
    expect(seal(vault, reader, 'x')).toContain(`enc:v2:${createVault([fresh]).currentKeyId}:`);
  });

  it('keeps a copy of the moment apart from later changes', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    let file: readonly Uint8Array[] | null = null;
    const vault = createLiveVault([old], () => file);
    const before = vault.frozen();
    file = [fresh];
    vault.refresh();
    expect(before.keyIds).toEqual(createVault([old]).keyIds);
    expect(vault.keyIds).toEqual(createVault([fresh]).keyIds);
  });
});
