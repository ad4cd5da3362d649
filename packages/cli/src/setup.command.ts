// `sentinel setup`: makes the first workspace without a browser, for servers and scripts.
import { Session as SessionShape, SignInLink } from '@sentinel/contract';
import type { Command } from 'commander';
import { withServer } from './connection.ts';
import type { Session } from './session.ts';

interface SetupFlags {
  readonly name: string;
  readonly owner: string;
  readonly email: string;
  readonly ownDomain: string[];
}

export function addSetupCommand(program: Command, session: (flags: object) => Session): void {
  program
    .command('setup')
    .description('make the first workspace without a browser')
    .requiredOption('--name <workspace>', 'name of the workspace')
    .requiredOption('--owner <name>', 'name of its owner')
    .requiredOption('--email <address>', "the owner's address")
    .option(
      '--own-domain <domain>',
      'a domain whose people are colleagues; repeatable',
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .action(async (flags: SetupFlags, command: Command) => await runSetup(flags, session(command.optsWithGlobals())));
}

async function runSetup(flags: SetupFlags, { reach, terminal }: Session): Promise<void> {
  const { workspace } = await withServer({ ...reach, mayCreate: true }, async (api) => {
    const link = await api.call(SignInLink, { method: 'POST', path: '/v1/setup-links' });
    const token = new URL(link.url).hash.slice(1);
    return await api.call(SessionShape, {
      method: 'POST',
      path: '/v1/setup',
      json: {
        token,
        workspaceName: flags.name,
        ownerName: flags.owner,
        ownerEmail: flags.email,
        ownDomains: flags.ownDomain,
      },
    });
  });
  terminal.result(`Workspace ${workspace.slug} is ready.`);
  terminal.note('Next: npx --no sentinel book import contacts.csv');
}
