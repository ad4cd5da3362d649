// The short code of a program that wants to be signed in, as people type it.

const LENGTH = 8;
const HALF = 4;

/** Upper case, without anything that is no letter, with a hyphen in the middle once there is a second half. */
export function spellCode(text: string): string {
  const letters = lettersOf(text).slice(0, LENGTH);
  return letters.length > HALF ? `${letters.slice(0, HALF)}-${letters.slice(HALF)}` : letters;
}

export function isWholeCode(text: string): boolean {
  return lettersOf(text).length === LENGTH;
}

function lettersOf(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z]/g, '');
}

/** What the address of the page says. */
export interface DeviceSearch {
  readonly user_code?: string;
}

export function readDeviceSearch(search: Record<string, unknown>): DeviceSearch {
  const given = search['user_code'];
  return typeof given === 'string' && isWholeCode(given) ? { user_code: spellCode(given) } : {};
}
