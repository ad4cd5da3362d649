// Test support: people and workspaces on a real database behind real HTTP, with tokens that a test can make itself.
import type { WorkspaceRole } from '@sentinel/contract';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { type ActivityTables } from '../../platform/audit/activity.ts';
import { auditControlMigrations, auditWorkspaceMigrations } from '../../platform/audit/audit.migrations.ts';
import type { Clock } from '../../platform/clock.ts';
import { controlMigrations } from '../../platform/db/control.migrations.ts';
import type { ControlTx, Database } from '../../platform/db/database.ts';
import { openTestDatabase } from '../../platform/db/testing.ts';
import { testHttp } from '../../platform/http/testing.ts';
import { type FamilyId, newId, newRandomId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import { silentLogger } from '../../platform/log.ts';
import { accessMigrations } from '../access.migrations.ts';
import type { AccessTables } from '../access.tables.ts';
import { serviceApp, someApps } from '../apps/apps.testing.ts';
import { type Admissions, createAdmissions } from '../identity/admissions.ts';
import { sessionCaller } from '../identity/authenticate.ts';
import { announce } from '../standing/change.store.ts';
import { createStanding, type Standing } from '../standing/standing.ts';
import type { Tokens } from '../tokens/token.ts';
import { readableTokens } from '../tokens/tokens.testing.ts';
import type { LifeDeps } from './workspace-life.ts';
import { insertWorkspace } from './workspace.store.ts';
import { workspaceRoutes } from './workspaces.routes.ts';

/** The key of the service `crm`. */
export const SERVICE_KEY = 'sk_test-key-of-the-crm';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Step = 'provision' | 'deprovision' | 'workspace' | 'opened';

interface Asked {
  readonly token?: string;
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

export interface TestPerson {
  readonly id: PersonId;
  readonly email: string;
}

export interface WorkspacesWorld {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly standing: Standing;
  readonly deps: LifeDeps & { readonly admissions: Admissions };
  /** Workspaces whose first policy was made, with the domains it was told. */
  readonly opened: { readonly workspaceId: WorkspaceId; readonly ownDomains: readonly string[] }[];
  now(): Date;
  advance(ms: number): void;
  /** Makes the next call of a step throw, as a crash at that point would. */
  breakOnce(step: Step): void;
  person(name: string, changes?: { readonly email?: string; readonly isAdmin?: boolean }): Promise<TestPerson>;
  workspace(slug: string): Promise<WorkspaceId>;
  join(workspaceId: WorkspaceId, person: TestPerson, role: WorkspaceRole): Promise<void>;
  /** A member who was not there before, with an access token. */
  member(workspaceId: WorkspaceId, role: WorkspaceRole): Promise<TestPerson & { readonly token: string }>;
  accessToken(person: TestPerson, workspaceId: WorkspaceId, familyId?: FamilyId): Promise<string>;
  authzToken(person: TestPerson, workspaceId: WorkspaceId): Promise<string>;
  ask(method: Method, url: string, how?: Asked): Promise<LightMyRequestResponse>;
  /** Rows of the workspace's log, oldest first. */
  audit(workspaceId: WorkspaceId): Promise<readonly { event: string; result: string; target: string | null }[]>;
  /** Actions of the activity log about the workspace, oldest first. */
  activity(workspaceId: WorkspaceId): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openWorkspacesWorld(): Promise<WorkspacesWorld> {
  const db = await openTestDatabase({
    control: [...controlMigrations, ...auditControlMigrations, ...accessMigrations],
    workspace: auditWorkspaceMigrations,
  });
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  const clock = { now: () => new Date(nowMs) };
  const breaks = new Set<Step>();
  const opened: Opened[] = [];
  const tokens = readableTokens(clock);
  const deps = wire(db, { clock, tokens, breaks, opened });
  const limits = { address: 1e6, read: 1e6, write: 1e6 };
  const app = await testHttp(workspaceRoutes(deps), { db, clock, limits });
  return {
    app,
    db,
    standing: deps.standing,
    deps,
    opened,
    now: clock.now,
    advance: (ms) => void (nowMs += ms),
    breakOnce: (step) => void breaks.add(step),
    ...peopleOf(db, { now: clock.now, standing: deps.standing, tokens }),
    ask: (method, url, how = {}) => app.inject(requestOf(method, url, how)),
    audit: (workspaceId) => listAudit(db, workspaceId),
    activity: (workspaceId) => listActivity(db, workspaceId),
    async close() {
      await app.close();
      await db.close();
    },
  };
}

type Opened = WorkspacesWorld['opened'][number];

function wire(
  db: Database,
  { clock, tokens, breaks, opened }: { clock: Clock; tokens: Tokens; breaks: Set<Step>; opened: Opened[] },
): WorkspacesWorld['deps'] {
  const standing = createStanding({ db, clock });
  const apps = someApps({ [SERVICE_KEY]: serviceApp('crm') });
  return {
    db: breakable(db, breaks),
    clock,
    standing,
    log: silentLogger,
    admissions: createAdmissions({
      tokens,
      standing,
      apps,
      session: (presented, now) => sessionCaller({ db }, presented, now),
    }),
    async onWorkspaceCreated(_tx, { workspaceId, ownDomains }) {
      if (breaks.delete('opened')) throw new Error('crash at opened');
      opened.push({ workspaceId, ownDomains });
    },
  };
}

function requestOf(method: Method, url: string, { token, body, headers }: Asked): InjectOptions {
  const credentials = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    method,
    url,
    headers: { host: 'localhost:9003', ...credentials, ...headers },
    ...(body === undefined ? {} : { payload: body }),
  };
}

/** The real database, whose next call of a chosen step fails before it does anything. */
function breakable(real: Database, breaks: Set<Step>): Database {
  const unlessBroken = <T>(step: Step, go: () => Promise<T>): Promise<T> =>
    breaks.delete(step) ? Promise.reject(new Error(`crash at ${step}`)) : go();
  return {
    ...real,
    workspace: (id, work, as) => unlessBroken('workspace', () => real.workspace(id, work, as)),
    provision: (id) => unlessBroken('provision', () => real.provision(id)),
    deprovision: (id) => unlessBroken('deprovision', () => real.deprovision(id)),
  };
}

type People = Pick<WorkspacesWorld, 'person' | 'workspace' | 'join' | 'member' | 'accessToken' | 'authzToken'>;

function peopleOf(db: Database, world: { now(): Date; standing: Standing; tokens: Tokens }): People {
  let made = 0;
  const people: People = {
    async person(name, { email, isAdmin = false } = {}) {
      made += 1;
      const person = { id: newId<PersonId>(), email: email ?? `${name.toLowerCase()}${made}@home.example` };
      const values = { ...person, name, is_admin: isAdmin, created_at: world.now() };
      await db.control((tx) => tx.withTables<AccessTables>().insertInto('person').values(values).execute());
      return person;
    },
    async workspace(slug) {
      const id = newId<WorkspaceId>();
      await db.provision(id);
      await db.control((tx) => insertWorkspace(tx, { id, slug, name: `The ${slug}`, demo: false }, world.now()));
      return id;
    },
    async join(workspaceId, person, role) {
      await db.control((tx) => addMemberRow(tx, { workspaceId, personId: person.id, role, at: world.now() }));
      await world.standing.catchUp();
    },
    async member(workspaceId, role) {
      const person = await people.person(role);
      await people.join(workspaceId, person, role);
      return { ...person, token: await people.accessToken(person, workspaceId) };
    },
    async accessToken({ id, email }, wid, familyId = newRandomId<FamilyId>()) {
      // What the token says of the role is old, wrong or both: nobody may believe it.
      const stale = { wslug: 'stale', wrole: 'owner', groups: [], name: 'stale' } as const;
      const minted = await world.tokens.mint(
        'access',
        { sub: id, email, wid, fid: familyId, ...stale },
        { seconds: 900 },
      );
      return minted.token;
    },
    async authzToken({ id }, wid) {
      const stale = { wslug: 'stale', wrole: 'owner', actions: [] } as const;
      const idp = { idp_sub: 'x', idp_iss: 'https://idp.example', svc: 'crm' };
      return (await world.tokens.mint('authz', { sub: id, wid, ...stale, ...idp }, { seconds: 300 })).token;
    },
  };
  return people;
}

async function addMemberRow(
  tx: ControlTx,
  { workspaceId, personId, role, at }: { workspaceId: WorkspaceId; personId: PersonId; role: WorkspaceRole; at: Date },
): Promise<void> {
  const values = { workspace_id: workspaceId, person_id: personId, role, created_at: at };
  await tx.withTables<AccessTables>().insertInto('member').values(values).execute();
  await announce(tx, [{ kind: 'member', subject: `${workspaceId} ${personId}` }], at);
}

function listAudit(db: Database, workspaceId: WorkspaceId) {
  return db.workspace(workspaceId, (tx) =>
    tx.selectFrom('audit_log').select(['event', 'result', 'target']).orderBy('seq').execute(),
  );
}

async function listActivity(db: Database, workspaceId: WorkspaceId): Promise<readonly string[]> {
  const rows = await db.control((tx) =>
    tx
      .withTables<ActivityTables>()
      .selectFrom('activity')
      .select('action')
      .where('workspace_id', '=', workspaceId)
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
  );
  return rows.map((row) => row.action);
}

/** Of simultaneous requests, whose order says nothing. */
export function statusesOf(answers: readonly LightMyRequestResponse[]): readonly number[] {
  return answers.map((each) => each.statusCode).toSorted((one, other) => one - other);
}
