// How processes on one database learn what others changed. Whoever changes something that processes remember announces it
// in the same transaction: the revision row is locked until the commit, so changes become visible in their order and a
// reader that asks for "everything after n" misses nothing.
import { sql } from 'kysely';
import type { ControlTx } from '../../platform/db/database.ts';

/**
 * What may be remembered, and the subject that says which: `person` and `family` an id, `member` the ids of workspace and
 * person with a space between, `token` the jti, `workspace` an id; `apps`, `keys` and `organisations` have none.
 */
export type ChangeKind = 'person' | 'member' | 'workspace' | 'family' | 'token' | 'apps' | 'keys' | 'organisations';

export interface Change {
  readonly kind: ChangeKind;
  readonly subject: string;
}

export interface Changes {
  readonly revision: number;
  readonly changes: readonly Change[];
  /** Whether changes after the revision asked for are no longer there, so that nothing remembered may be believed. */
  readonly incomplete: boolean;
}

/**
 * Announces changes. Comes as late as possible in its transaction, because other announcements wait for its end.
 */
export async function announce(tx: ControlTx, changes: readonly Change[], now: Date): Promise<void> {
  if (changes.length === 0) return;
  await sql`
    with next as (
      update access_revision set revision = revision + ${changes.length}::bigint returning revision - ${changes.length}::bigint as base
    )
    insert into access_change (revision, kind, subject, at)
    select next.base + change.number, change.kind, change.subject, ${now}::timestamptz
    from next, unnest(${changes.map((each) => each.kind)}::text[], ${changes.map((each) => each.subject)}::text[])
      with ordinality as change (kind, subject, number)
  `.execute(tx);
}

/** Everything after a revision, in one statement. */
export async function listChanges(tx: ControlTx, after: number): Promise<Changes> {
  const { rows } = await sql<{ head: number; oldest: number | null; kind: ChangeKind | null; subject: string | null }>`
    select head.revision as head, (select min(revision) from access_change) as oldest, change.kind, change.subject
    from access_revision as head left join access_change as change on change.revision > ${after}
    order by change.revision
  `.execute(tx);
  const revision = rows[0]?.head ?? 0;
  const oldest = rows[0]?.oldest ?? revision + 1;
  return {
    revision,
    changes: rows.flatMap(({ kind, subject }) => (kind === null || subject === null ? [] : [{ kind, subject }])),
    incomplete: revision > after && oldest > after + 1,
  };
}

/** Forgets old changes; a process that slept longer forgets everything it remembers instead. */
export async function pruneChanges(tx: ControlTx, before: Date): Promise<void> {
  await sql`delete from access_change where at < ${before}::timestamptz`.execute(tx);
}
