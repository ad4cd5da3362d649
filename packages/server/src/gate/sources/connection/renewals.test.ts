import { describe, expect, it } from 'vitest';
import { createRenewals } from './renewals.ts';

describe('renewals', () => {
  it('of one name are one, until it has ended', async () => {
    const renewals = createRenewals<number>();
    let begun = 0;
    const begin = async (): Promise<number> => (begun += 1);
    expect(await Promise.all([renewals.join('a', begin), renewals.join('a', begin)])).toEqual([1, 1]);
    expect(await renewals.join('b', begin)).toBe(2);
    expect(await renewals.join('a', begin)).toBe(3);
  });

  it('that failed are begun again', async () => {
    const renewals = createRenewals<number>();
    await expect(renewals.join('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await renewals.join('a', async () => 1)).toBe(1);
  });

  it('are waited for at the end, joined, but begun no more', async () => {
    const renewals = createRenewals<number>();
    const { promise, resolve } = Promise.withResolvers<number>();
    const under = renewals.join('a', () => promise);
    const settling = renewals.settle(60_000);
    const joined = renewals.join('a', async () => 2);
    expect(await renewals.join('b', async () => 3)).toBeNull();
    resolve(1);
    await settling;
    expect([await under, await joined]).toEqual([1, 1]);
  });

  it('are not waited for without end', async () => {
    const renewals = createRenewals<never>();
    void renewals.join('a', () => new Promise(() => {}));
    await renewals.settle(10);
    expect(renewals.isStopping).toBe(true);
  });
});
