// `sentinel book`: the contact book by hand.
import { createReadStream } from 'node:fs';
import { BookImportReport, BookPage, BookSummary } from '@sentinel/contract';
import type { Command } from 'commander';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { exists, withServer } from './connection.ts';
import { fileProgress } from './file-progress.ts';
import type { Session } from './session.ts';
import { table, type Terminal } from './terminal.ts';

export function addBookCommands(program: Command, session: (flags: object) => Session): void {
  const book = program.command('book').description('the contact book: who opens the gate');
  book
    .command('import <file>')
    .description('add and update contacts from a CSV or vCard file')
    .option('--dry-run', 'only say what would change')
    .option('--json', 'machine-readable report')
    .action(
      async (file: string, flags: { dryRun?: boolean; json?: boolean }, command: Command) =>
        await importBook(file, flags, session(command.optsWithGlobals())),
    );
  book
    .command('list')
    .description('list contacts')
    .option('--search <text>', 'name, company or address')
    .option('--limit <n>', 'how many', '50')
    .option('--json', 'machine-readable list')
    .action(
      async (flags: { search?: string; limit: string; json?: boolean }, command: Command) =>
        await listBook(flags, session(command.optsWithGlobals())),
    );
}

async function importBook(
  file: string,
  flags: { dryRun?: boolean; json?: boolean },
  { reach, terminal }: Session,
): Promise<void> {
  if (!(await exists(file))) throw new CommandFailed(`There is no file ${file}.`, { exitCode: EXIT.usage });
  const report = await withServer(reach, async (api) => {
    const progress = await fileProgress(file, terminal);
    return await api.call(BookImportReport, {
      method: 'POST',
      path: '/v1/book/import',
      query: { dryRun: flags.dryRun === true },
      upload: { type: 'application/octet-stream', body: progress.watch(createReadStream(file)) },
    });
  });
  if (flags.json === true) return terminal.json(report);
  terminal.result(reportText(report, terminal));
  if (!report.dryRun) terminal.note('Next: npx --no sentinel gate import <mailbox> --mailbox you@company.com');
}

function reportText(report: BookImportReport, { paint }: Terminal): string {
  const skips = report.skipped.slice(0, 10).map(({ row, column, reason }) => [`  row ${row}`, column ?? '', reason]);
  return [
    paint.strong(
      `${report.dryRun ? 'Would add' : 'Added'} ${report.added}, ${report.dryRun ? 'change' : 'changed'} ${report.changed}, unchanged ${report.unchanged} of ${report.rows} rows.`,
    ),
    paint.dim(
      `${report.layout} ${report.format}, columns: ${Object.entries(report.columns)
        .map(([column, use]) => `${column} as ${use}`)
        .join(', ')}. Book revision ${report.revision}.`,
    ),
    ...(report.skippedTotal > 0
      ? ['', `Skipped ${report.skippedTotal}:`, table(skips), ...(report.skippedTotal > skips.length ? ['  …'] : [])]
      : []),
  ].join('\n');
}

async function listBook(
  flags: { search?: string; limit: string; json?: boolean },
  { reach, terminal }: Session,
): Promise<void> {
  const { page, summary } = await withServer(reach, async (api) => ({
    page: await api.call(BookPage, {
      method: 'GET',
      path: '/v1/book/contacts',
      query: { search: flags.search, limit: flags.limit },
    }),
    summary: await api.call(BookSummary, { method: 'GET', path: '/v1/book' }),
  }));
  if (flags.json === true) return terminal.json({ items: page.items, next: page.next });
  terminal.note(
    `${summary.contacts.toLocaleString('en')} contacts, ${summary.addresses.toLocaleString('en')} addresses, revision ${summary.revision}`,
  );
  if (page.items.length > 0)
    terminal.result(
      table(
        page.items.map((contact) => [
          contact.name ?? '–',
          contact.addresses.join(', '),
          contact.excluded ? 'excluded' : '',
          contact.messagesKept,
        ]),
      ),
    );
}
