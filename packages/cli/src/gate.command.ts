// `sentinel gate`: send messages through the gate, read the ledger, read and publish the policy.
import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ImportList,
  ImportResult,
  LedgerEntry,
  LedgerPage,
  OUTCOMES,
  type OutcomeToken,
  PolicyPreview,
  PolicyState,
  PolicyVersion,
} from '@sentinel/contract';
import type { Command } from 'commander';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { exists, withServer } from './connection.ts';
import { explanationText } from './explanation-text.ts';
import { byteProgress } from './file-progress.ts';
import { readPolicyFile } from './policy-file.ts';
import type { Session } from './session.ts';
import { table } from './terminal.ts';

interface ImportFlags {
  readonly mailbox: string[];
  readonly again?: boolean;
  readonly json?: boolean;
}

export function addGateCommands(program: Command, session: (flags: object) => Session): void {
  const gate = program.command('gate').description('the gate: which messages may be kept');
  gate
    .command('import <path>')
    .description('send an mbox, Maildir, .eml, .ics or a gzip of one through the gate; resumes when interrupted')
    .option(
      '--mailbox <address>',
      'whose mailbox it is; repeat for aliases',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .option('--again', 'decide everything again although nothing changed')
    .option('--json', 'machine-readable report')
    .action(
      async (path: string, flags: ImportFlags, command: Command) =>
        await importMailbox(path, flags, session(command.optsWithGlobals())),
    );
  gate
    .command('ledger [id]')
    .description('list outcomes, or explain one')
    .option('--outcome <tokens>', 'comma-separated outcomes, or families such as dropped')
    .option('--limit <n>', 'how many', '50')
    .option('--json', 'machine-readable list')
    .action(
      async (id: string | undefined, flags: LedgerFlags, command: Command) =>
        await showLedger(id, flags, session(command.optsWithGlobals())),
    );
  const policy = gate.command('policy').description('the policy: where exactly the line is');
  policy
    .command('show')
    .description('print the current policy as JSON')
    .action(async (_flags: object, command: Command) => await showPolicy(session(command.optsWithGlobals())));
  policy
    .command('preview <file>')
    .description('what would the policy of a JSON file have done with the newest outcomes?')
    .option('--last <n>', 'how many outcomes', '1000')
    .option('--json', 'machine-readable, as it always is')
    .action(
      async (file: string, flags: { last: string }, command: Command) =>
        await previewPolicy(file, flags, session(command.optsWithGlobals())),
    );
  policy
    .command('publish <file>')
    .description('publish the policy of a JSON file as the next version')
    .action(
      async (file: string, _flags: object, command: Command) =>
        await publishPolicy(file, session(command.optsWithGlobals())),
    );
}

async function importMailbox(path: string, flags: ImportFlags, { reach, terminal }: Session): Promise<void> {
  if (!(await exists(path))) throw new CommandFailed(`There is no file or folder ${path}.`, { exitCode: EXIT.usage });
  const { openMailPath, SKIP_REASONS } = await import('@sentinel/server/gate');
  const mail = await openMailPath(path);
  const key = await keyOf(path);
  const done = await withServer(reach, async (api) => {
    const { items } = await api.call(ImportList, { method: 'GET', path: '/v1/gate/imports', query: { key } });
    const from =
      mail.format === 'mbox' && items[0] !== undefined && items[0].state !== 'finished' ? items[0].position : 0;
    if (from > 0) terminal.note(`Going on at byte ${from.toLocaleString('en')}, where the import was interrupted.`);
    return await api.call(ImportResult, {
      method: 'POST',
      path: '/v1/gate/imports',
      query: {
        key,
        from,
        format: mail.format,
        source: mail.source,
        again: flags.again === true,
        mailbox: flags.mailbox.length > 0 ? flags.mailbox.join(',') : undefined,
      },
      upload: {
        type: 'application/octet-stream',
        body: byteProgress(mail.bytes, terminal, from).watch(mail.input(from)),
      },
    });
  });
  const defect = mail.defect();
  if (defect !== null) terminal.note(`! ${SKIP_REASONS[defect]} (${defect}); everything before that was decided.`);
  if (!done.ran)
    terminal.note('Decided before, under the same policy and book; nothing was done. --again decides it anew.');
  if (flags.json === true) return terminal.json(done);
  const outcomes = (Object.entries(done.outcomes) as [OutcomeToken, number][]).filter(([, count]) => count > 0);
  const { paint } = terminal;
  terminal.result(
    [
      paint.strong(
        `${done.messages.toLocaleString('en')} messages decided, ${(done.outcomes.passed ?? 0).toLocaleString('en')} kept.`,
      ),
      table(outcomes.map(([token, count]) => [token, count, OUTCOMES[token].meaning])),
      ...(done.skipped.length > 0
        ? ['Skipped (no messages):', table(done.skipped.map(({ reason, count }) => [`  ${reason}`, count]))]
        : []),
    ].join('\n'),
  );
}

/** The same file is the same import: named by where it is, how long and when changed, never by what is in it. */
async function keyOf(path: string): Promise<string> {
  const found = await stat(path);
  const files = found.isFile()
    ? [path]
    : (await readdir(path, { recursive: true })).toSorted().map((name) => join(path, name));
  const name = createHash('sha256').update(await realpath(path));
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    name.update(`\n${file}\n${size}\n${mtimeMs}`);
  }
  return name.digest('base64url');
}

interface LedgerFlags {
  readonly outcome?: string;
  readonly limit: string;
  readonly json?: boolean;
}

async function showLedger(id: string | undefined, flags: LedgerFlags, { reach, terminal }: Session): Promise<void> {
  if (id !== undefined) {
    const entry = await withServer(reach, (api) =>
      api.call(LedgerEntry, { method: 'GET', path: `/v1/gate/ledger/${encodeURIComponent(id)}` }),
    );
    return flags.json === true
      ? terminal.json(entry)
      : terminal.result(explanationText(entry.explanation, terminal.paint));
  }
  const page = await withServer(reach, (api) =>
    api.call(LedgerPage, {
      method: 'GET',
      path: '/v1/gate/ledger',
      query: { outcome: flags.outcome, limit: flags.limit },
    }),
  );
  if (flags.json === true) return terminal.json({ items: page.items, next: page.next });
  if (page.items.length > 0)
    terminal.result(table(page.items.map((row) => [row.at, row.outcome, row.source, row.participants, row.id])));
  terminal.note(`${page.total.toLocaleString('en')} outcomes`);
}

async function showPolicy({ reach, terminal }: Session): Promise<void> {
  const state = await withServer(reach, (api) => api.call(PolicyState, { method: 'GET', path: '/v1/gate/policy' }));
  terminal.note(`version ${state.current.version}, published by ${state.current.publishedBy}`);
  terminal.json(state.current.policy);
}

async function previewPolicy(file: string, flags: { last: string }, { reach, terminal }: Session): Promise<void> {
  const policy = await readPolicyFile(file);
  terminal.json(
    await withServer(reach, (api) =>
      api.call(PolicyPreview, {
        method: 'POST',
        path: '/v1/gate/policy/preview',
        json: { policy, last: Number(flags.last) },
      }),
    ),
  );
}

async function publishPolicy(file: string, { reach, terminal }: Session): Promise<void> {
  const policy = await readPolicyFile(file);
  const published = await withServer(reach, async (api) => {
    const state = await api.call(PolicyState, { method: 'GET', path: '/v1/gate/policy' });
    return await api.call(PolicyVersion, {
      method: 'PUT',
      path: '/v1/gate/policy',
      json: { policy, basedOn: state.current.version },
    });
  });
  terminal.result(`Policy version ${published.version} is published.`);
}
