// `sentinel audit`: list, export and prove the audit log. `verify` takes a running workspace or an exported file.
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { AuditPage, AuditPublicKey, AuditVerification } from '@sentinel/contract';
import type { Command } from 'commander';
import { exists, withServer } from './connection.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';
import { table, type Terminal } from './terminal.ts';

export function addAuditCommands(program: Command, session: (flags: object) => Session): void {
  const audit = program.command('audit').description('the append-only log of who did what');
  audit
    .command('list')
    .description('list rows, newest first')
    .option('--event <event>', 'only this event')
    .option('--limit <n>', 'how many', '50')
    .option('--json', 'machine-readable list')
    .action(
      async (flags: { event?: string; limit: string; json?: boolean }, command: Command) =>
        await listAudit(flags, session(command.optsWithGlobals())),
    );
  audit
    .command('export [file]')
    .description('write all rows as JSON lines, with the newest signed checkpoint at the end')
    .option('--force', 'overwrite the file')
    .action(
      async (file: string | undefined, flags: { force?: boolean }, command: Command) =>
        await exportAudit(file, flags, session(command.optsWithGlobals())),
    );
  audit
    .command('verify [file]')
    .description('prove that no row was changed, removed or added; exit code 3 when one was')
    .option('--key <pem>', 'public key for an exported file, kept from an earlier day')
    .option('--json', 'machine-readable answer')
    .action(
      async (file: string | undefined, flags: { key?: string; json?: boolean }, command: Command) =>
        await verifyAudit(file, flags, session(command.optsWithGlobals())),
    );
  audit
    .command('key')
    .description('print the public key that signs checkpoints; keep a copy elsewhere')
    .action(async (_flags: object, command: Command) => await printKey(session(command.optsWithGlobals())));
}

async function listAudit(
  flags: { event?: string; limit: string; json?: boolean },
  { reach, terminal }: Session,
): Promise<void> {
  const page = await withServer(reach, (api) =>
    api.call(AuditPage, { method: 'GET', path: '/v1/audit', query: { event: flags.event, limit: flags.limit } }),
  );
  if (flags.json === true) return terminal.json({ items: page.items, next: page.next });
  if (page.items.length > 0)
    terminal.result(
      table(
        page.items.map((row) => [
          row.seq,
          row.at,
          row.actorName ?? row.actorKind,
          row.event,
          row.result,
          row.target ?? '',
        ]),
      ),
    );
}

async function exportAudit(
  file: string | undefined,
  flags: { force?: boolean },
  { reach, terminal }: Session,
): Promise<void> {
  if (file !== undefined && flags.force !== true && (await exists(file)))
    throw new CommandFailed(`${file} exists already.`, { tryThis: ['another name, or --force'], exitCode: EXIT.usage });
  // Opened before anything is asked, so that a place that cannot be written is said at once.
  const target = file === undefined ? null : await open(file, 'w', 0o600);
  await withServer(reach, async (api) => {
    for await (const chunk of api.stream({ method: 'GET', path: '/v1/audit/export' })) {
      if (target === null) process.stdout.write(chunk);
      else await target.write(chunk);
    }
  });
  await target?.close();
  if (file !== undefined)
    terminal.note(`Written to ${file}. Prove it anywhere: npx --no sentinel audit verify ${file} --key audit.pem`);
}

async function verifyAudit(
  file: string | undefined,
  flags: { key?: string; json?: boolean },
  session: Session,
): Promise<void> {
  if (file !== undefined) return await verifyFile(file, flags, session);
  const { reach, terminal } = session;
  const answer = await withServer(reach, (api) =>
    api.call(AuditVerification, { method: 'POST', path: '/v1/audit/verify' }),
  );
  if (flags.json === true) terminal.json(answer);
  else
    terminal.result(
      verdictText(answer, `${answer.checkpoints} signed checkpoints, head ${answer.head.slice(0, 16)}…`, terminal),
    );
  if (!answer.intact) process.exitCode = EXIT.no;
}

async function verifyFile(file: string, flags: { key?: string; json?: boolean }, { terminal }: Session): Promise<void> {
  if (!(await exists(file))) throw new CommandFailed(`There is no file ${file}.`, { exitCode: EXIT.usage });
  if (flags.key === undefined) {
    throw new CommandFailed('A file is proven with a key that came another way.', {
      why: 'The key inside the file proves nothing: whoever forged the file could have put it there.',
      tryThis: [
        'npx --no sentinel audit key > audit.pem   (once, kept elsewhere)',
        `npx --no sentinel audit verify ${file} --key audit.pem`,
      ],
      exitCode: EXIT.usage,
    });
  }
  const { verifyExport } = await import('@sentinel/server/audit');
  const key = await readFile(flags.key, 'utf8').catch(() => null);
  const input = createReadStream(file);
  const opened = await new Promise<boolean>((resolve) =>
    input.once('open', () => resolve(true)).once('error', () => resolve(false)),
  );
  if (key === null || !opened)
    throw new CommandFailed(`There is no file ${key === null ? flags.key : file}.`, { exitCode: EXIT.usage });
  const proof = await verifyExport(createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }), key).catch(
    (cause: unknown) => {
      throw new CommandFailed(`${flags.key} is not the public key of an installation.`, {
        tryThis: ['npx --no sentinel audit key > audit.pem'],
        exitCode: EXIT.usage,
        cause,
      });
    },
  );
  if (flags.json === true) terminal.json(proof);
  else
    terminal.result(
      verdictText(proof, proof.signedAt === null ? 'not signed to its end' : `signed ${proof.signedAt}`, terminal),
    );
  if (!proof.intact) process.exitCode = EXIT.no;
}

async function printKey({ reach, terminal }: Session): Promise<void> {
  const { publicKey } = await withServer(reach, (api) =>
    api.call(AuditPublicKey, { method: 'GET', path: '/v1/audit/key' }),
  );
  terminal.result(publicKey.trimEnd());
}

function verdictText(
  proof: { rows: number; brokenAt: { seq: number; reason: string } | null },
  note: string,
  { paint }: Terminal,
): string {
  if (proof.brokenAt !== null) return paint.broken(`✗ broken at row ${proof.brokenAt.seq}: ${proof.brokenAt.reason}`);
  return `${paint.yes('✓ intact')}  ${proof.rows.toLocaleString('en')} rows, ${note}`;
}
