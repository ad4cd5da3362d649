// One measured run in a process of its own, so that its memory is its own: node bench/try-run.ts <try|share> <mbox>
// Answers one line of JSON. `try` is the whole, as a person runs it. `share` does the same work with a stopwatch around its
// parts, page by page in one process, because two processes of the same work differ by more than the gate takes.
import { openMailPath, readMail, tryMail } from '../packages/server/src/gate/gate.ts';
import { identityOf } from '../packages/server/src/gate/admission/identity.ts';
import { decidePage } from '../packages/server/src/gate/admission/page.ts';
import { chunksOf, pageOf } from '../packages/server/src/gate/admission/pages.ts';
import { participantsReader } from '../packages/server/src/gate/admission/participants.ts';
import { TRY_PAGE_MESSAGES } from '../packages/server/src/gate/admission/try.ts';
import { Tally } from '../packages/server/src/gate/admission/tally.ts';
import { systemClock } from '../packages/server/src/platform/clock.ts';
import { cpuTime, wallTime } from './figures.ts';
import { benchBook, benchPolicy } from './letters.ts';

export type Mode = 'try' | 'share';

export interface RunFacts {
  readonly messages: number;
  /** Of the time it took: deciding with and without reading the address fields; null where it was not measured. */
  readonly gateShare: { readonly whole: number; readonly afterParsing: number } | null;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Greatest resident memory of the process so far. */
  readonly peakMiB: number;
}

const [mode = '', path = ''] = process.argv.slice(2);
const [book, mail] = [await benchBook(), await openMailPath(path)];
const items = () => readMail(mail.input(), { format: mail.format, defect: mail.defect });

const MODES: Record<Mode, () => Promise<Pick<RunFacts, 'messages' | 'gateShare'>>> = {
  async try() {
    const options = {
      policy: benchPolicy(),
      findContacts: book.findContacts,
      bookContacts: book.contacts,
      clock: systemClock,
    };
    return { messages: (await tryMail(items(), options)).report.messages, gateShare: null };
  },
  async share() {
    const policy = benchPolicy();
    const tally = new Tally();
    let [parsing, deciding] = [0, 0];
    const startedAt = performance.now();
    for await (const chunk of chunksOf(items(), TRY_PAGE_MESSAGES)) {
      const page = pageOf(chunk);
      if (page === null) continue;
      const before = performance.now();
      const readParticipants = participantsReader();
      for (const message of page.messages) readParticipants(message.participants);
      const parsed = performance.now();
      const { decided } = await decidePage(page.messages, policy, book.findContacts);
      for (const { message, participants, decision } of decided) {
        identityOf(message, participants);
        tally.add(decision.outcome, decision.matched);
      }
      parsing += parsed - before;
      deciding += performance.now() - parsed;
    }
    // The first reading of the fields was the stopwatch's own.
    const whole = performance.now() - startedAt - parsing;
    return {
      messages: tally.messages,
      gateShare: { whole: deciding / whole, afterParsing: Math.max(0, deciding - parsing) / whole },
    };
  },
};

const run = MODES[mode as Mode];
let done: Pick<RunFacts, 'messages' | 'gateShare'> = { messages: 0, gateShare: null };
let wallMs = 0;
const cpuMs = await cpuTime(async () => {
  wallMs = await wallTime(async () => {
    done = await run();
  });
});

const facts: RunFacts = { ...done, cpuMs, wallMs, peakMiB: process.resourceUsage().maxRSS / 1024 };
console.log(JSON.stringify(facts));
