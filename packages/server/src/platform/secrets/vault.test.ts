import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';
import { KEY_PURPOSES, createVault, parseMasterKey } from './vault.ts';
import { VaultError, loadVault, type VaultErrorCode } from './vault-key.ts';

const textOf = (key: Uint8Array): string => Buffer.from(key).toString('base64');
const hexOf = (key: Uint8Array | null): string => Buffer.from(key ?? []).toString('hex');

describe('the vault', () => {
  it('derives another key for each purpose, and none of them is the master key', () => {
    const master = randomBytes(32);
    const vault = createVault([master]);
    const purposes = KEY_PURPOSES.filter((purpose) => purpose !== 'key-id');
    const keys = purposes.map((purpose) => hexOf(vault.deriveKey(purpose)));
    expect(new Set([...keys, hexOf(master)]).size).toBe(purposes.length + 1);
    expect(keys.every((key) => key.length === 64)).toBe(true);
  });

  it('derives the same key again after a restart', () => {
    const master = randomBytes(32);
    expect(hexOf(createVault([master]).deriveKey('cookies'))).toBe(
      hexOf(createVault([Uint8Array.from(master)]).deriveKey('cookies')),
    );
  });

  it('derives by HKDF-SHA256 with the words of the purpose as info, as computed apart', () => {
    // By RFC 5869 with an HMAC of another implementation (Python's), over the length-prefixed words sentinel, v1, cookies.
    expect(hexOf(createVault([new Uint8Array(32)]).deriveKey('cookies'))).toBe(
      '7f28a5cbdf43c37fb415b42f202c82181967d6b082fe933930704e3f79ece33f',
    );
  });

  it('derives apart for each holder and key', () => {
    const vault = createVault([randomBytes(32), randomBytes(32)]);
    const [one = '', two = ''] = vault.keyIds;
    const a = Buffer.from('a');
    const keys = [
      vault.deriveFor('vault', a, one),
      vault.deriveFor('vault', Buffer.from('b'), one),
      vault.deriveFor('vault', a, two),
      vault.deriveKey('vault'),
    ];
    expect(new Set(keys.map(hexOf)).size).toBe(4);
    expect(vault.deriveFor('vault', a, '0000000000000000')).toBeNull();
  });

  it('keeps older keys for what was made before a rotation', () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const before = createVault([older]);
    const after = createVault([newer, older]);
    expect(after.deriveKeys('audit-signing').map(hexOf)).toContain(hexOf(before.deriveKey('audit-signing')));
    expect(after.currentKeyId).not.toBe(before.currentKeyId);
    expect(after.keyIds).toEqual([after.currentKeyId, before.currentKeyId]);
  });

  it('shows no key when it is inspected or made JSON', () => {
    const master = randomBytes(32);
    const shown =
      inspect(createVault([master]), { depth: 10, showHidden: true }) + JSON.stringify(createVault([master]));
    expect(shown).not.toContain(textOf(master));
    expect(shown).not.toContain([...master].slice(0, 4).join(', '));
  });

  it('refuses an empty ring and keys of another size', () => {
    expect(() => createVault([])).toThrow(/32 bytes/);
    expect(() => createVault([randomBytes(31)])).toThrow(/32 bytes/);
  });

  it('reads a master key only in its canonical form', () => {
    const key = textOf(Buffer.alloc(32, 0xfb));
    expect(parseMasterKey(key)).toHaveLength(32);
    for (const wrong of [
      key.slice(0, -1),
      `${key}\n`,
      ` ${key}`,
      key.replaceAll('+', '-').replaceAll('/', '_'),
      textOf(randomBytes(24)),
      textOf(randomBytes(33)),
      '',
    ]) {
      expect(parseMasterKey(wrong)).toBeNull();
    }
  });
});

describe('the vault key', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sentinel-vault-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const load = (setting: string | null = null, create: 'when_missing' | 'never' = 'when_missing') =>
    loadVault({ setting: setting === null ? null : new Secret(setting), dataDir: join(dir, 'data'), create });
  const keyFile = () => join(dir, 'data', 'vault.key');
  const refusal = async (attempt: Promise<unknown>): Promise<VaultError> => {
    const error = await attempt.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(VaultError);
    return error instanceof VaultError ? error : new VaultError('vault_file_missing', '');
  };
  const codeOf = async (attempt: Promise<unknown>): Promise<VaultErrorCode> => (await refusal(attempt)).code;

  it('is made at the first start, readable by its owner alone, and found at the next', async () => {
    const first = await load();
    expect(first.origin).toBe('made');
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    expect(parseMasterKey((await readFile(keyFile(), 'utf8')).trimEnd())).toHaveLength(32);
    expect(await readdir(join(dir, 'data'))).toEqual(['vault.key']);
    const second = await load();
    expect(second.origin).toBe('file');
    expect(second.vault.currentKeyId).toBe(first.vault.currentKeyId);
  });

  it('is one and the same when several processes start at once', async () => {
    const loaded = await Promise.all(Array.from({ length: 8 }, () => load()));
    expect(new Set(loaded.map((each) => each.vault.currentKeyId)).size).toBe(1);
    expect(loaded.filter((each) => each.origin === 'made')).toHaveLength(1);
    expect(await readdir(join(dir, 'data'))).toEqual(['vault.key']);
  });

  it('is not replaced when the file is missing but data is there', async () => {
    expect(await codeOf(load(null, 'never'))).toBe('vault_file_missing');
    await load();
    expect((await load(null, 'never')).origin).toBe('file');
  });

  it('is refused when others can read the file', async () => {
    await load();
    for (const mode of [0o640, 0o604, 0o620, 0o644]) {
      await chmod(keyFile(), mode);
      expect(await codeOf(load())).toBe('vault_file_readable_by_others');
    }
  });

  it('is refused and left as it is when the file is damaged', async () => {
    const good = textOf(randomBytes(32));
    await load();
    for (const content of [
      '',
      '\n',
      good.slice(0, 20),
      `${good}x`,
      `${good}\n\n`,
      ` ${good}`,
      textOf(randomBytes(16)),
      `${good}\ngarbage\n`,
      'A'.repeat(5000),
    ]) {
      await writeFile(keyFile(), content);
      const error = await refusal(load());
      expect(error.code).toBe('vault_file_damaged');
      expect(error.message).not.toContain(good.slice(0, 8));
      expect(await readFile(keyFile(), 'utf8')).toBe(content);
    }
  });

  it('may be a ring: the first line seals, the others still open', async () => {
    const [newer, older] = [randomBytes(32), randomBytes(32)];
    await load();
    await writeFile(keyFile(), `${textOf(newer)}\n${textOf(older)}\n`);
    expect((await load()).vault.keyIds).toEqual(createVault([newer, older]).keyIds);
  });

  it('comes from the setting first, and then no file is made', async () => {
    const [newer, older] = [randomBytes(32), randomBytes(32)];
    const loaded = await load(`${textOf(newer)},${textOf(older)}`);
    expect(loaded.origin).toBe('setting');
    expect(loaded.vault.keyIds).toEqual(createVault([newer, older]).keyIds);
    expect(await readdir(dir)).toEqual([]);
  });

  it('is refused with a sentence, without any of its text, when the setting is no key', async () => {
    for (const wrong of [
      '',
      'short',
      textOf(randomBytes(31)),
      `${textOf(randomBytes(32))},`,
      textOf(Buffer.alloc(32, 0xfb)).replaceAll('+', '-'),
    ]) {
      const error = await refusal(load(wrong));
      expect(error.code).toBe('vault_setting_invalid');
      expect(error.message).not.toContain(wrong || 'no text to look for');
    }
  });
});

describe('a secret', () => {
  it('shows only [secret], and its text when asked', () => {
    const secret = new Secret('hunter2');
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      JSON.stringify(Object.assign({}, secret)),
      inspect({ secret }, { showHidden: true }),
      inspect(secret),
    ].join(' ');
    expect(shown).not.toContain('hunter2');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
    expect(secret.reveal()).toBe('hunter2');
  });
});
