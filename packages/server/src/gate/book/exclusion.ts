// Excludes a contact from opening the gate, or includes it again. Messages kept before stay as they are.
import type { Contact } from '@sentinel/contract';
import type { AuditEntry } from '../../platform/audit/audit.ts';
import type { Database } from '../../platform/db/database.ts';
import type { ContactId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { bumpRevision, lockBook, markExcluded } from './book.store.ts';
import { getContact } from './contact-list.store.ts';

export interface Exclusion {
  readonly contactId: ContactId;
  readonly excluded: boolean;
}

/**
 * Sets whether a contact is excluded. Setting what is set already changes nothing, the revision included.
 *
 * @throws problem `not_found`
 */
export async function setExcluded(
  db: Database,
  workspaceId: WorkspaceId,
  { contactId, excluded }: Exclusion,
  entry: AuditEntry,
): Promise<Contact> {
  return await db.workspace(workspaceId, async (tx) => {
    const before = await lockBook(tx);
    const changed = await markExcluded(tx, contactId, excluded);
    if (changed === null) throw problem('not_found', 'There is no such contact.');
    const revision = changed ? await bumpRevision(tx) : before;
    const contact = await getContact(tx, contactId);
    await entry.record(tx, { target: contactId, detail: { changed, revision } });
    return contact;
  });
}
