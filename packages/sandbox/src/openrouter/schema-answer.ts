// A value that fits a JSON Schema, drawn from a seed: the parts of the language that structured answers use. What it does not
// know it leaves unconstrained.
import type { Random } from '../random.ts';

type Schema = Readonly<Record<string, unknown>>;

const WORDS = [
  'steady',
  'renewal',
  'calibration',
  'offer',
  'delivery',
  'contract',
  'training',
  'invoice',
  'review',
  'pilot',
] as const;
const MOST_DEEP = 12;

interface Draw {
  readonly root: Schema;
  readonly random: Random;
  readonly depth: number;
}

/** @param schema parsed JSON; anything that is no schema brings null */
export function valueFor(schema: unknown, random: Random): unknown {
  return isObject(schema) ? draw(schema, { root: schema, random, depth: 0 }) : null;
}

function draw(schema: Schema, given: Draw): unknown {
  const at = { ...given, depth: given.depth + 1 };
  if (at.depth > MOST_DEEP) return null;
  const target = typeof schema['$ref'] === 'string' ? resolve(at.root, schema['$ref']) : null;
  if (target !== null) return draw(target, at);
  if ('const' in schema) return schema['const'];
  const { random } = at;
  const choices = listOf(schema['enum']);
  if (choices.length > 0) return choices[random.below(choices.length)];
  const branches = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])].filter(isObject);
  const branch = branches[random.below(branches.length)];
  if (branch !== undefined) return draw(branch, at);
  const all = listOf(schema['allOf']).filter(isObject);
  if (all.length > 0) return draw(Object.assign({}, schema, ...all, { allOf: [] }), at);
  return drawType(schema, at);
}

function drawType(schema: Schema, at: Draw): unknown {
  switch (typeOf(schema, at.random)) {
    case 'object':
      return drawObject(schema, at);
    case 'array':
      return drawArray(schema, at);
    case 'integer':
      return Math.floor(drawNumber(schema, at.random, true));
    case 'number':
      return Math.round(drawNumber(schema, at.random, false) * 100) / 100;
    case 'boolean':
      return at.random.chance(0.5);
    case 'string':
      return drawText(schema, at.random);
    default:
      return null;
  }
}

function typeOf(schema: Schema, random: Random): unknown {
  const types = listOf(schema['type']).filter((type) => type !== 'null');
  if (types.length > 0) return types[random.below(types.length)];
  if (schema['type'] !== undefined) return schema['type'];
  return isObject(schema['properties']) ? 'object' : 'string';
}

function drawObject(schema: Schema, at: Draw): Readonly<Record<string, unknown>> {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const entries = Object.entries(properties).map(([name, each]) => [name, isObject(each) ? draw(each, at) : null]);
  return Object.fromEntries(entries);
}

function drawArray(schema: Schema, at: Draw): readonly unknown[] {
  const [least, most] = [countIn(schema, 'minItems', 1), countIn(schema, 'maxItems', 3)];
  const count = least + at.random.below(Math.max(0, Math.min(most, least + 2) - least) + 1);
  const items = schema['items'];
  return Array.from({ length: count }, () => (isObject(items) ? draw(items, at) : null));
}

function drawNumber(schema: Schema, random: Random, whole: boolean): number {
  const step = whole ? 1 : 0.01;
  const least = numberIn(schema, 'minimum') ?? (numberIn(schema, 'exclusiveMinimum') ?? -step) + step;
  const most = numberIn(schema, 'maximum') ?? (numberIn(schema, 'exclusiveMaximum') ?? least + 100 + step) - step;
  const drawn = whole ? least + random.below(Math.floor(most - least) + 1) : least + random.next() * (most - least);
  const multiple = numberIn(schema, 'multipleOf');
  return multiple === null || multiple <= 0 ? drawn : Math.max(least, Math.floor(drawn / multiple) * multiple);
}

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-06-01',
  'date-time': '2026-06-01T09:00:00Z',
  time: '09:00:00Z',
  email: 'nobody@example.com',
  uri: 'https://www.example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function drawText(schema: Schema, random: Random): string {
  const { format } = schema;
  if (typeof format === 'string' && Object.hasOwn(FORMATS, format)) return FORMATS[format] ?? '';
  const [least, most] = [countIn(schema, 'minLength', 0), countIn(schema, 'maxLength', 200)];
  const text = Array.from({ length: 4 + random.below(4) }, () => random.pick(WORDS)).join(' ');
  return text.slice(0, most).padEnd(least, '.');
}

/** Only what stands in the same document: `#/$defs/…`. */
function resolve(root: Schema, ref: string): Schema | null {
  if (!ref.startsWith('#')) return null;
  const parts = ref
    .slice(1)
    .split('/')
    .filter((part) => part !== '');
  const found = parts.reduce<unknown>((at, part) => (isObject(at) && Object.hasOwn(at, part) ? at[part] : null), root);
  return isObject(found) ? found : null;
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function numberIn(schema: Schema, name: string): number | null {
  const value = schema[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function countIn(schema: Schema, name: string, usual: number): number {
  return Math.max(0, Math.floor(numberIn(schema, name) ?? usual));
}
