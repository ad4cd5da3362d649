// Opportunities: the world's deals. In an org with one currency, CurrencyIsoCode does not exist.
import type { Deal, Pipeline, World } from '../../world/world.ts';
import type { ContactRoles } from './contact-role.ts';
import { isBinned, isKept, shelfCount, shelfItems } from './shelf-rows.ts';
import { type FieldOf, idOf, namedObject, rowMaker, type SObject } from './sobject.ts';

type Stage = Pipeline['stages'][number];

export function opportunityObject(world: World, roles: ContactRoles): SObject {
  const fields = fieldsOf(world);
  const toRow = rowMaker('Opportunity', fields, (deal) => ({
    n: deal.n,
    touchedAt: deal.touchedAt.getTime(),
    deleted: isBinned(deal),
  }));
  const now = () => world.now();
  return {
    ...namedObject('Opportunity', fields),
    children: [{ name: 'OpportunityContactRoles', object: 'OpportunityContactRole', field: 'OpportunityId' }],
    replicated: true,
    row: (n) => {
      const deal = world.deals.get(n);
      return deal === null || !isKept(deal, now()) ? null : toRow(deal);
    },
    rows: (span) => shelfItems(world.deals, span, now).map(toRow),
    count: (span) => shelfCount(world.deals, span, now),
    childrenOf: (_parent, n) => {
      const deal = world.deals.get(n);
      return deal === null ? [] : roles.ofDeal(deal);
    },
  };
}

function fieldsOf({ pipelines }: World): readonly FieldOf<Deal>[] {
  const stages = new Map(
    pipelines.flatMap((pipeline) => pipeline.stages.map((stage) => [`${pipeline.id} ${stage.id}`, stage] as const)),
  );
  const stageOf = ({ pipeline, stage }: Deal): Stage | null => stages.get(`${pipeline} ${stage}`) ?? null;
  const reference = (name: string, to: 'Account' | 'User', get: (deal: Deal) => number): FieldOf<Deal> => ({
    name,
    type: 'reference',
    to,
    relationship: name.slice(0, -2),
    get: (deal) => idOf(to, get(deal)),
  });
  return [
    { name: 'Id', type: 'id', get: ({ n }) => idOf('Opportunity', n) },
    { name: 'IsDeleted', type: 'boolean', get: isBinned },
    reference('AccountId', 'Account', ({ company }) => company),
    { name: 'Name', type: 'string', get: ({ name }) => name },
    { name: 'StageName', type: 'picklist', get: (deal) => stageOf(deal)?.name ?? deal.stage },
    { name: 'Amount', type: 'currency', get: ({ amount }) => amount },
    { name: 'CurrencyIsoCode', type: 'picklist', get: ({ currency }) => currency },
    { name: 'Probability', type: 'percent', get: (deal) => Math.round((stageOf(deal)?.probability ?? 0) * 100) },
    { name: 'CloseDate', type: 'date', get: ({ closesOn }) => dayOf(closesOn) },
    { name: 'IsClosed', type: 'boolean', get: (deal) => (stageOf(deal)?.closed ?? null) !== null },
    { name: 'IsWon', type: 'boolean', get: (deal) => stageOf(deal)?.closed === 'won' },
    reference('OwnerId', 'User', ({ owner }) => owner),
    { name: 'CreatedDate', type: 'datetime', get: ({ createdAt }) => createdAt.getTime() },
    { name: 'LastModifiedDate', type: 'datetime', get: ({ updatedAt }) => updatedAt.getTime() },
    { name: 'SystemModstamp', type: 'datetime', get: ({ touchedAt }) => touchedAt.getTime() },
  ];
}

function dayOf(date: Date): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
}
