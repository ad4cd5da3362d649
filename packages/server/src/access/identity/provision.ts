// Letting a person in whom an identity provider vouches for. Issuer and subject say who it is; a mail address never stands
// in for them. Somebody unknown is made, invitations and domains make them a member, all in one transaction; somebody we
// know, with nothing new about them, costs one statement.
import type { WorkspaceRole } from '@sentinel/contract';
import { recordActivity } from '../../platform/audit/activity.ts';
import type { ControlTx, Database } from '../../platform/db/database.ts';
import { errorCode } from '../../platform/db/errors.ts';
import type { OrganisationId, PersonId, WorkspaceId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { announce, type Change } from '../standing/change.store.ts';
import type { IdpIdentity } from '../providers/identity-provider.ts';
import { isAdmitted, type OrganisationFacts, organisationOf } from './organisation-of.ts';
import { type Claimed, claimedBy, nameFromEmail } from './provision-claim.ts';
import { admittedTo, type Known, type KnownPerson, type Offer, readKnown } from './provision-known.store.ts';
import {
  deleteInvitations,
  holdsIdentity,
  insertIdentity,
  insertMembership,
  insertPerson,
  lockPersonByEmail,
  markAdmin,
  markSeen,
  updateProfile,
} from './provision.store.ts';

export { listOwnWorkspaces } from './provision-known.store.ts';

export interface ProvisionSettings {
  /** Verified addresses, lower case, whose people become administrators when their identity is linked. */
  readonly adminEmails: readonly string[];
  /** `ignored`: a rule about organisations must not lock the administrators out who could change it. */
  readonly organisations?: 'obeyed' | 'ignored';
}

export interface OwnWorkspace {
  readonly id: WorkspaceId;
  readonly name: string;
  readonly slug: string;
  readonly role: WorkspaceRole;
}

export interface SignedIn {
  readonly personId: PersonId;
  readonly email: string;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly organisation: OrganisationFacts | null;
  /** The active ones that let the person in, the oldest first. */
  readonly workspaces: readonly OwnWorkspace[];
  /** Whether something was written that processes remember; then `standing.catchUp()` is due. */
  readonly changed: boolean;
}

/** How often it is noted that somebody is still around. */
const SEEN_EVERY_MS = 60 * 60_000;
const ATTEMPTS = 3;
/** Somebody else made the same person, or took away what we meant to join, at the same moment. */
const LOST_RACES: ReadonlySet<string | null> = new Set(['23505', '23503']);

/**
 * Lets somebody in.
 *
 * @param identity as a provider's verified token names it
 * @throws ProblemError `person_inactive`, `organisation_refused`; `email_conflict` when the address belongs to somebody who
 *   signs in another way; `idp_token_refused` when what the token says cannot be kept
 */
export async function provision(
  db: Pick<Database, 'control'>,
  identity: IdpIdentity,
  settings: ProvisionSettings,
  now: Date,
): Promise<SignedIn> {
  const claim = claimedBy(identity);
  const known = await db.control((tx) => readKnown(tx, claim, now));
  if (known.person !== null) {
    const plan = planFor(known, known.person, claim, settings);
    if (isNothingNew(plan, known.person, now)) return signedIn(known, known.person, plan.organisation, false);
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.control((tx) => carryOut(tx, claim, settings, now));
    } catch (error) {
      if (attempt === ATTEMPTS || !LOST_RACES.has(errorCode(error))) throw error;
    }
  }
}

interface Plan {
  readonly organisation: OrganisationFacts | null;
  /** Null when the profile stays as it is. */
  readonly profile: {
    readonly name: string;
    readonly avatarUrl: string | null;
    readonly organisationId: OrganisationId | null;
  } | null;
  readonly offers: readonly Offer[];
}

/** What is to be written about a person whom we know. @throws ProblemError when they may not come in */
function planFor(known: Known, person: KnownPerson, claim: Claimed, settings: ProvisionSettings): Plan {
  if (!person.active) throw problem('person_inactive', 'This person was deactivated.');
  const organisation = belongsTo(known, claim, settings);
  const profile = {
    name: person.nameChosen ? person.name : (claim.name ?? person.name),
    avatarUrl: person.nameChosen ? person.avatarUrl : (claim.avatarUrl ?? person.avatarUrl),
    organisationId: organisation?.id ?? null,
  };
  const isSame =
    profile.name === person.name &&
    profile.avatarUrl === person.avatarUrl &&
    profile.organisationId === person.organisationId;
  return {
    organisation,
    profile: isSame ? null : profile,
    offers: known.offers.filter((offer) => isAdmitted(offer.allowed, profile.organisationId)),
  };
}

function belongsTo(known: Known, claim: Claimed, settings: ProvisionSettings): OrganisationFacts | null {
  const belonging = organisationOf(claim.email, known);
  if (belonging.kind === 'member') return belonging.organisation;
  if (belonging.kind === 'refused' && settings.organisations !== 'ignored')
    throw problem('organisation_refused', 'No organisation that is enabled here has this mail domain.');
  return null;
}

function isNothingNew(plan: Plan, person: KnownPerson, now: Date): boolean {
  return plan.profile === null && plan.offers.length === 0 && now.getTime() - person.seenAt.getTime() < SEEN_EVERY_MS;
}

/** The whole way, in one transaction: whatever refuses the person leaves nothing behind. */
async function carryOut(tx: ControlTx, claim: Claimed, settings: ProvisionSettings, now: Date): Promise<SignedIn> {
  let known = await readKnown(tx, claim, now);
  const isNew = known.person === null;
  if (isNew) {
    await becomeKnown(tx, claim, settings, now);
    known = await readKnown(tx, claim, now);
  }
  const { person } = known;
  if (person === null) throw new Error('an identity that was just linked is not there');
  const plan = planFor(known, person, claim, settings);
  await markSeen(tx, claim, now);
  if (plan.profile !== null) await updateProfile(tx, person.id, plan.profile, now);
  const joined = await join(tx, person.id, plan.offers, now);
  const changes: Change[] = joined.map(({ workspaceId }) => ({
    kind: 'member',
    subject: `${workspaceId} ${person.id}`,
  }));
  if (isNew || plan.profile !== null) changes.push({ kind: 'person', subject: person.id });
  const after = await readKnown(tx, claim, now);
  await announce(tx, changes, now);
  return signedIn(after, after.person ?? person, plan.organisation, changes.length > 0);
}

/** Links the identity: to somebody who was entered beforehand and never signed in, else to somebody new. */
async function becomeKnown(tx: ControlTx, claim: Claimed, settings: ProvisionSettings, now: Date): Promise<void> {
  const found = await lockPersonByEmail(tx, claim.email);
  // Somebody else may have let in this very person since we looked.
  if (found?.hasIdentity === true && (await holdsIdentity(tx, found.id, claim))) return;
  if (found?.hasIdentity === true)
    throw problem('email_conflict', 'This address belongs to somebody who signs in another way.');
  if (found?.active === false) throw problem('person_inactive', 'This person was deactivated.');
  const name = claim.name ?? nameFromEmail(claim.email);
  const id = found?.id ?? (await insertPerson(tx, { ...claim, name }, now));
  await insertIdentity(tx, id, claim, now);
  const about = { actorId: id, targetType: 'user', targetId: id, workspaceId: null } as const;
  const detail = { provider: claim.provider };
  await recordActivity(tx, { ...about, action: found === null ? 'user_created' : 'identity_linked', detail }, now);
  if (found?.isAdmin === true || !settings.adminEmails.includes(claim.email)) return;
  await markAdmin(tx, id, now);
  await recordActivity(tx, { ...about, actorId: null, action: 'user_promoted_admin' }, now);
}

/** Answers the memberships that are new. An invitation comes before a domain, and is used up. */
async function join(tx: ControlTx, personId: PersonId, offers: readonly Offer[], now: Date): Promise<readonly Offer[]> {
  const joined: Offer[] = [];
  for (const offer of offers) {
    if (!(await insertMembership(tx, personId, offer, now))) continue;
    joined.push(offer);
    const through = offer.invitationId === null ? 'domain' : 'invitation';
    await recordActivity(
      tx,
      {
        action: 'member_joined',
        actorId: personId,
        targetType: 'user',
        targetId: personId,
        workspaceId: offer.workspaceId,
        detail: { role: offer.role, through },
      },
      now,
    );
  }
  await deleteInvitations(
    tx,
    offers.flatMap(({ invitationId }) => (invitationId === null ? [] : [invitationId])),
  );
  return joined;
}

function signedIn(
  { memberships }: Known,
  person: KnownPerson,
  organisation: OrganisationFacts | null,
  changed: boolean,
): SignedIn {
  return {
    personId: person.id,
    email: person.email,
    name: person.name,
    isAdmin: person.isAdmin,
    organisation,
    workspaces: admittedTo(memberships, organisation?.id ?? null),
    changed,
  };
}
