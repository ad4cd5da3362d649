// Gate throughput: messages decided and persisted, in pages of 500 versus one look-up and one insert per message, through
// the same driver, with the same rules and the same mail. Rounds alternate, so a busy moment of the machine hits both.
import { importBook } from '../packages/server/src/gate/gate.ts';
import { type CursorStep, ingestPage } from '../packages/server/src/gate/admission/ingest.ts';
import type { InboundMessage } from '../packages/server/src/gate/admission/message.ts';
import { PAGE_MESSAGES } from '../packages/server/src/gate/admission/page.ts';
import { insertPolicy } from '../packages/server/src/gate/admission/policy.store.ts';
import { openAuditEntry } from '../packages/server/src/platform/audit/audit.ts';
import { systemClock } from '../packages/server/src/platform/clock.ts';
import { workspaceNames } from '../packages/server/src/platform/db/names.ts';
import { newId, type WorkspaceId } from '../packages/server/src/platform/ids.ts';
import { type Engine, eachEngine } from './engines.ts';
import { type Finding, isQuick, sayFigures, wallTime } from './figures.ts';
import { benchPolicy, bytesOf, contactsCsv, OURS, POLICY_DOCUMENT, readLetters } from './letters.ts';
import { bareRoad, naiveRoad } from './naive-road.ts';

const ROUNDS = isQuick ? 2 : 5;
const PER_ROUND = isQuick ? PAGE_MESSAGES : 2 * PAGE_MESSAGES;
const NO_CURSOR: CursorStep = { claim: async () => {}, settle: async () => {} };

/** Milliseconds. */
interface Round {
  readonly pages: number;
  readonly singles: number;
  readonly bare: number;
}

const ROADS = ['pages', 'singles', 'bare'] as const;

/** One more round than is counted: the first warms the caches and the compiler. */
const letters = await readLetters(PER_ROUND * (ROUNDS + 1), 'delivered');
for await (const engine of eachEngine()) {
  const whole = await measure(engine, letters);
  const atHand = await measure(engine, await withContentAtHand(letters));
  sayFigures([...findings('gate', engine, atHand), ...findings('gate with MIME content', engine, whole)]);
}

function findings(what: string, engine: Engine, rounds: readonly Round[]): Finding[] {
  const perSecond = (of: (round: Round) => number): number[] => rounds.map((round) => (1000 * PER_ROUND) / of(round));
  const promise = what === 'gate' && engine.isServerInUse ? { target: 20 } : {};
  return [
    {
      name: `${what}: pages vs single messages`,
      unit: '×',
      engine: engine.name,
      rounds: rounds.map(({ pages, singles }) => singles / pages),
      better: 'higher',
      ...promise,
    },
    {
      name: `${what}: pages vs bare statements`,
      unit: '×',
      engine: engine.name,
      rounds: rounds.map(({ pages, bare }) => bare / pages),
      better: 'higher',
    },
    { name: `${what}: in pages`, unit: 'messages/s', engine: engine.name, rounds: perSecond(({ pages }) => pages) },
    {
      name: `${what}: one by one`,
      unit: 'messages/s',
      engine: engine.name,
      rounds: perSecond(({ singles }) => singles),
    },
    {
      name: `${what}: bare statements`,
      unit: 'messages/s',
      engine: engine.name,
      rounds: perSecond(({ bare }) => bare),
    },
  ];
}

/** Each road has a workspace of its own and takes the same mail, so both do the same work on tables of the same size. */
async function measure(engine: Engine, messages: readonly InboundMessage[]): Promise<Round[]> {
  const paged = await newWorkspace(engine);
  const single = await newWorkspace(engine);
  const unguarded = await newWorkspace(engine);
  const naive = naiveRoad(engine, single, benchPolicy());
  const bare = bareRoad(engine, unguarded, benchPolicy());
  const roads = {
    pages: async (part: readonly InboundMessage[]) => {
      for (let at = 0; at < part.length; at += PAGE_MESSAGES) {
        await ingestPage(
          { db: engine.db, workspaceId: paged, ours: OURS, importId: null, clock: systemClock },
          part.slice(at, at + PAGE_MESSAGES),
          NO_CURSOR,
        );
      }
    },
    singles: async (part: readonly InboundMessage[]) => {
      for (const message of part) await naive.ingest(message);
    },
    bare: async (part: readonly InboundMessage[]) => {
      for (const message of part) await bare.ingest(message);
    },
  };
  const rounds: Round[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const part = messages.slice(round * PER_ROUND, (round + 1) * PER_ROUND);
    const times = { pages: 0, singles: 0, bare: 0 };
    for (const road of round % 2 === 0 ? ROADS : ROADS.toReversed()) {
      times[road] = await wallTime(() => roads[road](part));
    }
    if (round > 0) rounds.push(times);
  }
  await assertSameLedger(engine, paged, single, unguarded);
  return rounds;
}

async function newWorkspace({ db }: Engine): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>();
  await db.provision(id);
  await db.workspace(id, (tx) =>
    insertPolicy(tx, { policy: POLICY_DOCUMENT, basedOn: 0, by: 'bench', at: systemClock.now() }),
  );
  const entry = openAuditEntry('book.imported', { kind: 'operator', id: null, name: 'bench' }, null, systemClock);
  await importBook(db, id, bytesOf([contactsCsv]), { format: 'csv', dryRun: false, entry });
  return id;
}

/** MIME is read before the clock starts, as for a source that delivers parsed messages: what is left is the gate. */
async function withContentAtHand(messages: readonly InboundMessage[]): Promise<InboundMessage[]> {
  return await Promise.all(
    messages.map(async (message) => {
      const content = await message.content();
      return { ...message, content: async () => content };
    }),
  );
}

/** A ratio between roads that end elsewhere would mean nothing. */
async function assertSameLedger({ query }: Engine, ...workspaces: readonly WorkspaceId[]): Promise<void> {
  const ledgers = await Promise.all(
    workspaces.map(async (id) => {
      const { schema } = workspaceNames(id);
      return JSON.stringify(
        await query(`select outcome, count(*)::int as n, count(message_id)::int as kept, sum(matched)::int as matched,
          (select count(*)::int from ${schema}.message_contact) as contacts from ${schema}.gate_outcome group by outcome order by outcome`),
      );
    }),
  );
  if (new Set(ledgers).size !== 1 || !ledgers[0]?.includes('passed'))
    throw new Error(`the two roads left different ledgers: ${ledgers.join(' / ')}`);
}
