// What somebody has who copied the database of an installation: every row of every table, as text, and the values in it that
// stand for tokens.
import pg from 'pg';
import { sealContext } from '../../packages/server/src/gate/sources/connection/credential-seal.ts';
import type { TestServerDatabase } from '../../packages/server/src/platform/db/testing.ts';
import { type ConnectionId, parseId } from '../../packages/server/src/platform/ids.ts';
import type { SealContext } from '../../packages/server/src/platform/secrets/envelope.ts';

type Server = Pick<TestServerDatabase, 'directUrl'>;

const TABLES = `
  select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;

/** Reads as the superuser, whom no policy holds back. */
async function reading<T>({ directUrl }: Server, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: directUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function copyOf(server: Server): Promise<string> {
  return await reading(server, async (client) => {
    const lines: string[] = [];
    for (const { name } of (await client.query<{ name: string }>(TABLES)).rows)
      for (const { line } of (await client.query<{ line: string }>(`select t::text as line from ${name} t`)).rows)
        lines.push(line);
    return lines.join('\n');
  });
}

export interface SealedToken {
  readonly context: SealContext;
  readonly value: string;
}

/** The access tokens of the only workspace. */
export async function sealedTokens(server: Server): Promise<readonly SealedToken[]> {
  return await reading(server, async (client) => {
    const workspaces = await client.query<{ id: string }>('select workspace_id as id from sentinel.workspace_schema');
    const [{ id: workspaceId } = { id: '' }] = workspaces.rows;
    const { rows } = await client.query<{ id: string; value: string }>(
      `select id, access_token as value from ws_${workspaceId.replaceAll('-', '')}.connection`,
    );
    return rows.flatMap(({ id, value }) => {
      const connectionId = parseId<ConnectionId>(id);
      return connectionId === null ? [] : [{ value, context: sealContext(workspaceId, connectionId, 'access_token') }];
    });
  });
}
