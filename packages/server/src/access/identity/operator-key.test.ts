import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OPERATOR_KEY_FILE, openOperatorKey, readOperatorKey } from './operator-key.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operator-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

const path = () => join(folder, OPERATOR_KEY_FILE);

describe('the operator key', () => {
  it('is made once, for its owner alone, and kept', async () => {
    const first = await openOperatorKey(folder, randomBytes);
    const key = (await readOperatorKey(folder)) ?? '';
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    const second = await openOperatorKey(folder, randomBytes);
    expect([first.matches(key), second.matches(key), first.matches(`${key}x`), first.matches('')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(JSON.stringify(first)).not.toContain(key);
  });

  it('is replaced when others could have read it', async () => {
    await openOperatorKey(folder, randomBytes);
    const known = (await readOperatorKey(folder)) ?? '';
    await chmod(path(), 0o644);
    const key = await openOperatorKey(folder, randomBytes);
    expect(key.matches(known)).toBe(false);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  it('is replaced when it is damaged', async () => {
    await writeFile(path(), 'sentinel_operator_short\n', { mode: 0o600 });
    await openOperatorKey(folder, randomBytes);
    expect((await readFile(path(), 'utf8')).trim()).toMatch(/^sentinel_operator_[\w-]{43}$/);
  });

  it('is absent in a folder that never ran', async () => {
    expect(await readOperatorKey(folder)).toBeNull();
  });
});
