// Objects that only ever grow: accounts, users, stages and the org itself.
import type { Company, Owner, World } from '../../world/world.ts';
import type { ChildRelation, FieldOf, FieldType, ObjectName, SObject, Span, Value } from './sobject.ts';
import { idOf, namedObject, rowMaker } from './sobject.ts';

interface Still<Item> {
  readonly name: ObjectName;
  readonly fields: readonly FieldOf<Item>[];
  readonly children?: readonly ChildRelation[];
  count(): number;
  get(n: number): Item | null;
  /** When item `n` came, in milliseconds; never earlier than the one before it. */
  since(n: number): number;
}

export function userObject({ owners }: World, since: number): SObject {
  const byNumber = new Map(owners.map((owner) => [owner.n, owner]));
  return still<Owner>({
    name: 'User',
    count: () => owners.length,
    get: (n) => byNumber.get(n) ?? null,
    since: () => since,
    fields: [
      { name: 'Id', type: 'id', get: ({ n }) => idOf('User', n) },
      { name: 'Name', type: 'string', get: ({ name }) => name },
      { name: 'Email', type: 'email', get: ({ address }) => address },
      { name: 'Username', type: 'string', get: ({ address }) => address },
      { name: 'IsActive', type: 'boolean', get: () => true },
      { name: 'UserType', type: 'picklist', get: () => 'Standard' },
      ...times<Owner>(() => since),
    ],
  });
}

export function accountObject({ companies }: World, since: (n: number) => number): SObject {
  return still<Company>({
    name: 'Account',
    count: () => companies.count,
    get: (n) => companies.get(n),
    since,
    children: [
      { name: 'Contacts', object: 'Contact', field: 'AccountId' },
      { name: 'Opportunities', object: 'Opportunity', field: 'AccountId' },
    ],
    fields: [
      { name: 'Id', type: 'id', get: ({ n }) => idOf('Account', n) },
      { name: 'IsDeleted', type: 'boolean', get: () => false },
      { name: 'MasterRecordId', type: 'reference', to: 'Account', relationship: 'MasterRecord', get: () => null },
      { name: 'Name', type: 'string', get: ({ name }) => name },
      { name: 'Website', type: 'url', get: ({ domain }) => `https://${domain}` },
      ...times<Company>(({ n }) => since(n)),
    ],
  });
}

export function stageObject({ pipelines }: World, since: number): SObject {
  const all = pipelines.flatMap(({ stages }) => stages);
  const stages = all.filter(({ name }, at) => all.findIndex((other) => other.name === name) === at);
  const items = stages.map((stage, n) => ({ ...stage, n }));
  type Stage = (typeof items)[number];
  const field = (name: string, type: FieldType, get: (stage: Stage) => Value): FieldOf<Stage> => ({ name, type, get });
  return still<Stage>({
    name: 'OpportunityStage',
    count: () => items.length,
    get: (n) => items[n] ?? null,
    since: () => since,
    fields: [
      field('Id', 'id', ({ n }) => idOf('OpportunityStage', n)),
      field('MasterLabel', 'string', ({ name }) => name),
      field('ApiName', 'string', ({ name }) => name),
      field('IsActive', 'boolean', () => true),
      field('SortOrder', 'int', ({ n }) => n + 1),
      field('IsClosed', 'boolean', ({ closed }) => closed !== null),
      field('IsWon', 'boolean', ({ closed }) => closed === 'won'),
      field('DefaultProbability', 'percent', ({ probability }) => Math.round(probability * 100)),
      ...times<Stage>(() => since),
    ],
  });
}

export function organizationObject({ company, seed }: World, since: number): SObject {
  return still<typeof company>({
    name: 'Organization',
    count: () => 1,
    get: () => company,
    since: () => since,
    fields: [
      { name: 'Id', type: 'id', get: () => idOf('Organization', seed) },
      { name: 'Name', type: 'string', get: ({ name }) => name },
      { name: 'OrganizationType', type: 'picklist', get: () => 'Enterprise Edition' },
      { name: 'IsSandbox', type: 'boolean', get: () => true },
      ...times<typeof company>(() => since),
    ],
  });
}

function times<Item>(get: (item: Item) => number): readonly FieldOf<Item>[] {
  return ['CreatedDate', 'LastModifiedDate', 'SystemModstamp'].map((name) => ({ name, type: 'datetime', get }));
}

function still<Item>(definition: Still<Item>): SObject {
  const { name, fields, since } = definition;
  const toRow = rowMaker<{ readonly n: number; readonly item: Item }>(
    name,
    fields.map(({ get, ...field }) => ({ ...field, get: ({ item }) => get(item) })),
    ({ n }) => ({ n, touchedAt: since(n), deleted: false }),
  );
  const row = (n: number) => {
    const item = n < definition.count() ? definition.get(n) : null;
    return item === null ? null : toRow({ n, item });
  };
  return {
    ...namedObject(name, fields),
    children: definition.children ?? [],
    replicated: name === 'Account',
    row,
    rows: function* rows(span: Span) {
      for (let n = span.after === undefined ? 0 : span.after.n + 1; n < definition.count(); n += 1) {
        const each = row(n);
        if (each !== null && each.touchedAt >= span.since && each.touchedAt < span.until) yield each;
      }
    },
    count: () => null,
  };
}
