// Which JavaScript value a column becomes, the same on both engines: int8 and count are numbers, numeric is text (exact),
// date and interval are text, timestamps are Date, bytea is a plain Uint8Array.
import { types } from 'pg';

const OID = {
  bytea: 17,
  int8: 20,
  date: 1082,
  timestamp: 1114,
  interval: 1186,
  numeric: 1700,
  int8Array: 1016,
  dateArray: 1182,
  numericArray: 1231,
  timestampArray: 1115,
  intervalArray: 1187,
} as const;

type Parse = (text: string) => unknown;

const TEXT_ARRAY_OID: number = 1009;

const asText: Parse = (text) => text;

/** Parsers by type OID; used as they are by PGlite, which applies them to array elements by itself. */
const PARSERS: Readonly<Record<number, Parse>> = {
  [OID.int8]: toNumber,
  [OID.numeric]: asText,
  [OID.date]: asText,
  [OID.interval]: asText,
  [OID.timestamp]: (text) => new Date(`${text.replace(' ', 'T')}Z`),
  [OID.bytea]: (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex')),
};

export const embeddedParsers: { [oid: number]: Parse } = { ...PARSERS };

/** The `types` option of a `pg` connection. */
export const serverTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): Parse {
    return SERVER_PARSERS.get(oid) ?? types.getTypeParser(oid, format === 'binary' ? 'text' : format);
  },
};

const SERVER_PARSERS = new Map<number, Parse>([
  ...Object.entries(PARSERS).map(([oid, parse]): [number, Parse] => [Number(oid), parse]),
  [OID.int8Array, arrayOf(toNumber)],
  [OID.dateArray, arrayOf(asText)],
  [OID.numericArray, arrayOf(asText)],
  [OID.intervalArray, arrayOf(asText)],
  [OID.timestampArray, arrayOf((text) => new Date(`${text.replace(' ', 'T')}Z`))],
]);

/** Numbers beyond 2^53 would silently change; refusing is the honest answer. */
function toNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an int8 column holds a number beyond 2^53');
  return value;
}

function arrayOf(parse: Parse): Parse {
  const toTexts: (text: string) => readonly (string | null)[] = types.getTypeParser(TEXT_ARRAY_OID, 'text');
  return (text) => toTexts(text).map((item) => (item === null ? null : parse(item)));
}
