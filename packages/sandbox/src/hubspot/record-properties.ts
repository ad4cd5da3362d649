// The properties of contacts, deals and companies that the made-up company fills in, under the names HubSpot gives them.
import type { Company, Contact, Deal, Pipeline, World } from '../world/world.ts';
import { ownerIdOf } from './owner-ids.ts';
import {
  choiceProperty,
  flagProperty,
  type KeptRecord,
  numberProperty,
  type Property,
  readOnly,
  textProperty,
  timeProperty,
} from './property.ts';
import { RECORD_TYPES, type RecordType } from './record-types.ts';

export type CompanyRecord = Company & KeptRecord;

export const CONTACT_PROPERTIES: readonly Property<Contact>[] = [
  ...keptProperties<Contact>('contacts'),
  textProperty('email', 'Email', ({ address }) => address),
  textProperty('firstname', 'First Name', ({ given }) => textOrNull(given)),
  textProperty('lastname', 'Last Name', ({ family }) => textOrNull(family)),
  {
    name: 'phone',
    label: 'Phone Number',
    type: 'string',
    fieldType: 'phonenumber',
    readOnly: false,
    value: ({ phone }) => phone,
  },
  textProperty('jobtitle', 'Job Title', ({ title }) => title),
  textProperty('company', 'Company Name', ({ company }, { world }) => world.companies.get(company)?.name ?? null),
  readOnly(
    numberProperty('associatedcompanyid', 'Primary Associated Company ID', ({ company }, { ids, world }) =>
      world.companies.get(company) === null ? null : ids.idOf('companies', company),
    ),
  ),
  choiceProperty('hubspot_owner_id', 'Contact owner', ({ owner }) => ownerIdOf(owner)),
  textProperty('hs_additional_emails', 'Additional email addresses', ({ furtherAddresses }) =>
    textOrNull(furtherAddresses.join(';')),
  ),
  readOnly(textProperty('hs_email_domain', 'Email Domain', ({ address }) => address?.split('@').at(-1) ?? null)),
  readOnly(
    numberProperty('num_associated_deals', 'Number of Associated Deals', ({ n }, ground) =>
      String(ground.countLinks('contacts', n)),
    ),
  ),
];

export const DEAL_PROPERTIES: readonly Property<Deal>[] = [
  ...keptProperties<Deal>('deals'),
  textProperty('dealname', 'Deal Name', ({ name }) => name),
  numberProperty('amount', 'Amount', ({ amount }) => String(amount)),
  choiceProperty('deal_currency_code', 'Currency', ({ currency }) => currency),
  choiceProperty('pipeline', 'Pipeline', ({ pipeline }) => pipeline),
  choiceProperty('dealstage', 'Deal Stage', ({ stage }) => stage),
  timeProperty('closedate', 'Close Date', ({ closesOn }) => closesOn.toISOString()),
  choiceProperty('hubspot_owner_id', 'Deal owner', ({ owner }) => ownerIdOf(owner)),
  readOnly(
    numberProperty('hs_deal_stage_probability', 'Deal probability', (deal, { world }) =>
      textOfNumber(stageOf(world, deal)?.probability),
    ),
  ),
  flagProperty('hs_is_closed', 'Is Deal Closed?', (deal, { world }) =>
    String((stageOf(world, deal)?.closed ?? null) !== null),
  ),
  flagProperty('hs_is_closed_won', 'Is Closed Won', (deal, { world }) =>
    String(stageOf(world, deal)?.closed === 'won'),
  ),
  readOnly(
    numberProperty('num_associated_contacts', 'Number of Associated Contacts', ({ n }, ground) =>
      String(ground.countLinks('deals', n)),
    ),
  ),
];

export const COMPANY_PROPERTIES: readonly Property<CompanyRecord>[] = [
  ...keptProperties<CompanyRecord>('companies'),
  textProperty('name', 'Company name', ({ name }) => name),
  textProperty('domain', 'Company Domain Name', ({ domain }) => domain),
  textProperty('website', 'Website URL', ({ domain }) => domain),
];

/** What a record brings when nobody asks for anything. */
export const DEFAULT_PROPERTIES: Readonly<Record<RecordType, readonly string[]>> = {
  contacts: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
  deals: [
    'amount',
    'closedate',
    'createdate',
    'dealname',
    'dealstage',
    'hs_lastmodifieddate',
    'hs_object_id',
    'pipeline',
  ],
  companies: ['createdate', 'domain', 'hs_lastmodifieddate', 'hs_object_id', 'name'],
};

/** What a record brings whatever anybody asks for. */
export function constantProperties(type: RecordType): readonly string[] {
  return ['createdate', 'hs_object_id', RECORD_TYPES[type].modified];
}

function keptProperties<Item extends KeptRecord>(type: RecordType): readonly Property<Item>[] {
  return [
    readOnly(numberProperty<Item>('hs_object_id', 'Record ID', ({ n }, { ids }) => ids.idOf(type, n))),
    timeProperty<Item>('createdate', 'Create Date', ({ createdAt }) => createdAt.toISOString()),
    readOnly(
      timeProperty<Item>(RECORD_TYPES[type].modified, 'Last Modified Date', ({ updatedAt }) => updatedAt.toISOString()),
    ),
    readOnly(
      textProperty<Item>('hs_merged_object_ids', 'Merged record IDs', ({ n }, { ids }) =>
        textOrNull(ids.formerIds(type, n).join(';')),
      ),
    ),
  ];
}

function stageOf(world: World, deal: Deal): Pipeline['stages'][number] | undefined {
  return world.pipelines.find(({ id }) => id === deal.pipeline)?.stages.find(({ id }) => id === deal.stage);
}

function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}

function textOfNumber(value: number | undefined): string | null {
  return value === undefined ? null : String(value);
}
