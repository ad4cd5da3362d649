// Turns the text of a vCard file into logical lines: folded lines are joined (RFC 6350 §3.2), and so are the soft
// line breaks of quoted-printable values (vCard 2.1). Pictures and other long values are cut off, never gathered.

export interface VcardLine {
  readonly name: string;
  /** Upper-case parameters; a bare one of vCard 2.1 (`;QUOTED-PRINTABLE`) has an empty value. */
  readonly params: ReadonlyMap<string, string>;
  readonly value: string;
  /** The value was longer than is read, so it is not whole. */
  readonly cut: boolean;
}

/** Longest logical line that is kept, in characters. */
const MAX_LINE_LENGTH = 16 * 1024;

/** A line as it stands in the file. */
interface PhysicalLine {
  readonly text: string;
  readonly cut: boolean;
  readonly endsWithEquals: boolean;
}

/** Reads the properties of all cards, in order. Lines that are no property are passed over. */
export async function* readVcardLines(chunks: AsyncIterable<string>): AsyncGenerator<VcardLine> {
  let open: PhysicalLine | null = null;
  for await (const physical of physicalLines(chunks)) {
    if (open !== null && (/^[ \t]/.test(physical.text) || hasSoftBreak(open))) {
      open = join(open, physical);
      continue;
    }
    const line: VcardLine | null = open === null ? null : parseLine(open);
    if (line !== null) yield line;
    open = physical;
  }
  const last = open === null ? null : parseLine(open);
  if (last !== null) yield last;
}

function join(open: PhysicalLine, next: PhysicalLine): PhysicalLine {
  const { endsWithEquals } = next;
  if (open.text.length >= MAX_LINE_LENGTH) return { text: open.text, cut: true, endsWithEquals };
  const text = hasSoftBreak(open) ? `${open.text.slice(0, -1)}${next.text}` : open.text + next.text.slice(1);
  return {
    text: text.slice(0, MAX_LINE_LENGTH),
    cut: open.cut || next.cut || text.length > MAX_LINE_LENGTH,
    endsWithEquals,
  };
}

/** A `=` at the end of a quoted-printable value says that it goes on in the next line. */
function hasSoftBreak({ text, endsWithEquals }: PhysicalLine): boolean {
  return endsWithEquals && /^[^:]*QUOTED-PRINTABLE[^:]*:/i.test(text);
}

async function* physicalLines(chunks: AsyncIterable<string>): AsyncGenerator<PhysicalLine> {
  let rest = '';
  let cut = false;
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!\n|$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield physicalLine(line, cut);
      cut = false;
    }
    if (rest.length > MAX_LINE_LENGTH) {
      cut = true;
      // The last character may be a CR whose LF is still to come, or a soft line break.
      rest = rest.slice(0, MAX_LINE_LENGTH) + rest.slice(-2);
    }
  }
  if (rest !== '') yield physicalLine(rest.replace(/\r$/, ''), cut);
}

function physicalLine(line: string, cut: boolean): PhysicalLine {
  return {
    text: line.slice(0, MAX_LINE_LENGTH),
    cut: cut || line.length > MAX_LINE_LENGTH,
    endsWithEquals: line.endsWith('='),
  };
}

function parseLine({ text, cut }: PhysicalLine): VcardLine | null {
  const name = /^(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)(?=[;:])/.exec(text);
  if (name?.[1] === undefined) return null;
  const params = new Map<string, string>();
  let at = name[0].length;
  while (text[at] === ';') {
    const param = /^;([A-Za-z0-9-]+)(?:=((?:"[^"]*"|[^";:])*))?/.exec(text.slice(at, at + 1024));
    if (param?.[1] === undefined) return null;
    params.set(param[1].toUpperCase(), (param[2] ?? '').replaceAll('"', '').toUpperCase());
    at += param[0].length;
  }
  return text[at] === ':' ? { name: name[1].toUpperCase(), params, value: text.slice(at + 1), cut } : null;
}
