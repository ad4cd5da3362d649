// One measured run in a process of its own, so that its memory is its own: node bench/try-run.ts <read|parse|try> <mbox>
// Answers one line of JSON. `read` cuts and scans the mails, `parse` also reads their address fields, `try` is the whole.
import { openMailPath, readMail, tryMail } from '../packages/server/src/gate/gate.ts';
import { participantsReader } from '../packages/server/src/gate/admission/participants.ts';
import { PAGE_MESSAGES } from '../packages/server/src/gate/admission/page.ts';
import { systemClock } from '../packages/server/src/platform/clock.ts';
import { cpuTime, wallTime } from './figures.ts';
import { benchBook, benchPolicy } from './letters.ts';

export type Mode = 'read' | 'parse' | 'try';

export interface RunFacts {
  readonly messages: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Greatest resident memory of the process so far. */
  readonly peakMiB: number;
}

const [mode = '', path = ''] = process.argv.slice(2);
const [book, mail] = [await benchBook(), await openMailPath(path)];
const items = () => readMail(mail.input(), { format: mail.format, defect: mail.defect });

const MODES: Record<Mode, () => Promise<number>> = {
  async read() {
    let messages = 0;
    for await (const item of items()) messages += item.kind === 'message' ? 1 : 0;
    return messages;
  },
  async parse() {
    let messages = 0;
    let readParticipants = participantsReader();
    for await (const item of items()) {
      if (item.kind !== 'message') continue;
      if (messages % PAGE_MESSAGES === 0) readParticipants = participantsReader();
      readParticipants(item.message.participants);
      messages += 1;
    }
    return messages;
  },
  async try() {
    const options = {
      policy: benchPolicy(),
      findContacts: book.findContacts,
      bookContacts: book.contacts,
      clock: systemClock,
    };
    return (await tryMail(items(), options)).report.messages;
  },
};

const run = MODES[mode as Mode];
let messages = 0;
let wallMs = 0;
const cpuMs = await cpuTime(async () => {
  wallMs = await wallTime(async () => {
    messages = await run();
  });
});
const facts: RunFacts = { messages, cpuMs, wallMs, peakMiB: process.resourceUsage().maxRSS / 1024 };
console.log(JSON.stringify(facts));
