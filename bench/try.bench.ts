// `sentinel try` on a mailbox: how much of the time is the gate's own, and whether memory stays flat as the mailbox grows.
// Every run is a process of its own. Shares are taken within one process, so that a busy neighbour slows both sides of them.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Finding, isQuick, sayFigures } from './figures.ts';
import { type LetterForm, writeMbox } from './letters.ts';
import type { Mode, RunFacts } from './try-run.ts';

const [SMALL, LARGE] = isQuick ? [1_000, 10_000] : [10_000, 100_000];
const ROUNDS = isQuick ? 1 : 3;

interface Round {
  readonly share: RunFacts;
  readonly try: RunFacts;
  readonly trySmall: RunFacts;
}

const folder = await mkdtemp(join(tmpdir(), 'sentinel-bench-'));
try {
  for (const form of ['delivered', 'bare'] as const) sayFigures(findings(form, await measure(form)));
} finally {
  await rm(folder, { recursive: true, force: true });
}

function findings(form: LetterForm, rounds: readonly Round[]): Finding[] {
  const what = `try, ${form} letters`;
  const share = (of: 'whole' | 'afterParsing') =>
    rounds.map((round) => 100 * (round.share.gateShare?.[of] ?? Number.NaN));
  return [
    {
      name: `${what}: gate's share after header parsing`,
      unit: '%',
      rounds: share('afterParsing'),
      better: 'lower',
      ...(form === 'delivered' ? { target: 15 } : {}),
    },
    {
      name: `${what}: gate's share with address parsing`,
      unit: '%',
      rounds: share('whole'),
      better: 'lower',
    },
    {
      name: `${what}: memory ${LARGE / 1000}k vs ${SMALL / 1000}k`,
      unit: '×',
      rounds: rounds.map((round) => round.try.peakMiB / round.trySmall.peakMiB),
      better: 'lower',
    },
    { name: `${what}: peak memory`, unit: 'MiB', rounds: rounds.map((round) => round.try.peakMiB) },
    { name: `${what}: ${LARGE / 1000}k messages`, unit: 's', rounds: rounds.map((round) => round.try.wallMs / 1000) },
    {
      name: `${what}: processor time per message`,
      unit: 'µs',
      rounds: rounds.map((round) => (1000 * round.try.cpuMs) / LARGE),
    },
  ];
}

async function measure(form: LetterForm): Promise<Round[]> {
  const small = join(folder, 'small.mbox');
  const large = join(folder, 'large.mbox');
  await writeMbox(small, SMALL, form);
  await writeMbox(large, LARGE, form);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      share: run('share', large, LARGE),
      try: run('try', large, LARGE),
      trySmall: run('try', small, SMALL),
    });
  }
  return rounds;
}

function run(mode: Mode, path: string, messages: number): RunFacts {
  const line = execFileSync(process.execPath, [join(import.meta.dirname, 'try-run.ts'), mode, path], {
    encoding: 'utf8',
  });
  const facts = JSON.parse(line) as RunFacts;
  if (facts.messages !== messages) throw new Error(`${facts.messages} messages were read instead of ${messages}`);
  return facts;
}
