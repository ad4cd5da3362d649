// Stripe's way of writing nested values in a form and in a query: `line_items[0][price]=…`, `metadata[key]=…`, `expand[]=…`.

export interface FormTree {
  readonly [name: string]: FormValue;
}
export type FormValue = string | FormTree;

const MOST_DEEP = 6;

/** The members as a tree; list indexes are member names too. Keys that are not of the form are taken as they stand. */
export function treeOf(fields: URLSearchParams): FormTree {
  const root: Record<string, FormValue> = {};
  let lists = 0;
  for (const [key, value] of fields) {
    const path = pathOf(key).map((part) => {
      lists += 1;
      return part === '' ? `n${lists}` : part;
    });
    put(root, path, value);
  }
  return root;
}

function pathOf(key: string): readonly string[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(key);
  if (match === null) return [key];
  const [, first = key, rest = ''] = match;
  return [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, part = '']) => part)].slice(0, MOST_DEEP);
}

function put(root: Record<string, FormValue>, path: readonly string[], value: string): void {
  let at = root;
  for (const name of path.slice(0, -1)) {
    const below = Object.hasOwn(at, name) ? at[name] : undefined;
    const next: Record<string, FormValue> = typeof below === 'object' ? below : {};
    define(at, name, next);
    at = next;
  }
  define(at, path.at(-1) ?? '', value);
}

/** A member is always our own, whatever it is called. */
function define(object: Record<string, FormValue>, name: string, value: FormValue): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

export function textIn(tree: FormTree | null, name: string): string | null {
  const value = tree !== null && Object.hasOwn(tree, name) ? tree[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : null;
}

export function treeIn(tree: FormTree | null, name: string): FormTree | null {
  const value = tree !== null && Object.hasOwn(tree, name) ? tree[name] : undefined;
  return typeof value === 'object' ? value : null;
}

/** The members of a list, in order, whatever its indexes are. */
export function listIn(tree: FormTree | null, name: string): readonly FormValue[] {
  return Object.values(treeIn(tree, name) ?? {});
}

/** The texts of a flat map such as `metadata`; a member set to nothing is left out, which takes it away. */
export function textsIn(tree: FormTree | null, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(treeIn(tree, name) ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
