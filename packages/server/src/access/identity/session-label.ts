// What a session is called in the list of places where one is signed in: browser and system, never versions, which change
// by themselves and would only help to recognise a machine elsewhere.

const BROWSERS = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['CriOS/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;

const SYSTEMS = [
  ['Android', 'Android'],
  ['iPhone', 'iOS'],
  ['iPad', 'iPadOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
] as const;

const MOST = 60;

/**
 * @param userAgent the header, or the name a program gave itself
 * @returns null when nothing was said
 */
export function labelOf(userAgent: string | null): string | null {
  const text = (userAgent ?? '').replaceAll(/[^\x20-\x7e\u00a1-\uffff]/g, '').trim();
  if (text === '') return null;
  if (!text.startsWith('Mozilla/')) return text.slice(0, MOST);
  const browser = firstIn(text, BROWSERS) ?? 'A browser';
  const system = firstIn(text, SYSTEMS);
  return system === null ? browser : `${browser} on ${system}`;
}

/** The first entry whose mark the text has; order matters, as browsers also name those they descend from. */
function firstIn(text: string, marks: readonly (readonly [string, string])[]): string | null {
  return marks.find(([mark]) => text.includes(mark))?.[1] ?? null;
}
