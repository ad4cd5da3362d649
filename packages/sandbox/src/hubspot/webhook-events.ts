// What HubSpot tells an application when something happens: who was made, changed, deleted, forgotten, merged or linked.
import type { Contact, Deal, Happening } from '../world/world.ts';
import type { Hub } from './hub.ts';
import { userIdOf } from './owner-ids.ts';
import { RECORD_TYPES, type RecordType } from './record-types.ts';

export interface EventDraft {
  readonly type: RecordType;
  /** The part after the dot of the subscription's type. */
  readonly what:
    | 'creation'
    | 'propertyChange'
    | 'deletion'
    | 'privacyDeletion'
    | 'merge'
    | 'restore'
    | 'associationChange';
  readonly occurredAt: number;
  /** Of a property's change: each has a subscription of its own. */
  readonly propertyName: string | null;
  /** Members beyond those that every event has. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Which member of a record is which property. The last change's time cannot be subscribed to. */
const CONTACT_MEMBERS: Readonly<Partial<Record<keyof Contact, string>>> = {
  given: 'firstname',
  family: 'lastname',
  address: 'email',
  furtherAddresses: 'hs_additional_emails',
  phone: 'phone',
  title: 'jobtitle',
  company: 'associatedcompanyid',
  owner: 'hubspot_owner_id',
};
const DEAL_MEMBERS: Readonly<Partial<Record<keyof Deal, string>>> = {
  name: 'dealname',
  amount: 'amount',
  currency: 'deal_currency_code',
  pipeline: 'pipeline',
  stage: 'dealstage',
  closesOn: 'closedate',
  owner: 'hubspot_owner_id',
};

/** Called after merges heard of it and before links did, because a change of links is told by what was before. */
export function eventsOf(hub: Hub, happening: Happening): readonly EventDraft[] {
  const type = happening.what === 'contact' ? 'contacts' : 'deals';
  const objectId = numberOf(hub.ids.idOf(type, happening.n));
  const event = (what: EventDraft['what'], facts: EventDraft['facts'] = {}): EventDraft => ({
    type,
    what,
    occurredAt: happening.at.getTime(),
    propertyName: null,
    facts: { objectId, ...facts },
  });
  const links = type === 'deals' ? linkEvents(hub, happening) : [];
  switch (happening.kind) {
    case 'created':
      return [event('creation', { changeFlag: 'CREATED' }), ...links];
    case 'updated':
      return [
        ...changedProperties(hub, happening).map((change) => ({
          ...event('propertyChange', change),
          propertyName: change.propertyName,
        })),
        ...links,
      ];
    case 'archived':
      return [event('deletion', { changeFlag: 'DELETED' })];
    case 'restored':
      return [event('restore')];
    case 'erased': {
      const deletion = event('deletion', { changeFlag: 'DELETED' });
      return type === 'contacts' ? [deletion, event('privacyDeletion')] : [deletion];
    }
    case 'merged':
      return [event('merge', mergeFacts(hub, type, happening))];
  }
}

type Merged = Extract<Happening, { readonly kind: 'merged' }>;
type Changed = Exclude<Happening, Merged>;

interface PropertyChange {
  readonly [fact: string]: string;
  readonly propertyName: string;
  readonly propertyValue: string;
}

function changedProperties(hub: Hub, { what, n, changed }: Changed): readonly PropertyChange[] {
  const members: Readonly<Record<string, string>> = what === 'contact' ? CONTACT_MEMBERS : DEAL_MEMBERS;
  const row = hub.books[what === 'contact' ? 'contacts' : 'deals'].get(n);
  return changed.flatMap((member) => {
    const propertyName = members[member];
    return propertyName === undefined ? [] : [{ propertyName, propertyValue: row?.value(propertyName) ?? '' }];
  });
}

function mergeFacts({ ids }: Hub, type: RecordType, { n, losers }: Merged): EventDraft['facts'] {
  const before = ids.formerIds(type, n).filter((id) => ids.find(type, id) === n);
  return {
    primaryObjectId: numberOf(before.at(-losers.length) ?? ids.idOf(type, n)),
    mergedObjectIds: losers.map((loser) => numberOf(ids.idOf(type, loser))),
    newObjectId: numberOf(ids.idOf(type, n)),
    numberOfPropertiesMoved: 0,
  };
}

function linkEvents(hub: Hub, { kind, n, at }: Happening): readonly EventDraft[] {
  if (kind !== 'updated' && kind !== 'created') return [];
  const then = kind === 'created' ? [] : hub.links.contactsThen(n);
  const now = hub.world.deals.get(n)?.contacts ?? [];
  const added = now.filter((contact) => !then.includes(contact));
  const removed = then.filter((contact) => !now.includes(contact));
  const told = (contact: number, isRemoved: boolean) => linkChange(hub, { deal: n, contact, isRemoved, at });
  return [...added.flatMap((contact) => told(contact, false)), ...removed.flatMap((contact) => told(contact, true))];
}

interface LinkChange {
  readonly deal: number;
  readonly contact: number;
  readonly isRemoved: boolean;
  readonly at: Date;
}

/** Both directions are told, each under its own kind of record. */
function linkChange({ ids }: Hub, { deal, contact, isRemoved, at }: LinkChange): readonly EventDraft[] {
  const [dealId, contactId] = [numberOf(ids.idOf('deals', deal)), numberOf(ids.idOf('contacts', contact))];
  const draft = (type: RecordType, facts: EventDraft['facts']): EventDraft => ({
    type,
    what: 'associationChange',
    occurredAt: at.getTime(),
    propertyName: null,
    facts: { ...facts, associationRemoved: isRemoved, isPrimaryAssociation: false },
  });
  return [
    draft('deals', { associationType: 'DEAL_TO_CONTACT', fromObjectId: dealId, toObjectId: contactId }),
    draft('contacts', { associationType: 'CONTACT_TO_DEAL', fromObjectId: contactId, toObjectId: dealId }),
  ];
}

export interface EventFrame {
  readonly eventId: number;
  readonly subscriptionId: number;
  readonly portalId: number;
  readonly appId: number;
  /** Whether the newer names are used: `object.creation` with an `objectTypeId`. */
  readonly isObjectEvent: boolean;
}

/** An event as it goes over the wire, but for `attemptNumber`, which each delivery adds. */
export function eventBody(draft: EventDraft, frame: EventFrame): Readonly<Record<string, unknown>> {
  const { isObjectEvent, ...numbers } = frame;
  const { singular, objectTypeId } = RECORD_TYPES[draft.type];
  return {
    ...numbers,
    occurredAt: draft.occurredAt,
    subscriptionType: `${isObjectEvent ? 'object' : singular}.${draft.what}`,
    ...(isObjectEvent ? { objectTypeId } : {}),
    ...draft.facts,
    changeSource: 'CRM_UI',
    sourceId: `userId:${userIdOf(0)}`,
  };
}

/** Ids are JSON numbers here, with every digit. */
function numberOf(id: string): unknown {
  return JSON.rawJSON(id);
}
