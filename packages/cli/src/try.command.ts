// `sentinel try`: what would the gate keep of this mailbox? In memory, with no server and no account; nothing is stored.
import { createReadStream } from 'node:fs';
import { type Explanation, OUTCOMES, type OutcomeToken, type Policy, type RunReport } from '@sentinel/contract';
import type { Command } from 'commander';
import { exists } from './connection.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import { explanationText } from './explanation-text.ts';
import { readPolicyFile } from './policy-file.ts';
import { table, type Terminal } from './terminal.ts';

interface TryFlags {
  readonly book: string;
  readonly mail: string;
  readonly mailbox: string[];
  readonly ownDomain: string[];
  readonly authservId: string[];
  readonly policy?: string;
  readonly json?: boolean;
  readonly explain?: string;
}

export function addTryCommand(program: Command, terminal: () => Terminal): void {
  program
    .command('try')
    .description('run the gate over a mailbox in memory and report what would be kept; nothing is stored')
    .requiredOption('--book <file>', 'contacts as CSV or vCard')
    .requiredOption('--mail <path>', 'mbox, Maildir, .eml, .ics, or a gzip of one')
    .requiredOption('--mailbox <address>', 'whose mailbox it is; repeat for aliases', collect, [])
    .option('--own-domain <domain>', 'a domain whose people are colleagues; repeatable', collect, [])
    .option(
      '--authserv-id <id>',
      'a receiving server whose Authentication-Results are believed; repeatable',
      collect,
      [],
    )
    .option('--policy <file>', 'decide by the policy of a JSON file, as `gate policy show` prints it')
    .option('--explain <n>', 'show the steps of the n-th message')
    .option('--json', 'machine-readable report')
    .action(async (flags: TryFlags) => await runTry(flags, terminal()));
}

function collect(value: string, previous: string[]): string[] {
  return [...previous, value];
}

async function runTry(flags: TryFlags, terminal: Terminal): Promise<void> {
  const explain = parseNumber(flags.explain);
  const { compilePolicy, mailboxesOf, memoryBook, openMailPath, parseBookFile, readMail, SKIP_REASONS, tryMail } =
    await import('@sentinel/server/gate');
  const policy = compilePolicy(1, await policyOf(flags), {
    mailboxes: flags.mailbox.flatMap((text) => mailboxesOf(text)),
    members: [],
  });
  for (const path of [flags.book, flags.mail])
    if (!(await exists(path))) throw new CommandFailed(`There is no file ${path}.`, { exitCode: EXIT.usage });
  const book = await memoryBook(parseBookFile(createReadStream(flags.book), 'auto'));
  const mail = await openMailPath(flags.mail);
  const progress = terminal.progress(mail.bytes);
  const { report, explanation } = await tryMail(
    readMail(mail.input(), { format: mail.format, source: mail.source, defect: mail.defect }),
    {
      policy,
      findContacts: book.findContacts,
      bookContacts: book.contacts,
      clock: { now: () => new Date() },
      explain,
      onProgress: ({ bytes, messages }) => progress.update(bytes, `${messages.toLocaleString('en')} messages`),
    },
  );
  progress.end();
  if (explain !== undefined && explanation === null)
    throw new CommandFailed(`There is no message ${explain}: the mailbox holds ${report.messages}.`, {
      exitCode: EXIT.usage,
    });
  if (book.skipped > 0)
    terminal.note(
      `${book.skipped.toLocaleString('en')} rows or addresses of the book could not be used; \`book import --dry-run\` names each.`,
    );
  if (flags.json === true) terminal.json({ ...jsonOf(report, explanation), bookSkipped: book.skipped });
  else
    terminal.result(
      [
        reportText(report, terminal, SKIP_REASONS),
        ...(explanation === null ? [] : [explanationText(explanation, terminal.paint)]),
      ].join('\n\n'),
    );
}

async function policyOf(flags: TryFlags): Promise<Policy> {
  const { assertPolicyComparable, firstPolicy } = await import('@sentinel/server/gate');
  const policy =
    flags.policy === undefined ? firstPolicy({ domains: [], addresses: [] }) : await readPolicyFile(flags.policy);
  const tried = {
    ...policy,
    ownDomains: [...policy.ownDomains, ...flags.ownDomain],
    authservIds: [...policy.authservIds, ...flags.ownDomain, ...flags.authservId],
  };
  assertPolicyComparable(tried);
  return tried;
}

function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new CommandFailed('--explain needs the number of a message, counted from 1.', { exitCode: EXIT.usage });
  return number;
}

/** Outcomes that did not occur are left out. */
function jsonOf(report: RunReport, explanation: Explanation | null) {
  const outcomes = Object.fromEntries(
    Object.entries(report.outcomes).filter(([token, count]) => (count ?? 0) > 0 || token === 'passed'),
  );
  return { ...report, outcomes, ...(explanation === null ? {} : { explanation }) };
}

function reportText(report: RunReport, { paint }: Terminal, meanings: Readonly<Record<string, string>>): string {
  const seconds = Math.max(report.milliseconds, 1) / 1000;
  const rate = Math.round(report.messages / seconds);
  const outcomes = (Object.entries(report.outcomes) as [OutcomeToken, number][]).filter(([, count]) => count > 0);
  const share = (count: number) => `${((100 * count) / Math.max(report.messages, 1)).toFixed(1)} %`;
  return [
    paint.strong(
      `${report.messages.toLocaleString('en')} messages against ${report.bookContacts.toLocaleString('en')} contacts: ${(report.outcomes.passed ?? 0).toLocaleString('en')} would be kept.`,
    ),
    paint.dim(`${seconds.toFixed(1)} s, ${rate.toLocaleString('en')} messages/s. Nothing was stored.`),
    ...(outcomes.length > 0 ? [''] : []),
    table(outcomes.map(([token, count]) => [token, count, share(count), OUTCOMES[token].meaning])),
    ...(report.skipped.length > 0
      ? [
          '',
          'Skipped (no messages):',
          table(report.skipped.map(({ reason, count }) => [`  ${reason}`, count, meanings[reason] ?? ''])),
        ]
      : []),
    ...(report.topContacts.length > 0
      ? [
          '',
          'Contacts that admit most:',
          table(report.topContacts.slice(0, 10).map(({ address, messages }) => [`  ${address}`, messages])),
        ]
      : []),
  ].join('\n');
}
