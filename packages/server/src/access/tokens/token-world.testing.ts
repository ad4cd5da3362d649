// Test support: two processes that sign and refresh tokens on one database, with a clock the test moves. On a server each
// has connections of its own; on the embedded database they share the one there is.
import { createHash, randomBytes } from 'node:crypto';
import type { WorkspaceRole } from '@sentinel/contract';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { KyselyPlugin } from 'kysely';
import { auditControlMigrations, auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import { TEST_CACHE } from '../../platform/db/cache.testing.ts';
import { controlMigrations } from '../../platform/db/control.migrations.ts';
import { type ControlTx, type Database, type Migrations, openDatabase } from '../../platform/db/database.ts';
import { createServerDatabase, openTestDatabase, testServerUrl } from '../../platform/db/testing.ts';
import { testHttp } from '../../platform/http/testing.ts';
import { type ClientAppId, newId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { silentLogger } from '../../platform/log.ts';
import { createVault } from '../../platform/secrets/vault.ts';
import { accessMigrations } from '../access.migrations.ts';
import type { AccessTables } from '../access.tables.ts';
import { someApps } from '../apps/apps.testing.ts';
import { createAdmissions } from '../identity/admissions.ts';
import { announce, type ChangeKind } from '../standing/change.store.ts';
import { createStanding, type Standing } from '../standing/standing.ts';
import { issueCode } from './authorization-code.ts';
import type { NewCode } from './authorization-code.store.ts';
import { createTokens } from './create-tokens.ts';
import { type KeySealing, keySealing } from './signing-key.ts';
import { tokenRoutes, type TokenRouteDeps } from './token.routes.ts';
import type { Tokens } from './token.ts';

export const ISSUER = 'http://localhost:9003';
export const VERIFIER = 'the-verifier-of-a-test-is-43-characters-long';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

const MIGRATIONS: Migrations = {
  control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
  workspace: auditWorkspaceMigrations,
};

export interface TokenProcess {
  readonly db: Database;
  readonly standing: Standing;
  readonly tokens: Tokens;
  readonly app: FastifyInstance;
  readonly deps: TokenRouteDeps;
  /** Statements it sent in control transactions so far. */
  statements(): number;
  post(path: string, payload: object): Promise<LightMyRequestResponse>;
}

export interface TokenWorld {
  readonly here: TokenProcess;
  readonly there: TokenProcess;
  readonly sealing: KeySealing;
  now(): Date;
  advance(ms: number): void;
  addWorkspace(): Promise<WorkspaceId>;
  addMember(workspaceId: WorkspaceId, role?: WorkspaceRole): Promise<PersonId>;
  issue(personId: PersonId, changes?: Partial<NewCode>): Promise<string>;
  addClientApp(): Promise<ClientAppId>;
  /** Changes rows as their own area would, and announces it. */
  change(
    kind: ChangeKind,
    subject: string,
    work: (tables: ReturnType<typeof tablesOf>) => Promise<unknown>,
  ): Promise<void>;
  /** What the activity log says, oldest first. */
  activity(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const tablesOf = (tx: ControlTx) => tx.withTables<AccessTables>();

export async function openTokenWorld(settings: { refreshGraceMs?: number } = {}): Promise<TokenWorld> {
  const { databases, close } = await openDatabases();
  let nowMs = Date.parse('2026-03-01T12:00:00.500Z');
  const clock = { now: () => new Date(nowMs) };
  const sealing = keySealing(createVault([randomBytes(32)]));
  const open = (db: Database) => openProcess(db, clock, { sealing, graceMs: settings.refreshGraceMs ?? 10_000 });
  const [here, there] = [await open(databases[0]), await open(databases[1])];
  const { db } = here;
  return {
    here,
    there,
    sealing,
    now: clock.now,
    advance: (ms) => void (nowMs += ms),
    addWorkspace: () => addWorkspace(db),
    addMember: (workspaceId, role = 'editor') => addMember(db, workspaceId, { role, now: clock.now() }),
    addClientApp: () => addClientApp(db, clock.now()),
    issue: (personId, changes = {}) =>
      db.control((tx) => issueCode(tx, randomBytes, { ...codeFor(personId), ...changes }, clock.now())),
    change: (kind, subject, work) =>
      db.control(async (tx) => {
        await work(tablesOf(tx));
        await announce(tx, [{ kind, subject }], clock.now());
      }),
    activity: () => listActivity(db),
    async close() {
      await Promise.all([here.app.close(), there.app.close()]);
      await close();
    },
  };
}

async function openDatabases(): Promise<{ databases: [Database, Database]; close(): Promise<void> }> {
  const server = testServerUrl();
  if (server === null) {
    const db = await openTestDatabase(MIGRATIONS);
    return { databases: [db, db], close: () => db.close() };
  }
  const fresh = await createServerDatabase(server);
  const options = {
    url: fresh.url,
    directUrl: fresh.directUrl,
    dataDir: '',
    cacheDir: TEST_CACHE,
    log: silentLogger,
  };
  const databases: [Database, Database] = [
    await openDatabase(options, MIGRATIONS),
    await openDatabase(options, MIGRATIONS),
  ];
  return {
    databases,
    async close() {
      await Promise.all(databases.map((each) => each.close()));
      await fresh.drop();
    },
  };
}

async function openProcess(
  real: Database,
  clock: { now(): Date },
  { sealing, graceMs }: { sealing: KeySealing; graceMs: number },
): Promise<TokenProcess> {
  const counter = countingPlugin();
  const db: Database = { ...real, control: (work) => real.control((tx) => work(tx.withPlugin(counter.plugin))) };
  const standing = createStanding({ db, clock });
  const tokens = await createTokens({ db, clock, keys: sealing, issuer: ISSUER, standing });
  const admissions = createAdmissions({ tokens, standing, apps: someApps({}), session: async () => null });
  const settings = { issuer: ISSUER, adminEmails: [], refreshGraceMs: graceMs, adminUrl: ISSUER };
  const deps: TokenRouteDeps = { db, tokens, standing, admissions, settings };
  const app = await testHttp(tokenRoutes(deps), { db, clock, limits: { token: 10_000 } });
  return {
    db,
    standing,
    tokens,
    app,
    deps,
    statements: counter.count,
    post: (url, payload) => app.inject({ method: 'POST', url, payload }),
  };
}

function countingPlugin(): { plugin: KyselyPlugin; count(): number } {
  let count = 0;
  return {
    count: () => count,
    plugin: {
      transformQuery({ node }) {
        count += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    },
  };
}

function codeFor(personId: PersonId): NewCode {
  return {
    personId,
    clientAppId: null,
    redirectUri: 'https://app.example/callback',
    challenge: CHALLENGE,
    provider: 'google',
  };
}

async function addWorkspace(db: Database): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>();
  await db.control((tx) =>
    tx
      .insertInto('workspace')
      .values({ id, slug: `w-${id}`, name: 'Home' })
      .execute(),
  );
  return id;
}

async function addMember(
  db: Database,
  workspaceId: WorkspaceId,
  { role, now }: { role: WorkspaceRole; now: Date },
): Promise<PersonId> {
  const id = newId<PersonId>();
  await db.control(async (tx) => {
    const tables = tx.withTables<AccessTables>();
    await tables
      .insertInto('person')
      .values({ id, email: `${id}@home.example`, name: 'Ada', created_at: now })
      .execute();
    await tables
      .insertInto('member')
      .values({ workspace_id: workspaceId, person_id: id, role, created_at: now })
      .execute();
  });
  return id;
}

async function addClientApp(db: Database, now: Date): Promise<ClientAppId> {
  const id = newId<ClientAppId>();
  const app = { id, name: 'App', redirect_uris: [], created_by: null, created_at: now, updated_at: now };
  await db.control((tx) => tx.withTables<AccessTables>().insertInto('client_app').values(app).execute());
  return id;
}

async function listActivity(db: Database): Promise<readonly string[]> {
  const rows = await db.control((tx) =>
    tx
      .withTables<{ activity: { id: string; action: string } }>()
      .selectFrom('activity')
      .select('action')
      .orderBy('id')
      .execute(),
  );
  return rows.map((row) => row.action);
}
