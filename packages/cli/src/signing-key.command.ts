// `sentinel signing-keys`: which keys tokens are signed with, the next one, and all new ones when one leaked.
import { type SigningKeyChange, SigningKeyList } from '@sentinel/contract';
import type { Command } from 'commander';
import { withServer } from './connection.ts';
import type { Session } from './session.ts';
import { table } from './terminal.ts';

const STATES = { next: 'signs soon', signs: 'signs', verifies: 'only verifies' } as const;

const COMMANDS = [
  ['list', null, 'which there are'],
  ['rotate', 'rotate', 'publish the next key; it signs after some minutes, and nobody notices'],
  ['withdraw', 'withdraw', 'replace all keys at once, because one became known: everybody has to sign in again'],
] as const;

export function addSigningKeyCommands(program: Command, session: (flags: object) => Session): void {
  const group = program.command('signing-keys').description('the keys that tokens are signed with');
  for (const [name, change, description] of COMMANDS) {
    group
      .command(name)
      .description(description)
      .option('--json', 'machine-readable list')
      .action(async (flags: { json?: boolean }, command: Command) => {
        const asked = session(command.optsWithGlobals());
        show(await ask(asked, change), flags, asked);
      });
  }
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
