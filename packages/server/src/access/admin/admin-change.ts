// What the changes of platform administrators have in common: who acts, one transaction, and this process knowing at once.
import { UuidInput } from '@sentinel/contract';
import { z } from 'zod';
import type { ControlTx } from '../../platform/db/database.ts';
import { parseId, type PersonId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import type { AccessDeps } from '../access-deps.ts';
import type { AdminWho } from '../identity/admissions.ts';

export interface AdminAct {
  readonly actorId: PersonId;
  readonly now: Date;
}

export function actOf({ who, now }: { readonly who: AdminWho; readonly now: Date }): AdminAct {
  return { actorId: who.person.id, now };
}

/** Runs a transaction that announces what it changes; when it has ended, this process answers with the change. */
export async function changing<T>(
  { db, standing }: Pick<AccessDeps, 'db' | 'standing'>,
  work: (tx: ControlTx) => Promise<T>,
): Promise<T> {
  const result = await db.control(work);
  await standing.catchUp();
  return result;
}

export const ById = z.object({ id: UuidInput });

/** An id out of a parsed request. @throws ProblemError `not_found` when no row could have it */
export function idOf<Id extends string>(text: string): Id {
  const id = parseId<Id>(text);
  if (id === null) throw problem('not_found', 'There is nothing with this id.');
  return id;
}

/** How far into a list a numbered page begins. */
export function partOf({ page, page_size }: { page: number; page_size: number }): { offset: number; limit: number } {
  return { offset: (page - 1) * page_size, limit: page_size };
}
