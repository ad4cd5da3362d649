// Where connections keep sealed tokens, for a change of the master key. A token that a refresh replaces meanwhile is left
// alone: it was sealed with the current key anyway.
import { sql } from 'kysely';
import type { WorkspaceTx } from '../../../platform/db/database.ts';
import { type ConnectionId, parseId, type WorkspaceId } from '../../../platform/ids.ts';
import { sealedPrefix, type WorkspacePlace } from '../../../platform/secrets/sealed-place.ts';
import { SEALED_FIELDS, type SealedField, sealContext } from './credential-seal.ts';

export const connectionSecrets: WorkspacePlace = {
  name: 'connection credentials',
  plane: 'workspace',
  async list(tx, { currentKeyId, after, limit }) {
    const { rows } = await sql<{ key: string; id: ConnectionId; field: SealedField; value: string; schema: string }>`
      select key, id, field, value, current_schema()::text as schema
      from connection
      cross join lateral (values
        (id || '/access_token', 'access_token', access_token),
        (id || '/refresh_token', 'refresh_token', refresh_token)
      ) as held (key, field, value)
      where value is not null and not starts_with(value, ${sealedPrefix(currentKeyId)})
        and (${after}::text is null or key collate "C" > ${after}::text)
      order by key collate "C" limit ${limit}
    `.execute(tx);
    return rows.map(({ key, id, field, value, schema }) => ({
      key,
      value,
      context: sealContext(workspaceOf(schema), id, field),
    }));
  },
  async replace(tx, key, previous, next) {
    const [idText = '', fieldText] = key.split('/');
    const id = parseId<ConnectionId>(idText);
    const field = SEALED_FIELDS.find((each) => each === fieldText);
    if (id === null || field === undefined) return false;
    return await exchange(tx, { id, field }, previous, next);
  },
};

async function exchange(
  tx: WorkspaceTx,
  { id, field }: { readonly id: ConnectionId; readonly field: SealedField },
  previous: string,
  next: string,
): Promise<boolean> {
  const column = sql.ref(field);
  const { rows } = await sql<{ id: string }>`
    update connection set ${column} = ${next} where id = ${id} and ${column} = ${previous} returning id
  `.execute(tx);
  return rows.length > 0;
}

/** The workspace whose schema this is; see `workspaceNames`. */
function workspaceOf(schema: string): WorkspaceId {
  const id = parseId<WorkspaceId>(
    schema.replace(/^ws_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/, '$1-$2-$3-$4-$5'),
  );
  if (id === null) throw new Error('connections are listed outside of a workspace');
  return id;
}
