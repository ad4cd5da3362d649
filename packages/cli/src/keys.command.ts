// `sentinel keys`: the vault's master keys. Lists them, changes to a new one while everything runs, and takes an old one away.
import { RetiredVaultKey, VaultKeyList, VaultRotation } from '@sentinel/contract';
import type { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient } from './api-client.ts';
import { withServer } from './connection.ts';
import { CommandFailed, EXIT } from './exit-codes.ts';
import type { Session } from './session.ts';
import { table } from './terminal.ts';

const PATH = '/v1/vault-keys';
/** Well within the hundred and twenty requests that one may send in a minute. */
const WAIT_MS = 600;
/** A process that died is given up by the server long before. */
const LONGEST_WAIT_MS = 60_000;

const STATES = {
  seals: 'seals',
  next: 'lies ready',
  opens: 'only opens',
  missing: 'not at hand',
} as const satisfies Record<VaultKeyList['keys'][number]['state'], string>;

interface Flags {
  readonly json?: boolean;
  readonly now?: boolean;
}

export function addKeysCommands(program: Command, session: (flags: object) => Session): void {
  const group = program.command('keys').description('the master keys that seal all other secrets');
  group
    .command('list')
    .description('which there are, by name, and what is still sealed with older ones')
    .option('--json', 'machine-readable list')
    .action(async (flags: Flags, command: Command) => await listKeys(flags, session(command.optsWithGlobals())));
  group
    .command('rotate')
    .description('change to a new key and seal everything anew with it, while everything runs; run it again to go on')
    .option('--json', 'machine-readable counts')
    .action(async (flags: Flags, command: Command) => await rotateKeys(flags, session(command.optsWithGlobals())));
  group
    .command('retire <key-id>')
    .description('take an old key away, after proving that nothing needs it')
    .option('--now', 'do not wait until what it signed for people who are connecting an account has expired')
    .option('--json', 'machine-readable answer')
    .action(
      async (keyId: string, flags: Flags, command: Command) =>
        await retireKey(keyId, flags, session(command.optsWithGlobals())),
    );
}

async function listKeys(flags: Flags, { reach, terminal }: Session): Promise<void> {
  const list = await withServer(reach, (api) => api.call(VaultKeyList, { method: 'GET', path: PATH }));
  if (flags.json === true) return terminal.json(list);
  const rows = list.keys.map((key) => [
    key.id,
    STATES[key.state],
    key.sealingSince ?? 'never',
    key.stoppedAt ?? (key.state === 'seals' ? 'now' : ''),
    key.sealed ?? '',
  ]);
  terminal.result(table([['key', 'state', 'sealed from', 'until', 'values left'], ...rows]));
  for (const { name, unsealed } of list.places.filter((place) => place.unsealed > 0))
    terminal.note(`${name}: ${unsealed} values are not sealed at all.`);
  if (list.rotation !== null && list.rotation.finishedAt === null)
    terminal.note('A rotation is not finished: npx --no sentinel keys rotate');
}

async function rotateKeys(flags: Flags, session: Session): Promise<void> {
  const { reach, terminal } = session;
  // Kept outside: when the server stops in the middle, the same rotation is gone on with.
  let id: string | null = null;
  const done = await withServer(reach, async (api) => {
    id ??= (await api.call(VaultRotation, { method: 'POST', path: `${PATH}/rotations`, json: {} })).id;
    return await drive(api, id, session);
  });
  const unreadable = done.places.reduce((sum, place) => sum + place.unreadable, 0);
  if (flags.json === true) terminal.json(done);
  else {
    const rows = done.places.map((place) => [place.name, place.resealed, place.unreadable]);
    terminal.result(table([['place', 'sealed anew', 'unreadable'], ...rows]));
    terminal.note(`Everything is sealed with ${done.keyId}. Older keys: npx --no sentinel keys list`);
  }
  if (unreadable === 0) return;
  terminal.note(`${unreadable} values open with no key at hand; they were left as they are.`);
  process.exitCode = EXIT.no;
}

/** Calls step after step until the rotation is finished, and says how far it is. */
async function drive(api: ApiClient, id: string, { terminal }: Session): Promise<VaultRotation> {
  let waitedMs = 0;
  let said = '';
  for (;;) {
    const state = await api.call(VaultRotation, { method: 'POST', path: `${PATH}/rotations/${id}/steps`, json: {} });
    if (state.state === 'done') return state;
    if (state.state === 'abandoned')
      throw new CommandFailed('The rotation was given up: its key is not there any more.', {
        tryThis: ['npx --no sentinel keys rotate'],
      });
    const now = progressText(state);
    if (now !== said) {
      terminal.note(now);
      waitedMs = 0;
    }
    said = now;
    if (state.waitingFor.length > 0 && waitedMs > LONGEST_WAIT_MS) throw waitedLong(state);
    await pause(WAIT_MS);
    waitedMs += WAIT_MS;
  }
}

function progressText({ state, keyId, waitingFor, places }: VaultRotation): string {
  if (waitingFor.length > 0) {
    const what = state === 'announced' ? 'know' : 'seal with';
    return `Waiting until these processes ${what} the key ${keyId}: ${waitingFor.join(', ')}`;
  }
  const counts = places.map((place) => `${place.name} ${place.resealed}`);
  return `Sealing anew with ${keyId}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}

function waitedLong({ keyId, waitingFor, state }: VaultRotation): CommandFailed {
  return new CommandFailed('Some processes do not take the new key over.', {
    why: `${waitingFor.join(', ')} ${state === 'announced' ? 'do not know' : 'do not seal with'} ${keyId}; nothing is lost, and the old key still works.`,
    tryThis: [
      'give them the same vault.key, or the same SENTINEL_VAULT_KEY, and start them again',
      'npx --no sentinel keys rotate   (goes on where this stopped)',
    ],
    exitCode: EXIT.no,
  });
}

async function retireKey(keyId: string, flags: Flags, { reach, terminal }: Session): Promise<void> {
  const path = `${PATH}/${encodeURIComponent(keyId)}/retirement`;
  const answer = await withServer(reach, (api) =>
    api.call(RetiredVaultKey, { method: 'POST', path, json: { now: flags.now === true } }),
  );
  if (flags.json === true) return terminal.json(answer);
  terminal.result(
    answer.removed
      ? `Nothing needs ${keyId} any more, and it is gone from the key file. Backups of the database from before need it.`
      : `Nothing needs ${keyId} any more: take it out of SENTINEL_VAULT_KEY and start every process again.`,
  );
}
