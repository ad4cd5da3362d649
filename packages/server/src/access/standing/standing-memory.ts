// What is remembered of people's standing, and what each kind of change makes of it. Holds no connection and no clock.
import type { Change, ChangeKind, Changes } from './change.store.ts';
import type { Membership, PersonFacts } from './standing.ts';

/** People and memberships remembered at a time; the ones asked for longest ago are forgotten first. */
export const REMEMBERED = 50_000;

export class StandingMemory {
  readonly people = new Remembered<PersonFacts | null>();
  /** By the ids of workspace and person, with a space between; either id finds all that name it. */
  readonly memberships = new Remembered<Membership | null>((key) => key.split(' '));
  readonly #listeners = new Map<ChangeKind, (() => void)[]>();
  /** Null until they were read. */
  revoked: Set<string> | null = null;
  /** Whoever begins knows nothing that an earlier change could make wrong. */
  revision = Number.MAX_SAFE_INTEGER;

  /**
   * @param revoked all that could still be presented, when they were read anew; they take the place of what was known,
   *   which would otherwise only grow
   */
  learn(news: Changes, revoked: readonly string[] | null): void {
    if (news.incomplete) this.#forgetAll();
    else for (const change of news.changes) this.#apply(change);
    if (revoked !== null) this.revoked = new Set(revoked);
    this.revision = news.revision;
  }

  isRevoked(id: string): boolean {
    if (this.revoked === null) throw new Error('the revoked tokens were not read');
    return this.revoked.has(id);
  }

  listen(kind: ChangeKind, forget: () => void): void {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), forget]);
  }

  #forgetAll(): void {
    this.people.clear();
    this.memberships.clear();
    this.revoked = null;
    for (const forget of [...this.#listeners.values()].flat()) forget();
  }

  #apply({ kind, subject }: Change): void {
    if (kind === 'person') {
      this.people.forget(subject);
      this.memberships.forgetPart(subject);
    } else if (kind === 'member') this.memberships.forget(subject);
    else if (kind === 'workspace') this.memberships.forgetPart(subject);
    else if (kind === 'family' || kind === 'token') this.revoked?.add(subject);
    else if (kind === 'organisations') {
      this.people.clear();
      this.memberships.clear();
    }
    for (const forget of this.#listeners.get(kind) ?? []) forget();
  }
}

/** A bounded memory; a value may be null, which is remembered too. Forgetting costs what is forgotten. */
export class Remembered<Facts> {
  readonly #entries = new Map<string, { readonly facts: Facts }>();
  /** The keys that are remembered, by each of their parts. */
  readonly #byPart = new Map<string, Set<string>>();
  readonly #partsOf: (key: string) => readonly string[];

  /** @param partsOf what a key can be found by, beside itself */
  constructor(partsOf: (key: string) => readonly string[] = () => []) {
    this.#partsOf = partsOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** How many parts are indexed; none outlives the last key that has it. */
  get parts(): number {
    return this.#byPart.size;
  }

  get(key: string): { readonly facts: Facts } | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  put(key: string, facts: Facts): void {
    this.#entries.set(key, { facts });
    for (const part of this.#partsOf(key)) {
      const keys = this.#byPart.get(part);
      if (keys === undefined) this.#byPart.set(part, new Set([key]));
      else keys.add(key);
    }
    if (this.#entries.size <= REMEMBERED) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.forget(oldest);
  }

  forget(key: string): void {
    if (!this.#entries.delete(key)) return;
    for (const part of this.#partsOf(key)) {
      const keys = this.#byPart.get(part);
      keys?.delete(key);
      if (keys?.size === 0) this.#byPart.delete(part);
    }
  }

  /** Forgets every key with this part. */
  forgetPart(part: string): void {
    for (const key of this.#byPart.get(part) ?? []) this.forget(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#byPart.clear();
  }
}
