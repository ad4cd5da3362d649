// Makes a world: its past at once, its future as time moves. Everything follows from the seed and the steps taken; only a
// world that follows the machine's clock depends on when it is asked.
import { COLLEAGUES, companyOf, COMPANY, customerAt } from '../people.ts';
import { contactKind } from './contact-kind.ts';
import { perform, plannedBetween, type Scene } from './daily-life.ts';
import { dealKind, PIPELINES } from './deal-kind.ts';
import { createdAtOf, type Past, seedPast } from './history.ts';
import { createShelf } from './shelf.ts';
import type { CompanyBook, Happening, World, WorldOptions } from './world.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365.25 * 24 * HOUR_MS;
const LONGEST_STEP_MS = 5 * YEAR_MS;
const TICK_MS = 250;
const CONTACTS_PER_DEAL = 6;
const WORLD_LIMITS = { contacts: { least: 100, most: 1_000_000 }, years: { least: 1, most: 20 } } as const;

interface Time {
  now: number;
  isMoving: boolean;
}

type TimeListener = (from: Date, to: Date) => void;

/**
 * @param clock the machine's, in milliseconds since 1970; only a `live` world reads it
 * @throws Error when there would be too few or too many contacts or years, or `now` is no time
 */
export function createWorld(options: WorldOptions, clock: () => number = Date.now): World {
  const { seed = 7, contacts: first = 400, years = 3, live = false } = options;
  assertOptions(first, years, options.now);
  const time: Time = { now: options.now.getTime(), isMoving: false };
  const news = createNews();
  const scene = makeScene({ seed, first, years, time, tell: news.tell });
  const timeListeners = new Set<TimeListener>();
  const advance = (ms: number) => move({ scene, time, listeners: timeListeners }, ms);
  return {
    seed,
    now: () => new Date(time.now),
    advance,
    company: COMPANY,
    owners: COLLEAGUES.map(({ name, address }, n) => ({ n, name, address })),
    companies: companyBook(scene),
    contacts: scene.contacts,
    deals: scene.deals,
    pipelines: PIPELINES,
    listen: news.listen,
    onTime: (listener) => subscribe(timeListeners, listener),
    close: live ? follow(clock, advance) : () => undefined,
  };
}

interface SceneOptions {
  readonly seed: number;
  readonly first: number;
  readonly years: number;
  readonly time: Time;
  readonly tell: (happening: Happening) => void;
}

function makeScene({ seed, first, years, time, tell }: SceneOptions): Scene {
  const now = () => time.now;
  const start = time.now;
  const begin = start - years * YEAR_MS;
  const ofDeals: Past = {
    seed: seed + 1,
    count: Math.ceil(first / CONTACTS_PER_DEAL),
    begin,
    now: start,
    isPeople: false,
  };
  const contacts = createShelf({ kind: contactKind(seed), now, tell }, first + 1024);
  seedPast(contacts, { seed, count: first, begin, now: start, isPeople: true });
  const kind = dealKind({
    seed,
    contacts: first,
    createdAt: (n) => createdAtOf(ofDeals, n),
    now: start,
    heir: contacts.heir,
  });
  const deals = createShelf({ kind, now, tell }, ofDeals.count + 1024);
  seedPast(deals, ofDeals);
  return { seed, first, contacts, deals };
}

/** As many companies as the contacts so far work at. */
function companyBook({ contacts }: Scene): CompanyBook {
  const count = () => Math.max(companyOf(399) + 1, companyOf(contacts.count - 1) + 1);
  return {
    get count() {
      return count();
    },
    get: (n) => (Number.isSafeInteger(n) && n >= 0 && n < count() ? { n, ...customerAt(n) } : null),
  };
}

interface Motion {
  readonly scene: Scene;
  readonly time: Time;
  readonly listeners: ReadonlySet<TimeListener>;
}

/** Hour by hour, so that what lives beside the world never falls far behind it. */
function move({ scene, time, listeners }: Motion, ms: number): void {
  if (!Number.isFinite(ms) || ms < 0 || ms > LONGEST_STEP_MS) throw new Error('time moves on by 0 ms to 5 years');
  if (time.isMoving) throw new Error('time is moving already');
  time.isMoving = true;
  try {
    const end = time.now + Math.floor(ms);
    while (time.now < end) {
      const from = time.now;
      const to = Math.min(end, (Math.floor(from / HOUR_MS) + 1) * HOUR_MS);
      for (const planned of plannedBetween(scene, from, to)) {
        time.now = planned.at;
        perform(scene, planned);
      }
      time.now = to;
      for (const listener of listeners) listener(new Date(from), new Date(to));
    }
  } finally {
    time.isMoving = false;
  }
}

/** Answers how to stop. Does not keep the process alive. */
function follow(clock: () => number, advance: (ms: number) => void): () => void {
  let last = clock();
  const timer = setInterval(() => {
    const now = clock();
    // A machine that slept, or whose clock was set, catches up no further than a world can step.
    const ms = Math.min(Math.max(0, now - last), LONGEST_STEP_MS);
    last = now;
    advance(ms);
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Tells happenings in order, also those that a listener brings about. */
function createNews() {
  const listeners = new Set<(happening: Happening) => void>();
  const waiting: Happening[] = [];
  let isTelling = false;
  const tell = (happening: Happening) => {
    waiting.push(happening);
    if (isTelling) return;
    isTelling = true;
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        for (const listener of listeners) listener(next);
    } finally {
      waiting.length = 0;
      isTelling = false;
    }
  };
  return { tell, listen: (listener: (happening: Happening) => void) => subscribe(listeners, listener) };
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function assertOptions(contacts: number, years: number, now: Date): void {
  const { contacts: people, years: past } = WORLD_LIMITS;
  if (!Number.isSafeInteger(contacts) || contacts < people.least || contacts > people.most)
    throw new Error(`a world has ${people.least} to ${people.most} contacts`);
  if (!Number.isFinite(years) || years < past.least || years > past.most)
    throw new Error(`a world is ${past.least} to ${past.most} years old`);
  if (!Number.isFinite(now.getTime())) throw new Error('a world needs a time');
}
