// The administrators' door: who comes through it is an administrator already, or has an address that makes them one. Nobody
// else leaves a trace of their person behind.
import type { Database } from '../../platform/db/database.ts';
import { problem, ProblemError } from '../../platform/problem.ts';
import type { IdpIdentity } from '../providers/identity-provider.ts';
import { claimedBy } from './provision-claim.ts';
import { readKnown } from './provision-known.store.ts';
import { lockPersonByEmail } from './provision.store.ts';
import { provision, type SignedIn } from './provision.ts';

/**
 * Lets an administrator in.
 *
 * @throws ProblemError `action_denied` for whoever is none; else as `provision` does
 */
export async function signInAdmin(
  db: Pick<Database, 'control'>,
  identity: IdpIdentity,
  adminEmails: readonly string[],
  now: Date,
): Promise<SignedIn> {
  const claim = claimedBy(identity);
  const isAdmin = await db.control(async (tx) => {
    const { person } = await readKnown(tx, claim, now);
    if (person !== null) return person.isAdmin;
    const found = await lockPersonByEmail(tx, claim.email);
    if (found?.hasIdentity === true)
      throw problem('email_conflict', 'This address belongs to somebody who signs in another way.');
    return found?.isAdmin === true || adminEmails.includes(claim.email);
  });
  if (!isAdmin) throw notAdmin();
  const person = await provision(db, identity, { adminEmails, organisations: 'ignored' }, now);
  if (!person.isAdmin) throw notAdmin();
  return person;
}

/** What the administrators' sign-in page is told; null for what is shown as a page of ours. */
export function adminErrorOf(
  error: unknown,
): 'not_admin' | 'email_not_verified' | 'email_conflict' | 'no_email_claim' | null {
  if (!(error instanceof ProblemError)) return null;
  if (error.code === 'action_denied' || error.code === 'person_inactive') return 'not_admin';
  if (error.code === 'email_conflict') return 'email_conflict';
  if (error.code !== 'idp_refused' && error.code !== 'idp_token_refused') return null;
  const [place] = error.places;
  if (place?.pointer === '/email') return 'no_email_claim';
  return place?.pointer === '/email_verified' ? 'email_not_verified' : null;
}

function notAdmin(): ProblemError {
  return problem('action_denied', 'This is for platform administrators.');
}
