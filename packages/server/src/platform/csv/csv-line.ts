// Writes CSV (RFC 4180) that is opened in spreadsheets: a cell that a spreadsheet would run as a formula gets an apostrophe
// before it, so that a name somebody chose can do nothing on the computer of whoever reads the list.

/** What makes a cell a formula or hides that it is one. */
const FORMULA = /^[=+\-@\t\r]/;
const SPECIAL = /[",\r\n]/;

/** One line with its end. Null is an empty cell. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: string | number | boolean | null): string {
  if (typeof cell !== 'string') return String(cell ?? '');
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
