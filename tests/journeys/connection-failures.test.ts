// Every provider against every way in which credentials go stale or the provider fails, over a whole installation: real
// processes, the providers' own wire, two processes where the database is shared. Each ends as designed, works again
// afterwards, and leaves no token, code, verifier or client secret in files, logs, metrics, the audit log or any answer.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONNECTION_PROVIDERS, ConnectionList } from '@sentinel/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServerUrl } from '../../packages/server/src/platform/db/testing.ts';
import { type ConnectedInstallation, openConnectedInstallation, type Standings } from './connected-installation.ts';
import { CONNECTED, everywhere, type Failure, FAILURES, WAITED_OUT } from './connection-failures.ts';
import { STAND_INS } from './provider-sandbox.ts';
import { SECRET_KINDS } from './wire-secrets.ts';

let table: ConnectedInstallation;
let beside: ConnectedInstallation;
let waitedOut: readonly Promise<Played>[];

/** How all stood in the end, and how when it was over; null when the next failure begins before. */
interface Played {
  readonly ends: Standings;
  readonly after: Standings | null;
}

beforeAll(async () => {
  const options = { keyIn: 'setting', rotating: true, jobs: true } as const;
  beside = await openConnectedInstallation({ ...options, processes: 1 });
  waitedOut = oneByOne(WAITED_OUT, beside);
  table = await openConnectedInstallation({ ...options, processes: testServerUrl() === null ? 1 : 2 });
});
afterAll(async () => {
  await Promise.allSettled([table?.close(), beside?.close()]);
});

async function play(failure: Failure, installation: ConnectedInstallation): Promise<Played> {
  await failure.play(installation);
  const ends = await installation.standings();
  if (failure.lasts === true) return { ends, after: null };
  installation.sandbox.faults.clear();
  const dead = CONNECTION_PROVIDERS.filter((provider) => ends[provider][0] === 'needs_attention');
  if (dead.length > 0) await installation.connect(dead);
  return { ends, after: await installation.checkAll() };
}

function oneByOne(failures: readonly Failure[], installation: ConnectedInstallation): readonly Promise<Played>[] {
  let last: Promise<unknown> = Promise.resolve();
  return failures.map((failure) => {
    const next = last.then(() => play(failure, installation));
    // They are looked at last.
    next.catch(() => {});
    last = next;
    return next;
  });
}

function judge(failure: Failure, installation: () => ConnectedInstallation, played: () => Promise<Played>): void {
  let ends: Standings;
  let after: Standings | null;
  beforeAll(async () => {
    ({ ends, after } = await played());
  });
  it.each(CONNECTION_PROVIDERS)('%s', (provider) => expect(ends[provider]).toEqual(failure.ends(provider)));
  it('and works again, unless it lasts', () =>
    expect(after).toEqual(failure.lasts ? null : everywhere(() => CONNECTED)));
  it('and nothing secret is anywhere', async () => expect(await installation().leaks()).toEqual([]));
}

describe.each(FAILURES)('$name', (failure) => {
  judge(
    failure,
    () => table,
    () => play(failure, table),
  );
});

describe.each(WAITED_OUT.map((failure, index) => ({ failure, index })))('$failure.name', ({ failure, index }) => {
  judge(
    failure,
    () => beside,
    () => waitedOut[index] ?? Promise.reject(new Error('it was never played')),
  );
});

describe('the search', () => {
  it('knows secrets of every kind from every provider', () => {
    for (const { secrets } of [table, beside])
      for (const place of STAND_INS)
        expect(SECRET_KINDS.map((kind) => [place, kind, secrets.of(place, kind).length > 0])).toEqual(
          SECRET_KINDS.map((kind) => [place, kind, true]),
        );
  });

  it('finds nothing in what refuses an address that was used', async () => {
    expect(await table.returnAgain()).toEqual(CONNECTION_PROVIDERS.map(() => 400));
    expect(await table.leaks()).toEqual([]);
  });

  it('finds one that lies there, in any spelling', async () => {
    const file = join(table.here.dataDir, 'planted.log');
    const told = STAND_INS.flatMap((place) => SECRET_KINDS.map((kind) => table.secrets.of(place, kind).at(-1) ?? ''));
    const spell = (text: string, index: number) =>
      [text, Buffer.from(text).toString('hex'), Buffer.from(`x${text}`).toString('base64'), encodeURIComponent(text)][
        index % 4
      ];
    await writeFile(file, told.map(spell).join('\n'));
    expect(await table.leaks()).toEqual(
      STAND_INS.flatMap((place) => SECRET_KINDS.map((kind) => `${place} ${kind} in ${file}`)),
    );
    await rm(file);
  });

  it('reads the files of the database', async () => {
    const { connections } = ConnectionList.parse(await (await table.servers()[0].ask('/v1/connections')).json());
    const targets = connections.map(({ id }) => `connection:${id}`);
    expect(targets).toHaveLength(CONNECTION_PROVIDERS.length);
    expect(await table.inFiles(targets)).toEqual(new Set(targets));
  });

  it('finds nothing in all that is there when the processes have ended', async () => {
    await Promise.all([table.stop(), beside.stop()]);
    expect(await beside.leaks()).toEqual([]);
    expect(await table.leaks('everything')).toEqual([]);
  });
});
