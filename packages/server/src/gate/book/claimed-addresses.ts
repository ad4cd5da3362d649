// Reads the addresses out of one cell or property. A value that is not plainly an address is skipped and counted,
// never guessed at, and never repeated in a report.
import { type Address, normaliseAddress } from '../admission/address.ts';
import { type BookSkipReason, type ClaimedAddress, MAX_ADDRESSES_PER_ROW, type SkippedRow } from './contact.ts';

/** Where a cell stands. */
export interface CellPlace {
  readonly row: number;
  readonly column: string;
}

/** Gathers the addresses of one row, each once, and the skips on the way. */
export class AddressGatherer {
  readonly found: ClaimedAddress[] = [];
  readonly skipped: SkippedRow[] = [];
  readonly #seen = new Set<Address>();

  /** @param text one address, or several as exporters write them: `;` (HubSpot), ` ::: ` (Google), comma or line end */
  add(text: string, place: CellPlace): void {
    const whole = readAddress(text);
    const pieces = whole === null ? text.split(/[;,|\r\n]|:::/) : [text];
    for (const piece of pieces) {
      if (piece.trim() === '') continue;
      this.#take(whole ?? readAddress(piece), place);
    }
  }

  #take(address: Address | null, place: CellPlace): void {
    if (address === null) return this.#skip('address_invalid', place);
    if (this.#seen.has(address)) return;
    if (this.found.length >= MAX_ADDRESSES_PER_ROW) return this.#skip('too_many_addresses', place);
    this.#seen.add(address);
    this.found.push({ address, column: place.column });
  }

  #skip(reason: BookSkipReason, place: CellPlace): void {
    const known = this.skipped.some((skip) => skip.reason === reason && skip.column === place.column);
    if (reason === 'too_many_addresses' && known) return;
    this.skipped.push({ kind: 'skipped', row: place.row, column: place.column, reason });
  }
}

/** A bare address, or one in angle brackets after a plain name. */
export function readAddress(text: string): Address | null {
  const trimmed = text.trim();
  const inBrackets = /^[^<>@"\\]*<([^<>\s]+)>$/.exec(trimmed)?.[1];
  return normaliseAddress(inBrackets ?? trimmed);
}

/** Text of a name, company or owner: one line, no control characters, bounded; null when nothing is left. */
export function readLabel(text: string): string | null {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)
    .toWellFormed();
  return clean === '' ? null : clean;
}
