// Fills a new installation with a made-up company: its book, and a week of its mail, sent through the one road with the
// clock of each hour, so that everything the console shows was really decided.
import { COLLEAGUES, COMPANY, makeCompany } from '@sentinel/sandbox';
import { sandboxUser, startIdentityProviders } from '@sentinel/sandbox/identity';
import type { System } from '@sentinel/server';
import type { Config } from '@sentinel/server/config';
import {
  type CursorStep,
  type InboundMessage,
  ingestPage,
  listActiveWorkspaces,
  openAuditEntry,
  Secret,
  setUpWorkspace,
  type WorkspaceId,
} from '@sentinel/server/demo';
import { importBook, readMail } from '@sentinel/server/gate';
import { startDemoProviders } from './demo-providers.ts';
import { CommandFailed } from './exit-codes.ts';

const HOUR_MS = 3_600_000;
const HOURS = 7 * 24;
/** The last day arrives in several pages an hour, so that its times differ as they would. */
const FRESH_PAGES = 6;
const OPERATOR = { kind: 'operator', id: null, name: 'demo' } as const;

const DEMO_PROVIDER = 'demo';

export interface DemoCompany {
  /** The settings with everything made up in them. */
  readonly config: Config;
  /** Where the made-up providers are set, or null where they are not. */
  readonly sandboxUrl: string | null;
  close(): Promise<void>;
}

/** Starts what stands around the made-up company: who signs its people in, and its CRM, mail, calendar and chat. */
export async function startDemoCompany(config: Config): Promise<DemoCompany> {
  const signIn = await startDemoSignIn(config);
  const providers = await startDemoProviders(signIn?.config ?? config, new Date());
  return {
    config: providers?.config ?? signIn?.config ?? config,
    sandboxUrl: providers?.url ?? null,
    close: async () => {
      await providers?.close();
      await signIn?.close();
    },
  };
}

interface DemoSignIn {
  /** The settings with the made-up identity provider in them. */
  readonly config: Config;
  close(): Promise<void>;
}

/**
 * Starts an identity provider for the made-up company's owner, on this machine only and on the port beside ours: who
 * somebody is depends on the provider's address, so it must be the same at the next start. Null where that cannot be, or
 * where real providers are set.
 */
async function startDemoSignIn(config: Config): Promise<DemoSignIn | null> {
  const isReal = config.googleClientId ?? config.githubClientId ?? config.entraClientId ?? config.oidcProviders;
  if (isReal !== null || config.publicUrl !== null || config.port === 0) return null;
  const client = {
    clientId: 'sentinel-demo',
    clientSecret: 'made-up-secret-of-the-made-up-company',
    redirectUris: ['127.0.0.1', 'localhost'].map(
      (host) => `http://${host}:${config.port}/auth/callback/${DEMO_PROVIDER}`,
    ),
  };
  const owner = sandboxUser('1001', COLLEAGUES[0].address, { name: COLLEAGUES[0].name });
  try {
    const standIns = await startIdentityProviders({
      port: config.port + 1,
      clients: { oidc: [client] },
      users: { oidc: [owner] },
    });
    const { clientId, clientSecret } = client;
    const provider = {
      id: DEMO_PROVIDER,
      title: COMPANY.name,
      issuer: standIns.issuer('oidc'),
      clientId,
      clientSecret,
    };
    return {
      config: { ...config, oidcProviders: new Secret(JSON.stringify([provider])) },
      close: () => standIns.close(),
    };
  } catch {
    // The port beside ours is taken. The link of the start signs in as well.
    return null;
  }
}

/**
 * @returns how many messages the company's week held, or null when the folder holds this demo already
 * @throws CommandFailed when the data folder belongs to a real workspace
 */
export async function fillDemo(system: System): Promise<number | null> {
  const { access, db } = system;
  const [existing] = await db.control(listActiveWorkspaces);
  if (existing !== undefined) {
    if (existing.demo) return null;
    throw new CommandFailed('This data folder holds a real workspace, so the demo stays out of it.', {
      tryThis: ['npm start -- --demo --data ./sentinel-demo'],
    });
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
  await importBook(db, workspaceId, bytesOf(company.contactsCsv), {
    format: 'csv',
    dryRun: false,
    entry: openAuditEntry('book.imported', OPERATOR, null, access.clock),
  });
  return await sendWeek(system, workspaceId, company.mailOf);
}

async function sendWeek(system: System, workspaceId: WorkspaceId, mailOf: (hour: Date) => string): Promise<number> {
  const now = system.access.clock.now();
  const lastHour = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
  const ours = { mailboxes: [COLLEAGUES[0].address], members: COLLEAGUES.map(({ address }) => address) };
  let messages = 0;
  for (let hours = HOURS; hours >= 0; hours -= 1) {
    const hour = new Date(lastHour - hours * HOUR_MS);
    const arrived: InboundMessage[] = [];
    for await (const item of readMail(bytesOf(mailOf(hour)), { format: 'mbox' }))
      if (item.kind === 'message') arrived.push(item.message);
    const size = Math.ceil(arrived.length / (hours <= 24 ? FRESH_PAGES : 1));
    for (let start = 0; start < arrived.length; start += size) {
      const page = arrived.slice(start, start + size);
      const decidedAt = new Date(
        Math.min(hour.getTime() + ((start + size / 2) / arrived.length) * HOUR_MS, now.getTime()),
      );
      await ingestPage(
        { db: system.db, workspaceId, ours, importId: null, clock: { now: () => decidedAt } },
        page,
        NO_CURSOR,
      );
    }
    messages += arrived.length;
  }
  const entry = openAuditEntry('gate.imported', OPERATOR, null, system.access.clock);
  await system.db.workspace(workspaceId, (tx) => entry.record(tx, { detail: { source: 'mbox', messages } }));
  return messages;
}

/** The week is made on the spot, so there is nothing to resume. */
const NO_CURSOR: CursorStep = { claim: async () => {}, settle: async () => {} };

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
