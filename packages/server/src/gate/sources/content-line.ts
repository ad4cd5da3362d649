// Reads the content lines of a calendar (RFC 5545 §3.1): unfolds them and divides one into name, parameters and value.
// A line that is not exactly of the grammar is none: nobody's address may come from a guess.

export interface ContentLine {
  /** Upper case. */
  readonly name: string;
  /** Values by upper-case parameter name; a repeated parameter keeps all of them. */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  readonly value: string;
}

/**
 * Unfolds a block of content lines. Works on bytes read as Latin-1, since a fold may stand inside a UTF-8 character;
 * `decodeLine` makes text of a line afterwards.
 */
export function unfoldLines(block: Buffer): readonly string[] {
  return block
    .toString('latin1')
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/);
}

/** The text of an unfolded line: UTF-8, with U+FFFD for what is not. */
export function decodeLine(line: string): string {
  return Buffer.from(line, 'latin1').toString('utf8');
}

/** Upper-case name of an unfolded line, or '' when it has none. */
export function lineName(line: string): string {
  return /^[A-Za-z0-9-]{1,60}(?=[:;])/.exec(line)?.[0].toUpperCase() ?? '';
}

/** Divides one unfolded, decoded line; null when it is not of the grammar. */
export function parseContentLine(line: string): ContentLine | null {
  const name = lineName(line);
  if (name === '') return null;
  const parameters = new Map<string, string[]>();
  let at = name.length;
  while (line[at] === ';') {
    PARAMETER_NAME.lastIndex = at;
    const key = PARAMETER_NAME.exec(line)?.[1]?.toUpperCase();
    if (key === undefined) return null;
    const values = parameters.get(key) ?? [];
    at = readValues(line, PARAMETER_NAME.lastIndex, values);
    parameters.set(key, values);
  }
  return line[at] === ':' ? { name, parameters, value: line.slice(at + 1) } : null;
}

const PARAMETER_NAME = /;([A-Za-z0-9-]+)=/y;
const PARAMETER_VALUE = /"([^"]*)"|([^";:,]*)/y;

/** Adds the values of a parameter, divided by commas; answers where they end. One at a time: a single pattern for the list would need a stack as long as it. */
function readValues(line: string, start: number, values: string[]): number {
  let at = start;
  for (;;) {
    PARAMETER_VALUE.lastIndex = at;
    const match = PARAMETER_VALUE.exec(line);
    values.push(match?.[1] ?? match?.[2] ?? '');
    at = PARAMETER_VALUE.lastIndex;
    if (match === null || line[at] !== ',') return match === null ? line.length : at;
    at += 1;
  }
}

/** Undoes the escapes of a TEXT value (RFC 5545 §3.3.11). */
export function unescapeText(value: string): string {
  return value.replace(/\\([\\;,nN])/g, (_whole, char: string) => (char === 'n' || char === 'N' ? '\n' : char));
}
