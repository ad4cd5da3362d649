// What of an address a page understood. The router lays the parsed search part over the one as it was typed, so a
// field that a page left out would come back raw; here it is blanked instead, and the page sees its default.

/**
 * Makes a reader of the search part authoritative: what it does not return is not there.
 *
 * @param read returns only the fields that it understood
 */
export function understood<Search extends object>(
  read: (search: Record<string, unknown>) => Search,
): (search: Record<string, unknown>) => Search {
  return (search) => {
    const blank = Object.fromEntries(Object.keys(search).map((name) => [name, undefined]));
    return { ...blank, ...read(search) };
  };
}
