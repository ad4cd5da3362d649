// Test support: a database for letting people in, with what else there is in it, and a clock the test moves.
import type { WorkspaceRole } from '@sentinel/contract';
import type { Database } from '../../platform/db/database.ts';
import { type InvitationId, newId, type OrganisationId, type PersonId, type WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import type { IdpIdentity } from '../providers/identity-provider.ts';
import { openLoginDatabase } from './login.testing.ts';
import { provision, type ProvisionSettings, type SignedIn } from './provision.ts';

export interface ProvisionWorld {
  readonly db: Database;
  now(): Date;
  advance(ms: number): void;
  letIn(identity: IdpIdentity, settings?: ProvisionSettings): Promise<SignedIn>;
  tables<T>(work: (tx: ReturnType<typeof narrowed>) => Promise<T>): Promise<T>;
  /** A name nobody had before. */
  fresh(name?: string): string;
  /** Somebody who was entered beforehand and never signed in. */
  enter(name: string, changes?: { deactivated_at?: Date; email?: string }): Promise<PersonId>;
  workspace(): Promise<WorkspaceId>;
  invite(workspaceId: WorkspaceId, email: string, role: WorkspaceRole, days?: number): Promise<void>;
  invitations(workspaceId: WorkspaceId): Promise<number>;
  organisation(slug: string, domain: string | null, changes?: OrganisationChanges): Promise<OrganisationId>;
  forgetOrganisations(): Promise<void>;
  count(table: 'person' | 'identity'): Promise<number>;
}

interface OrganisationChanges {
  readonly enabled?: boolean;
  readonly is_public?: boolean;
}

type Tables = ProvisionWorld['tables'];

function narrowed(tx: Parameters<Parameters<Database['control']>[0]>[0]) {
  return tx.withTables<AccessTables>();
}

export async function openProvisionWorld(): Promise<ProvisionWorld> {
  const db = await openLoginDatabase();
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  let made = 0;
  const now = (): Date => new Date(nowMs);
  const tables: Tables = (work) => db.control((tx) => work(narrowed(tx)));
  const fresh = (name = 'ann'): string => `${name}${(made += 1)}`;
  return {
    db,
    now,
    advance: (ms) => void (nowMs += ms),
    letIn: (identity, settings = { adminEmails: [] }) => provision(db, identity, settings, now()),
    tables,
    fresh,
    async enter(name, changes = {}) {
      const id = newId<PersonId>(nowMs);
      const person = { id, email: `${name}@home.example`, name: 'Entered', created_at: now(), ...changes };
      await tables((tx) => tx.insertInto('person').values(person).execute());
      return id;
    },
    async workspace() {
      const [id, slug] = [newId<WorkspaceId>(nowMs), fresh('space')];
      await tables((tx) => tx.insertInto('workspace').values({ id, slug, name: slug, created_at: now() }).execute());
      return id;
    },
    invite: (workspaceId, email, role, days = 14) => invite(tables, { workspaceId, email, role, days }, nowMs),
    invitations: (workspaceId) =>
      tables(async (tx) => {
        const rows = await tx.selectFrom('invitation').select('id').where('workspace_id', '=', workspaceId).execute();
        return rows.length;
      }),
    organisation: (slug, domain, changes = {}) => addOrganisation(tables, { slug, domain, ...changes }, now()),
    forgetOrganisations: () => forgetOrganisations(tables),
    count: async (table) => (await tables((tx) => tx.selectFrom(table).select('id').execute())).length,
  };
}

async function invite(
  tables: Tables,
  order: { workspaceId: WorkspaceId; email: string; role: WorkspaceRole; days: number },
  nowMs: number,
): Promise<void> {
  const { workspaceId, email, role, days } = order;
  const times = { created_at: new Date(nowMs), expires_at: new Date(nowMs + days * 86_400_000) };
  const row = { id: newId<InvitationId>(), workspace_id: workspaceId, email, role, invited_by: null, ...times };
  await tables((tx) => tx.insertInto('invitation').values(row).execute());
}

async function addOrganisation(
  tables: Tables,
  { slug, domain, ...changes }: OrganisationChanges & { readonly slug: string; readonly domain: string | null },
  now: Date,
): Promise<OrganisationId> {
  const id = newId<OrganisationId>();
  const row = { id, name: slug, slug, created_at: now, ...changes };
  await tables(async (tx) => {
    await tx.insertInto('organisation').values(row).execute();
    if (domain === null) return;
    const rule = { id: newId(), organisation_id: id, domain, include_subdomains: false };
    await tx.insertInto('organisation_domain').values(rule).execute();
  });
  return id;
}

async function forgetOrganisations(tables: Tables): Promise<void> {
  await tables(async (tx) => {
    for (const name of ['workspace_organisation', 'organisation_domain'] as const) await tx.deleteFrom(name).execute();
    await tx.updateTable('person').set({ organisation_id: null }).execute();
    await tx.deleteFrom('organisation').execute();
  });
}
