// Fills a new installation with a made-up company: its book, and a week of its mail, sent through the one road with the
// clock of each hour, so that everything the console shows was really decided.
import { COLLEAGUES, COMPANY, makeCompany } from '@sentinel/sandbox';
import type { System } from '@sentinel/server';
import { listActiveWorkspaces, openAuditEntry, setUpWorkspace, type WorkspaceId } from '@sentinel/server/demo';
import { importBook, importMail, readMail } from '@sentinel/server/gate';
import { CommandFailed } from './exit-codes.ts';

const HOUR_MS = 3_600_000;
const HOURS = 7 * 24;
const OPERATOR = { kind: 'operator', id: null, name: 'demo' } as const;

/**
 * @returns how many messages the company's week held, or null when the folder holds this demo already
 * @throws CommandFailed when the data folder belongs to a real workspace
 */
export async function fillDemo(system: System): Promise<number | null> {
  const { access, db } = system;
  const [existing] = await db.control(listActiveWorkspaces);
  if (existing !== undefined) {
    if (existing.demo) return null;
    throw new CommandFailed('This data folder holds a real workspace, so the demo stays out of it.', { tryThis: ['npm start -- --demo --data ./sentinel-demo'] });
  }
  const owner = COLLEAGUES[0];
  const { workspaceId } = await setUpWorkspace(access, {
    workspaceName: COMPANY.name,
    ownerName: owner.name,
    ownerEmail: owner.address,
    ownDomains: [COMPANY.domain],
    demo: true,
    linkToken: null,
    session: null,
    openEntry: (event) => openAuditEntry(event, OPERATOR, null, access.clock),
  });
  const company = makeCompany();
  await importBook(db, workspaceId, bytesOf(company.contactsCsv), { format: 'csv', dryRun: false, entry: openAuditEntry('book.imported', OPERATOR, null, access.clock) });
  return await sendWeek(system, workspaceId, company.mailOf);
}

async function sendWeek(system: System, workspaceId: WorkspaceId, mailOf: (hour: Date) => string): Promise<number> {
  const now = system.access.clock.now().getTime();
  const lastHour = Math.floor(now / HOUR_MS) * HOUR_MS;
  let messages = 0;
  for (let hours = HOURS; hours >= 0; hours -= 1) {
    const hour = new Date(lastHour - hours * HOUR_MS);
    const mail = mailOf(hour);
    if (mail === '') continue;
    const clock = { now: () => new Date(Math.min(hour.getTime() + HOUR_MS / 2, now)) };
    const done = await importMail(
      { db: system.db, workspaceId, ours: { mailboxes: [COLLEAGUES[0].address], members: [] }, clock, metrics: { count: () => {} }, log: system.log, entry: openAuditEntry('gate.imported', OPERATOR, null, clock) },
      { key: `demo-hour-${hour.getTime()}`, source: 'mbox', again: false, startsAt: 0, read: () => readMail(bytesOf(mail), { format: 'mbox' }) },
    );
    messages += done.messages;
  }
  return messages;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
