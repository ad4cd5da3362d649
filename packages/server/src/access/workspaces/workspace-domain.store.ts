// SQL about a workspace's own domains.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';
import type { WorkspaceId } from '../../platform/ids.ts';

export interface DomainRole {
  readonly domain: string;
  readonly role: 'viewer' | 'editor';
}

export async function listDomains(tx: ControlTx, workspaceId: WorkspaceId): Promise<readonly DomainRole[]> {
  const { rows } = await sql<{ domain: string; role: 'viewer' | 'editor' }>`
    select domain, role from workspace_domain where workspace_id = ${workspaceId} order by domain
  `.execute(tx);
  return rows;
}

export async function replaceDomains(
  tx: ControlTx,
  workspaceId: WorkspaceId,
  domains: readonly DomainRole[],
): Promise<void> {
  await sql`delete from workspace_domain where workspace_id = ${workspaceId}`.execute(tx);
  if (domains.length === 0) return;
  await sql`
    insert into workspace_domain (workspace_id, domain, role)
    select ${workspaceId}::uuid, own.domain, own.role
    from unnest(${domains.map((each) => each.domain)}::text[], ${domains.map((each) => each.role)}::text[])
      as own (domain, role)
  `.execute(tx);
}
