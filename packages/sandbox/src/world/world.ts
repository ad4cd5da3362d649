// A made-up company that lives in time: the truth all stand-ins tell in their own words. The same seed and the same steps
// bring the same world, to the last id. People live at reserved domains only.

export interface World {
  readonly seed: number;
  /** The world's own time; it moves only by `advance`, and with the machine's clock when it was started `live`. */
  now(): Date;
  /** Moves time on; what happens in between happens in order, and listeners hear of it before this returns. */
  advance(ms: number): void;
  readonly company: { readonly name: string; readonly domain: string };
  readonly owners: readonly Owner[];
  readonly companies: CompanyBook;
  readonly contacts: Shelf<Contact>;
  readonly deals: Shelf<Deal>;
  readonly pipelines: readonly Pipeline[];
  /** Hears of every happening, in order. Answers how to stop. */
  listen(listener: (happening: Happening) => void): () => void;
  /** Called for every step of time, before `advance` returns, for stand-ins whose worlds (mail, chat) live beside this one. */
  onTime(listener: (from: Date, to: Date) => void): () => void;
  /** Stops following the machine's clock; nothing for a world that does not. */
  close(): void;
}

/** A salesperson of ours; also a mailbox, a calendar and a chat user. */
export interface Owner {
  readonly n: number;
  readonly name: string;
  readonly address: string;
}

export interface Company {
  readonly n: number;
  readonly name: string;
  readonly domain: string;
}

export interface CompanyBook {
  readonly count: number;
  get(n: number): Company | null;
}

export type RecordState = 'live' | 'archived' | 'erased' | 'merged';

/** What every record has, whatever it is about. */
export interface Kept {
  /** 0, 1, 2 … in order of creation; a stand-in makes its ids from it. */
  readonly n: number;
  readonly createdAt: Date;
  /** Moves with every change of a value; not with archiving, as at HubSpot. */
  readonly updatedAt: Date;
  /** Moves with everything, archiving included, as Salesforce's SystemModstamp. */
  readonly touchedAt: Date;
  readonly state: RecordState;
  readonly archivedAt: Date | null;
  /** The record it went into; null unless `merged`. */
  readonly mergedInto: number | null;
}

export interface Contact extends Kept {
  readonly given: string;
  readonly family: string;
  readonly address: string | null;
  readonly furtherAddresses: readonly string[];
  readonly phone: string | null;
  readonly title: string | null;
  readonly company: number;
  readonly owner: number;
}

export interface Deal extends Kept {
  readonly name: string;
  /** In the currency's unit, two decimals at most. */
  readonly amount: number;
  readonly currency: string;
  readonly pipeline: string;
  readonly stage: string;
  readonly closesOn: Date;
  readonly company: number;
  readonly contacts: readonly number[];
  readonly owner: number;
}

export interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly stages: readonly {
    readonly id: string;
    readonly name: string;
    readonly probability: number;
    readonly closed: 'won' | 'lost' | null;
  }[];
}

/** Values to create or change a record with. */
export type Draft<Item> = Partial<Omit<Item, keyof Kept>>;

/** All records of one kind. A million cost a few dozen megabytes, because what is not changed is made when asked for. */
export interface Shelf<Item extends Kept> {
  /** All that ever were, erased and merged ones included. */
  readonly count: number;
  get(n: number): Item | null;
  /** In order of `n`, from `from` on. */
  list(query: {
    readonly from: number;
    readonly limit: number;
    readonly states: readonly RecordState[];
  }): readonly Item[];
  /**
   * Changed at or after `since` and before `until`, in order of (that time, n); `after` continues behind an item of the last
   * page.
   *
   * @param by which time counts
   */
  changed(query: {
    readonly since: Date;
    readonly until?: Date;
    readonly by: 'updatedAt' | 'touchedAt';
    readonly states: readonly RecordState[];
    readonly after?: { readonly at: Date; readonly n: number };
    readonly limit: number;
  }): readonly Item[];
  countChanged(query: {
    readonly since: Date;
    readonly until?: Date;
    readonly by: 'updatedAt' | 'touchedAt';
    readonly states: readonly RecordState[];
  }): number;
  /** By address, lower case; contacts only. */
  findByAddress(address: string): Item | null;
  create(draft: Draft<Item>): Item;
  update(n: number, draft: Draft<Item>): Item;
  archive(n: number): Item;
  restore(n: number): Item;
  /** Gone for good, without a trace in lists (a privacy deletion). */
  erase(n: number): void;
  merge(winner: number, losers: readonly number[]): Item;
}

export type Happening =
  | {
      readonly kind: 'created' | 'updated' | 'archived' | 'restored' | 'erased';
      readonly what: 'contact' | 'deal';
      readonly n: number;
      readonly at: Date;
      /** Names of the members that changed; for `updated`. */
      readonly changed: readonly string[];
    }
  | {
      readonly kind: 'merged';
      readonly what: 'contact' | 'deal';
      readonly n: number;
      readonly losers: readonly number[];
      readonly at: Date;
    };

export interface WorldOptions {
  readonly seed?: number;
  /** How many contacts there are at the start, 100 to 1,000,000; 400 unless said. */
  readonly contacts?: number;
  /** How far the past goes back; 3 unless said. */
  readonly years?: number;
  /** The world's first now. */
  readonly now: Date;
  /** Whether time also moves with the machine's clock. */
  readonly live?: boolean;
}
