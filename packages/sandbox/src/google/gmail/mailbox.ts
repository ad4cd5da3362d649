// One mailbox: the story's copies for its owner, what tests put beside them, and what became of both. It never runs ahead
// of the world's time.
import type { Owner } from '../../world/world.ts';
import { DAY_MS, remembering, weekOf } from '../story-weeks.ts';
import type { Letter } from './letter.ts';
import { aloneUntil, copiesOf, type Copy, copyId, LIFE_MS, OWN_FROM, type Step, timeOfId } from './mail-life.ts';
import { createMailLog, historyIdAt, type MailLog, type MailRecord } from './mail-log.ts';
import type { MailStory } from './mail-story.ts';

/** The log begins this long before the stand-in does, so that a number from last week still means something. */
const LOOK_BACK_MS = 8 * DAY_MS;

/** A message as it stands now. */
export interface Mail {
  readonly copy: Copy;
  readonly labels: readonly string[];
  readonly historyId: bigint;
}

export interface MailboxDeps {
  readonly owner: Owner;
  readonly story: MailStory;
  readonly now: () => number;
  /** When the stand-in began, and when its story does. */
  readonly begun: number;
  readonly storyFrom: number;
}

export interface Mailbox {
  readonly owner: Owner;
  readonly log: MailLog;
  /** Lets happen what should have happened by now. */
  catchUp(): void;
  /** Null when there is no such message, or no longer. */
  get(id: string): Mail | null;
  /** Newest first, below the id `before`; `from` and `until` bound the time of arrival (milliseconds, `until` exclusive). */
  list(query: MailListQuery): readonly Mail[];
  /** Oldest first; empty when there is no such thread. */
  thread(id: string): readonly Mail[];
  count(): { readonly messages: number; readonly threads: number };
  /** Adds a message that is no part of the story. */
  put(letter: Omit<Letter, 'n' | 'at'>, labels: readonly string[], threadId: string | null): Copy;
  /** @throws Error when there is no such message */
  relabel(id: string, add: readonly string[], remove: readonly string[]): void;
  /** For good. @throws Error when there is no such message */
  erase(id: string): void;
  listen(listener: (record: MailRecord) => void): void;
}

export interface MailListQuery {
  readonly before: string | null;
  readonly from: number;
  readonly until: number;
  readonly limit: number;
  readonly keep: (mail: Mail) => boolean;
}

interface Standing {
  readonly labels: readonly string[];
  readonly historyId: bigint;
  readonly gone: boolean;
}

interface State extends MailboxDeps {
  readonly log: MailLog;
  readonly logFrom: number;
  readonly week: (week: number) => readonly Copy[];
  readonly own: Map<string, Copy>;
  readonly standings: Map<string, Standing>;
  readonly listeners: ((record: MailRecord) => void)[];
  upTo: number;
  lastOwn: bigint;
  counted: { messages: number; threads: number } | null;
}

export function openMailbox(deps: MailboxDeps): Mailbox {
  const logFrom = deps.begun - LOOK_BACK_MS;
  const state: State = {
    ...deps,
    log: createMailLog(logFrom),
    logFrom,
    week: remembering(60, (week) => deps.story.week(week).flatMap((letter) => copiesOf(letter, deps.owner))),
    own: new Map(),
    standings: new Map(),
    listeners: [],
    upTo: logFrom,
    lastOwn: 0n,
    counted: null,
  };
  return {
    owner: deps.owner,
    log: state.log,
    catchUp: () => catchUp(state),
    get: (id) => mailOf(state, findCopy(state, id)),
    list: (query) => list(state, query),
    thread: (id) => thread(state, id),
    count: () => (state.counted ??= count(state)),
    put: (letter, labels, threadId) => put(state, letter, { labels, threadId }),
    relabel: (id, add, remove) => change(state, copyOrFail(state, id), { at: deps.now(), add, remove, deletes: false }),
    erase: (id) => change(state, copyOrFail(state, id), { at: deps.now(), add: [], remove: [], deletes: true }),
    listen: (listener) => state.listeners.push(listener),
  };
}

function catchUp(state: State): void {
  const [from, to] = [state.upTo, state.now()];
  if (to <= from) return;
  state.upTo = to;
  const due: Due[] = [];
  for (let week = weekOf(from - LIFE_MS); week <= weekOf(to); week += 1)
    for (const copy of state.week(week)) due.push(...happeningsOf(copy).filter(({ at }) => at > from && at <= to));
  due.sort((a, b) => a.at - b.at || (a.copy.id < b.copy.id ? -1 : 1));
  for (const { copy, step } of due) {
    if (step === null) arrive(state, copy);
    else change(state, copy, step);
  }
}

interface Due {
  readonly at: number;
  readonly copy: Copy;
  /** Null for its arrival. */
  readonly step: Step | null;
}

function happeningsOf(copy: Copy): readonly Due[] {
  return [{ at: copy.at, copy, step: null }, ...copy.steps.map((step) => ({ at: step.at, copy, step }))];
}

function arrive(state: State, copy: Copy): void {
  const { id, threadId, labels, at } = copy;
  const record = state.log.add({ at, kind: 'messageAdded', message: { id, threadId }, labels, changed: [] });
  state.standings.set(id, { labels, historyId: record.id, gone: false });
  if (state.counted !== null) {
    state.counted.messages += 1;
    state.counted.threads += id === threadId ? 1 : 0;
  }
  tell(state, record);
}

function change(state: State, copy: Copy, step: Step): void {
  const standing = standingOf(state, copy);
  if (standing.gone) return;
  const { id, threadId } = copy;
  const note = (kind: MailRecord['kind'], labels: readonly string[], changed: readonly string[]) => {
    const record = state.log.add({ at: step.at, kind, message: { id, threadId }, labels, changed });
    state.standings.set(id, { labels, historyId: record.id, gone: kind === 'messageDeleted' });
    tell(state, record);
  };
  if (step.deletes) {
    if (state.counted !== null) state.counted.messages -= 1;
    return note('messageDeleted', standing.labels, []);
  }
  const added = step.add.filter((label) => !standing.labels.includes(label));
  const removed = step.remove.filter((label) => standing.labels.includes(label));
  const wider = [...standing.labels, ...added];
  if (added.length > 0) note('labelAdded', wider, added);
  const left = wider.filter((label) => !removed.includes(label));
  if (removed.length > 0) note('labelRemoved', left, removed);
}

function tell({ listeners }: State, record: MailRecord): void {
  for (const listener of listeners) listener(record);
}

/** How a copy stands now; what was never touched stands as its own steps before the log left it. */
function standingOf({ standings, logFrom }: State, copy: Copy): Standing {
  const known = standings.get(copy.id);
  if (known !== undefined) return known;
  const { labels, at, gone } = aloneUntil(copy, logFrom);
  return { labels, historyId: historyIdAt(at, copy.letter.n), gone };
}

function mailOf(state: State, copy: Copy | null): Mail | null {
  if (copy === null || copy.at > state.upTo) return null;
  const { labels, historyId, gone } = standingOf(state, copy);
  return gone ? null : { copy, labels, historyId };
}

function findCopy(state: State, id: string): Copy | null {
  if (!/^[0-9a-f]{16}$/.test(id)) return null;
  const own = state.own.get(id);
  if (own !== undefined) return own;
  const at = timeOfId(id);
  if (at < state.storyFrom || at > state.now()) return null;
  return state.week(weekOf(at)).find((copy) => copy.id === id) ?? null;
}

function copyOrFail(state: State, id: string): Copy {
  catchUp(state);
  const copy = findCopy(state, id);
  if (copy === null || mailOf(state, copy) === null) throw new Error('the mailbox has no such message');
  return copy;
}

function list(state: State, { before, from, until, limit, keep }: MailListQuery): readonly Mail[] {
  const found: Mail[] = [];
  const newest = Math.min(state.upTo, until - 1, before === null ? Number.POSITIVE_INFINITY : timeOfId(before));
  const oldest = Math.max(from, state.storyFrom);
  for (let week = weekOf(newest); week >= weekOf(oldest) && found.length < limit; week -= 1) {
    const copies = [...state.week(week), ...state.own.values().filter((copy) => weekOf(copy.at) === week)];
    copies.sort((a, b) => (a.id < b.id ? 1 : -1));
    for (const copy of copies) {
      if (copy.at < oldest || copy.at >= until || (before !== null && copy.id >= before)) continue;
      const mail = mailOf(state, copy);
      if (mail !== null && keep(mail)) found.push(mail);
      if (found.length >= limit) break;
    }
  }
  return found;
}

function thread(state: State, id: string): readonly Mail[] {
  if (!/^[0-9a-f]{16}$/.test(id) || timeOfId(id) > state.upTo) return [];
  // A conversation of the story stays within its week; what a test adds to it may come at any time.
  const copies = [...state.week(weekOf(timeOfId(id))), ...state.own.values()].filter(({ threadId }) => threadId === id);
  return copies
    .map((copy) => mailOf(state, copy))
    .filter((mail) => mail !== null)
    .sort((a, b) => (a.copy.id < b.copy.id ? -1 : 1));
}

function count(state: State): { messages: number; threads: number } {
  const keep = () => true;
  const all = list(state, {
    before: null,
    from: 0,
    until: Number.POSITIVE_INFINITY,
    limit: Number.POSITIVE_INFINITY,
    keep,
  });
  return { messages: all.length, threads: new Set(all.map(({ copy }) => copy.threadId)).size };
}

function put(
  state: State,
  letter: Omit<Letter, 'n' | 'at'>,
  { labels, threadId }: { readonly labels: readonly string[]; readonly threadId: string | null },
): Copy {
  catchUp(state);
  const at = state.now();
  const usual = BigInt(`0x${copyId(at, OWN_FROM, state.owner.n)}`);
  state.lastOwn = usual > state.lastOwn ? usual : state.lastOwn + 128n;
  const id = state.lastOwn.toString(16).padStart(16, '0');
  const whole = { ...letter, at, n: OWN_FROM };
  const copy = { id, threadId: threadId ?? id, at, letter: whole, labels, steps: [] };
  state.own.set(id, copy);
  arrive(state, copy);
  return copy;
}
