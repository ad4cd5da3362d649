// What a workspace is called in addresses and commands.

const LONGEST = 40;

/** A slug made of a name: lower-case ASCII letters, digits and single dashes; `workspace` when nothing is left of it. */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
  return plain === '' ? 'workspace' : plain;
}
