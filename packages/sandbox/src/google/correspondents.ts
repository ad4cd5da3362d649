// Who the owners write to and meet: a sample of the world's contacts as they were at the start, joined by those that come
// or change their address later. What was told once stays as it was told.
import type { Contact, World } from '../world/world.ts';
import type { Random } from '../random.ts';

const SAMPLE = 1_500;

export interface Party {
  readonly name: string;
  readonly address: string;
}

export interface Correspondent extends Party {
  /** The owner who looks after them. */
  readonly owner: number;
  readonly since: number;
}

export interface Correspondents {
  /** Somebody the owner knew at that time, which must be past when it is asked; more often one of their own; null in a world without contacts. */
  pick(random: Random, owner: number, at: number): Correspondent | null;
}

export function createCorrespondents(world: World): Correspondents {
  const start = world.now().getTime();
  const all: Correspondent[] = [];
  const add = (contact: Contact | null, since: number) => {
    if (contact === null || contact.address === null || contact.state !== 'live') return;
    const name = `${contact.given} ${contact.family}`.trim();
    all.push({ name, address: contact.address, owner: contact.owner, since });
  };
  const { count } = world.contacts;
  const size = Math.min(SAMPLE, count);
  // The sample is of the past as well: people write before anybody puts them into the CRM.
  for (let index = 0; index < size; index += 1) add(world.contacts.get(Math.floor((index * count) / size)), 0);
  world.listen(({ kind, what, n, at, ...rest }) => {
    const moved = kind === 'updated' && 'changed' in rest && rest.changed.includes('address');
    if (what === 'contact' && (kind === 'created' || moved)) add(world.contacts.get(n), Math.max(start, at.getTime()));
  });
  return { pick: (random, owner, at) => pick(all, { random, owner, at }) };
}

function pick(
  all: readonly Correspondent[],
  { random, owner, at }: { readonly random: Random; readonly owner: number; readonly at: number },
): Correspondent | null {
  let known = all.length;
  while (known > 0 && (all[known - 1]?.since ?? 0) > at) known -= 1;
  if (known === 0) return null;
  const own = random.chance(0.8);
  const first = random.below(known);
  if (!own) return all[first] ?? null;
  for (let step = 0; step < Math.min(known, 64); step += 1) {
    const found = all[(first + step) % known];
    if (found?.owner === owner) return found;
  }
  return all[first] ?? null;
}
