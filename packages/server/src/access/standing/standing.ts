// What a process remembers of people's standing, so that verifying a token asks no database: who is active, who is a member
// with which role, which token families and tokens were revoked. It is never older than MAX_AGE_MS: whoever asks later
// makes it look at the changes first, all askers with one query; when that query fails, the answer is "cannot decide".
import type { WorkspaceRole } from '@sentinel/contract';
import type { Clock } from '../../platform/clock.ts';
import type { ControlTx, Database } from '../../platform/db/database.ts';
import type { FamilyId, GroupId, OrganisationId, PersonId, TokenId, WorkspaceId } from '../../platform/ids.ts';
import { type ChangeKind, listChanges } from './change.store.ts';
import { type Remembered, StandingMemory } from './standing-memory.ts';
import { findMembership, findPersonFacts, listRevoked } from './standing.store.ts';

/** A revocation made by another process is honoured after so many milliseconds at most. */
export const MAX_AGE_MS = 250;

/** After so many milliseconds without an answer the database counts as one that cannot be asked. */
export const LOOK_WITHIN_MS = 5000;

/** How often the revoked are read anew, so that those whose tokens have ended are forgotten. */
const REVOKED_AGE_MS = 60 * 60_000;

export interface StandingDeps {
  readonly db: Pick<Database, 'control'>;
  readonly clock: Clock;
  readonly lookWithinMs?: number;
}

export interface PersonFacts {
  readonly id: PersonId;
  readonly email: string;
  readonly name: string;
  readonly avatarUrl: string | null;
  readonly active: boolean;
  readonly isAdmin: boolean;
  readonly createdAt: Date;
  /** When they were last signed out everywhere; tokens made out before count no more. */
  readonly signedOutAt: Date | null;
  readonly organisation: { readonly id: OrganisationId; readonly slug: string; readonly isPublic: boolean } | null;
}

/** A membership that counts: of an active person in an active workspace. */
export interface Membership {
  readonly role: WorkspaceRole;
  readonly slug: string;
  readonly groups: readonly GroupId[];
}

export interface Standing {
  /** Null for nobody; the caller looks at `active`. */
  person(id: PersonId): Promise<PersonFacts | null>;
  /** Null for whoever is no member, is deactivated, or whose workspace is not active. */
  membership(workspaceId: WorkspaceId, personId: PersonId): Promise<Membership | null>;
  isRevoked(what: { readonly jti: TokenId; readonly familyId: FamilyId | null }): Promise<boolean>;
  /** Calls back after a change of this kind became known, here or from another process, before anybody is answered. */
  onChange(kind: ChangeKind, forget: () => void): void;
  /**
   * Makes sure that everything remembered was at most MAX_AGE_MS old when this was asked for.
   *
   * @throws a fault when the database fails or does not answer in time
   */
  refresh(): Promise<void>;
  /** What this process itself has just committed counts at once. */
  catchUp(): Promise<void>;
}

export function createStanding({ db, clock, lookWithinMs = LOOK_WITHIN_MS }: StandingDeps): Standing {
  const memory = new StandingMemory();
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let revokedReadAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;

  async function look(): Promise<void> {
    const startedMs = clock.now().getTime();
    const due = !isWithin(REVOKED_AGE_MS, revokedReadAtMs, startedMs);
    const read = db.control(async (tx) => {
      const changes = await listChanges(tx, memory.revision);
      const reload = due || memory.revoked === null || changes.incomplete;
      return { changes, revoked: reload ? await listRevoked(tx, clock.now()) : null };
    });
    // What comes too late is not learned: others may have learned more since.
    const news = await answered(read, lookWithinMs);
    memory.learn(news.changes, news.revoked);
    lookedAtMs = startedMs;
    if (news.revoked !== null) revokedReadAtMs = startedMs;
  }

  function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  }

  async function refresh(): Promise<void> {
    const askedMs = clock.now().getTime();
    if (isWithin(MAX_AGE_MS, lookedAtMs, askedMs)) return;
    await lookOnce();
    // That look may have begun long before; one that begins after it began after the question too, so one more is enough.
    if (lookedAtMs < askedMs - MAX_AGE_MS) await lookOnce();
  }

  /** What is read here is as fresh as the last look or fresher, and a change after it forgets it again. */
  async function ask<Facts>(known: Remembered<Facts>, key: string, read: (tx: ControlTx) => Promise<Facts>) {
    await refresh();
    const entry = known.get(key);
    if (entry !== undefined) return entry.facts;
    const readAt = memory.revision;
    const facts = await answered(db.control(read), lookWithinMs);
    // A change that became known meanwhile may be one of these facts; then they are answered but not remembered.
    if (readAt === memory.revision) known.put(key, facts);
    return facts;
  }

  return {
    person: (id) => ask(memory.people, id, (tx) => findPersonFacts(tx, id)),
    membership: (workspaceId, personId) =>
      ask(memory.memberships, `${workspaceId} ${personId}`, (tx) => findMembership(tx, workspaceId, personId)),
    async isRevoked({ jti, familyId }) {
      await refresh();
      return memory.isRevoked(jti) || (familyId !== null && memory.isRevoked(familyId));
    },
    onChange: (kind, forget) => memory.listen(kind, forget),
    refresh,
    async catchUp() {
      // A look that began before our commit may not have seen it.
      await looking?.catch(() => undefined);
      await lookOnce();
    },
  };
}

/** False for a time in the future too: a clock that was set back says nothing about ages. */
function isWithin(mostMs: number, thenMs: number, nowMs: number): boolean {
  return nowMs >= thenMs && nowMs - thenMs <= mostMs;
}

/** @throws a fault when the work takes longer; it goes on, but nobody waits for it */
async function answered<T>(work: Promise<T>, withinMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the database did not answer in time')), withinMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
