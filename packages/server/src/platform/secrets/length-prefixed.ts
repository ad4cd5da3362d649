// Turns a list of fields into bytes without any doubt where one ends: what is hashed, signed or bound to a secret
// must not read the same for two different lists.

const ABSENT = 0xffff_ffff;

/**
 * Each field as its length in bytes (4 bytes, big-endian) and its UTF-8 bytes; null as the length 0xffffffff alone,
 * so that "absent" differs from "empty".
 *
 * @throws a fault when a field holds half a surrogate pair: encoding would replace it, and two texts would read the same
 */
export function lengthPrefixed(fields: readonly (string | null)[]): Uint8Array {
  return Buffer.concat(fields.flatMap(encodeField));
}

function encodeField(field: string | null): Buffer[] {
  const length = Buffer.alloc(4);
  if (field === null) {
    length.writeUInt32BE(ABSENT);
    return [length];
  }
  if (!field.isWellFormed()) throw new Error('a field to hash is not well-formed Unicode');
  const bytes = Buffer.from(field, 'utf8');
  length.writeUInt32BE(bytes.byteLength);
  return [length, bytes];
}
