// What the address of the contact book says: the text searched for, and whether the import is open.

export interface BookSearch {
  readonly search?: string;
  readonly import?: true;
}

export function readBookSearch(search: Record<string, unknown>): BookSearch {
  const given = search['search'];
  // The router reads a bare number as one; it was typed as text.
  const text = typeof given === 'string' || typeof given === 'number' ? String(given).slice(0, 200) : '';
  return { ...(text === '' ? {} : { search: text }), ...(search['import'] === true ? { import: true } : {}) };
}
