// `sentinel signing-keys`: which keys tokens are signed with, the next one, and all new ones when one leaked.
import { type SigningKeyChange, SigningKeyList } from '@sentinel/contract';
import type { Command } from 'commander';
import { withServer } from './connection.ts';
import type { Session } from './session.ts';
import { table } from './terminal.ts';

const STATES = { next: 'signs soon', signs: 'signs', verifies: 'only verifies' } as const;

export function addSigningKeyCommands(program: Command, session: (flags: object) => Session): void {
  const group = program.command('signing-keys').description('the keys that tokens are signed with');
  group
    .command('list')
    .description('which there are')
    .option('--json', 'machine-readable list')
    .action(async (flags: { json?: boolean }, command: Command) =>
      show(await ask(session(command.optsWithGlobals()), null), flags, session(command.optsWithGlobals())),
    );
  group
    .command('rotate')
    .description('publish the next key; it signs after some minutes, and nobody notices')
    .option('--json', 'machine-readable list')
    .action(async (flags: { json?: boolean }, command: Command) =>
      show(await ask(session(command.optsWithGlobals()), 'rotate'), flags, session(command.optsWithGlobals())),
    );
  group
    .command('withdraw')
    .description('replace all keys at once, because one became known: everybody has to sign in again')
    .option('--json', 'machine-readable list')
    .action(async (flags: { json?: boolean }, command: Command) =>
      show(await ask(session(command.optsWithGlobals()), 'withdraw'), flags, session(command.optsWithGlobals())),
    );
}

function ask({ reach }: Session, change: SigningKeyChange['change'] | null): Promise<SigningKeyList> {
  const path = '/v1/signing-keys';
  return withServer(reach, (api) =>
    api.call(SigningKeyList, change === null ? { method: 'GET', path } : { method: 'POST', path, json: { change } }),
  );
}

function show({ keys }: SigningKeyList, flags: { json?: boolean }, { terminal }: Session): void {
  if (flags.json === true) return terminal.json({ keys });
  const rows = keys.map((key) => [
    key.kid,
    STATES[key.state],
    key.activeFrom,
    key.verifyUntil ?? 'until another follows',
  ]);
  terminal.result(table([['key', 'state', 'signs from', 'verifies until'], ...rows]));
}
