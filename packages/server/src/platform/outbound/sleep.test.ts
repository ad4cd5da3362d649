import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { systemSleep } from './sleep.ts';

describe('sleep', () => {
  it('ends after its time, or with the signal', async () => {
    await systemSleep(1, new AbortController().signal);
    const controller = new AbortController();
    const long = systemSleep(3_600_000, controller.signal);
    controller.abort();
    await expect(long).resolves.toBeUndefined();
    await expect(systemSleep(3_600_000, controller.signal)).resolves.toBeUndefined();
  });

  it('may be longer than a timer can hold', async () => {
    const controller = new AbortController();
    let isOver = false;
    const long = systemSleep(2 ** 40, controller.signal).then(() => {
      isOver = true;
    });
    await systemSleep(20, new AbortController().signal);
    expect(isOver).toBe(false);
    controller.abort();
    await long;
  });

  it('keeps no process alive', async () => {
    const source = new URL('./sleep.ts', import.meta.url).href;
    const code = `import { systemSleep } from ${JSON.stringify(source)};
      systemSleep(3_600_000, new AbortController().signal).then(() => process.exit(9));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
    expect((await once(child, 'exit'))[0]).toBe(0);
  });
});
