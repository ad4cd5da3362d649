// What a property of a record is here: how HubSpot defines it, and how its text is had from the world.
import type { RecordState, World } from '../world/world.ts';
import type { RecordIds } from './record-ids.ts';

export interface PropertyFacts {
  readonly name: string;
  readonly label: string;
  readonly type: 'string' | 'number' | 'datetime' | 'enumeration' | 'bool' | 'phone_number';
  readonly fieldType: 'text' | 'number' | 'date' | 'select' | 'booleancheckbox' | 'phonenumber';
  /** HubSpot counts it or keeps it; people cannot change it. */
  readonly readOnly: boolean;
}

/** What values are made from, beside the record. */
export interface ValueGround {
  readonly world: World;
  readonly ids: RecordIds;
  /** How many live records of the other kind hang on this one. */
  countLinks(from: 'contacts' | 'deals', n: number): number;
}

export interface Property<Item> extends PropertyFacts {
  /** All values are text or null, numbers and times included. */
  readonly value: (item: Item, ground: ValueGround) => string | null;
}

/** What every record has. */
export interface KeptRecord {
  readonly n: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly touchedAt: Date;
  readonly state: RecordState;
  readonly archivedAt: Date | null;
  readonly mergedInto: number | null;
}

type Value<Item> = Property<Item>['value'];

export function textProperty<Item>(name: string, label: string, value: Value<Item>): Property<Item> {
  return { name, label, type: 'string', fieldType: 'text', readOnly: false, value };
}

export function numberProperty<Item>(name: string, label: string, value: Value<Item>): Property<Item> {
  return { name, label, type: 'number', fieldType: 'number', readOnly: false, value };
}

export function timeProperty<Item>(name: string, label: string, value: Value<Item>): Property<Item> {
  return { name, label, type: 'datetime', fieldType: 'date', readOnly: false, value };
}

export function choiceProperty<Item>(name: string, label: string, value: Value<Item>): Property<Item> {
  return { name, label, type: 'enumeration', fieldType: 'select', readOnly: false, value };
}

export function flagProperty<Item>(name: string, label: string, value: Value<Item>): Property<Item> {
  return { name, label, type: 'bool', fieldType: 'booleancheckbox', readOnly: true, value };
}

export function readOnly<Item>(property: Property<Item>): Property<Item> {
  return { ...property, readOnly: true };
}
