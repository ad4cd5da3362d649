// How a workspace's schema and roles are called. Names come from the id alone, never from a person's text,
// so they need no quoting and give nothing away in a catalogue.
import type { WorkspaceId } from '../ids.ts';

export interface WorkspaceNames {
  readonly schema: string;
  /** Works on everything the migrations granted it. */
  readonly role: string;
  /** A member of `role`, and the only role that may insert messages. */
  readonly ingestRole: string;
}

export const CONTROL_SCHEMA = 'sentinel';
export const CONTROL_ROLE = 'sentinel_control';
export const OWNER_ROLE = 'sentinel_owner';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Names of a workspace. Throws when the id is not a lower-case UUID, so that no other text can become part of a statement. */
export function workspaceNames(id: WorkspaceId): WorkspaceNames {
  if (!UUID.test(id)) throw new Error('a workspace id must be a UUID');
  const schema = `ws_${id.replaceAll('-', '')}`;
  return { schema, role: schema, ingestRole: `${schema}_ingest` };
}
