// Finds secrets in bytes, whole or in part and in several spellings, all of them in one pass: there are hundreds of secrets
// and many megabytes.

/** Enough of a secret to be sure that it is one, and as much as somebody might print of it. */
const PIECE = 24;

export interface LeakSearch {
  /** Adds secrets to look for. */
  add(secrets: readonly { readonly name: string; readonly text: string }[]): void;
  /** Names of what is in there. */
  namesIn(bytes: Uint8Array): readonly string[];
}

interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

export function createLeakSearch(): LeakSearch {
  const known = new Set<string>();
  /** By the first four bytes of a spelling. */
  const needles = new Map<number, Needle[]>();
  /** Whether any spelling begins with bytes of this hash; most places are done with after one look. */
  const hint = new Uint8Array(1 << 16);
  return {
    add: (secrets) => {
      for (const { name, text } of secrets) {
        if (known.has(text)) continue;
        known.add(text);
        for (const bytes of spellings(text)) {
          const start = bytes.readUInt32LE(0);
          needles.set(start, [...(needles.get(start) ?? []), { name, bytes }]);
          hint[hashOf(start)] = 1;
        }
      }
    },
    namesIn: (bytes) => [...found(bytes, needles, hint)],
  };
}

const hashOf = (start: number): number => (start ^ (start >>> 16)) & 0xffff;

function found(bytes: Uint8Array, needles: ReadonlyMap<number, readonly Needle[]>, hint: Uint8Array): Set<string> {
  const names = new Set<string>();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  for (let at = 0; at < buffer.length; at += 1) {
    // The four bytes that end here, the first of them lowest.
    start = (start >>> 8) | ((buffer[at] ?? 0) << 24);
    if (at < 3 || hint[hashOf(start)] === 0) continue;
    const from = at - 3;
    for (const { name, bytes: needle } of needles.get(start >>> 0) ?? [])
      if (buffer.compare(needle, 0, needle.length, from, Math.min(from + needle.length, buffer.length)) === 0)
        names.add(name);
  }
  return names;
}

/** Beginning and end of a secret, as they are and as texts carry bytes. */
function spellings(text: string): readonly Buffer[] {
  if (text.length < 16) throw new Error('too short to be told from chance');
  const pieces = new Set([text.slice(0, PIECE), text.slice(-PIECE)]);
  return [...new Set([...pieces].flatMap(spellingsOf))].map((spelling) => Buffer.from(spelling, 'latin1'));
}

function spellingsOf(piece: string): readonly string[] {
  const hex = Buffer.from(piece).toString('hex');
  const base64 = ['', 'x', 'xx'].map((before) =>
    Buffer.from(before + piece)
      .toString('base64')
      .slice(before === '' ? 0 : 4, -4),
  );
  const url = base64.map((each) => each.replaceAll('+', '-').replaceAll('/', '_'));
  const percent = [encodeURIComponent(piece), new URLSearchParams([['', piece]]).toString().slice(1)];
  return [
    piece,
    ...percent,
    hex,
    hex.toUpperCase(),
    Buffer.from(piece, 'utf16le').toString('latin1'),
    ...base64,
    ...url,
  ];
}
