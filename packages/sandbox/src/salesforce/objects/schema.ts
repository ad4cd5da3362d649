// All objects of the org, as a user sees them: what field-level security hides looks as if it did not exist.
import type { World } from '../../world/world.ts';
import { contactObject } from './contact.ts';
import { contactRoleObject } from './contact-role.ts';
import { opportunityObject } from './opportunity.ts';
import type { FieldInfo, SObject } from './sobject.ts';
import { accountObject, organizationObject, stageObject, userObject } from './still-objects.ts';

export interface Schema {
  readonly objects: readonly SObject[];
  /** By name in any case; null for what there is not. */
  object(name: string): SObject | null;
  /** By name in any case; null for what there is not, and for what is hidden. */
  field(object: SObject, name: string): FieldInfo | null;
  fields(object: SObject): readonly FieldInfo[];
}

/**
 * @param accountSince when account `n` came, in milliseconds since 1970
 * @param isHidden asked for each field as `Contact.Phone`, at each use
 */
export function openSchema(
  world: World,
  accountSince: (n: number) => number,
  isHidden: (field: string) => boolean,
): Schema {
  const since = accountSince(0);
  const roles = contactRoleObject(world);
  const objects = [
    accountObject(world, accountSince),
    contactObject(world),
    opportunityObject(world, roles),
    roles,
    userObject(world, since),
    stageObject(world, since),
    organizationObject(world, since),
  ];
  const byName = new Map(objects.map((object) => [object.name.toLowerCase(), object]));
  const isSeen = (object: SObject, field: FieldInfo) => !isHidden(`${object.name}.${field.name}`);
  return {
    objects,
    object: (name) => byName.get(name.toLowerCase()) ?? null,
    field: (object, name) => {
      const field = object.fields.get(name.toLowerCase());
      return field !== undefined && isSeen(object, field) ? field : null;
    },
    fields: (object) => [...object.fields.values()].filter((field) => isSeen(object, field)),
  };
}
