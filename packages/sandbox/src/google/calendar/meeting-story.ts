// The meetings of the whole company, week by week, made up from the seed when somebody looks; and its recurring ones.
import { makeStranger } from '../../people.ts';
import { type Random, seeded } from '../../random.ts';
import type { Owner, World } from '../../world/world.ts';
import type { Correspondents, Party } from '../correspondents.ts';
import { DAY_MS, HOUR_MS, remembering, startOfWeek, WEEK_MS } from '../story-weeks.ts';
import { type Attendee, type Meeting, meetingId, type MeetingStep, type StoryMeeting } from './meeting.ts';
import { dayOf, momentOf } from './zoned-time.ts';

export interface MeetingStory {
  week(week: number): readonly StoryMeeting[];
}

export interface MeetingStoryDeps {
  readonly world: World;
  readonly correspondents: Correspondents;
}

/** The domains are Google's own: programs know rooms and group calendars by them, and no mail goes there. */
export const ROOM_DOMAIN = 'resource.calendar.google.com';
export const GROUP_DOMAIN = 'group.calendar.google.com';
const PER_WEEK = 9;
/** Nobody books further ahead than this; the calendar need not look further for what is new. */
export const AHEAD_MS = 21 * DAY_MS;

const TITLES: readonly [string, ...string[]] = [
  'Offer review',
  'Site visit',
  'Demonstration',
  'Contract questions',
  'Roadmap',
  'Kick-off',
  'Prüfung vor Ort',
];
const INTERNAL: readonly [string, ...string[]] = ['Pipeline review', 'Planning', 'Coaching', 'Post-mortem'];
const SOLO: readonly [string, ...string[]] = ['Dentist', 'Parents evening', 'Car service'];

interface Teller {
  readonly deps: MeetingStoryDeps;
  readonly random: Random;
  readonly week: number;
  readonly owner: Owner;
}

type Plot = Partial<Meeting> & Pick<Meeting, 'organizer' | 'summary'>;

export function createMeetingStory(deps: MeetingStoryDeps): MeetingStory {
  return { week: remembering(80, (week) => tellWeek(deps, week)) };
}

function tellWeek(deps: MeetingStoryDeps, week: number): readonly StoryMeeting[] {
  const tellers = deps.world.owners.map((owner) => {
    const random = seeded(deps.world.seed * 999_983 + week * 389 + owner.n * 6_007);
    return { deps, random, week, owner };
  });
  let n = 0;
  return tellers.flatMap((teller) =>
    Array.from({ length: PER_WEEK - 3 + teller.random.below(7) }, () => {
      n += 1;
      return tell(teller, n);
    }),
  );
}

function tell(teller: Teller, n: number): StoryMeeting {
  const { random, week, deps } = teller;
  const day = dayOf(startOfWeek(week) + 12 * HOUR_MS) + random.below(5);
  const start = momentOf(day, (8 + random.below(9)) * 60 + 30 * random.below(2));
  const created = start - Math.floor((0.5 + 20 * random.next()) * DAY_MS);
  const id = meetingId(deps.world.seed, week, n);
  const plot = plotOf(teller, start);
  const first: Meeting = {
    id,
    uid: `${id}@google.com`,
    cancelled: false,
    when: { start, end: start + (1 + random.below(4)) * 30 * 60_000, allDay: false },
    description: null,
    location: null,
    creator: plot.organizer,
    attendees: [],
    created,
    updated: created,
    change: null,
    sequence: 0,
    rule: null,
    instance: null,
    private: false,
    guestsHidden: false,
    kind: 'default',
    ...plot,
  };
  return { first, steps: stepsOf(first, random, start) };
}

function plotOf({ deps, random, owner, week }: Teller, start: number): Plot {
  const me: Party = { name: owner.name, address: owner.address };
  // Weeks ahead are told early: only who was known before that can be met, or the same week would come out differently.
  const known = startOfWeek(week) - AHEAD_MS - 2 * WEEK_MS;
  const other = (): Party => deps.correspondents.pick(random, owner.n, known) ?? makeStranger(random);
  const chance = random.next();
  if (chance < 0.4) {
    const guests = [
      me,
      other(),
      ...(random.chance(0.3) ? [other()] : []),
      ...(random.chance(0.3) ? [colleague(deps, random, owner)] : []),
    ];
    const rooms = random.chance(0.4) ? [room(random)] : [];
    return {
      organizer: me,
      summary: random.pick(TITLES),
      attendees: [...invited(guests, me), ...rooms],
      location: rooms[0]?.name ?? null,
    };
  }
  if (chance < 0.52) {
    const host = other();
    // Invitations from elsewhere keep the other system's id.
    const uid = `040000008200E00074C5B7101A82E008${Math.floor(random.next() * 1e15)
      .toString(16)
      .toUpperCase()
      .padStart(16, '0')}`;
    return { organizer: host, summary: random.pick(TITLES), attendees: invited([host, me], host), uid };
  }
  if (chance < 0.67)
    return {
      organizer: me,
      summary: random.pick(INTERNAL),
      attendees: [...invited([me, colleague(deps, random, owner)], me), room(random)],
    };
  if (chance < 0.78) return { organizer: me, summary: random.pick(SOLO), private: true };
  if (chance < 0.83) return { organizer: me, summary: 'Focus time', kind: 'focusTime' };
  if (chance < 0.85) return { organizer: me, summary: 'Out of office', kind: 'outOfOffice' };
  if (chance < 0.9) {
    const midnight = dayOf(start) * DAY_MS;
    return { organizer: me, summary: 'Trade fair', when: { start: midnight, end: midnight + DAY_MS, allDay: true } };
  }
  const host = makeStranger(random);
  if (chance < 0.95)
    return {
      organizer: host,
      summary: 'Webinar',
      attendees: invited([me, other(), other()], host),
      guestsHidden: true,
    };
  return {
    organizer: host,
    summary: 'Getting to know each other',
    attendees: invited([host, me], host),
    private: true,
  };
}

/** Who calls a meeting has accepted it; the others have yet to answer. */
export function invited(guests: readonly Party[], organizer: Party): readonly Attendee[] {
  // Weeks ahead are told early: only who was known before that can be met, or the same week would come out differently.
  const known = new Map(guests.map((guest) => [guest.address, guest]));
  return [...known.values()].map(({ name, address }) => ({
    name,
    address,
    answer: address === organizer.address ? 'accepted' : 'needsAction',
    optional: false,
    resource: false,
  }));
}

export function room(random: Random): Attendee {
  const n = 1 + random.below(4);
  const address = `c_room${n}00000000000000000000@${ROOM_DOMAIN}`;
  return { name: `Room ${n}`, address, answer: 'accepted', optional: false, resource: true };
}

function colleague({ world }: MeetingStoryDeps, random: Random, owner: Owner): Party {
  const { owners } = world;
  const other = owners[(owner.n + 1 + random.below(Math.max(1, owners.length - 1))) % owners.length] ?? owner;
  return { name: other.name, address: other.address };
}

function stepsOf(first: Meeting, random: Random, start: number): readonly MeetingStep[] {
  const steps: MeetingStep[] = [];
  const span = start - first.created;
  const answer = random.pick(['accepted', 'accepted', 'accepted', 'tentative', 'declined'] as const);
  if (first.attendees.length > 0) {
    const attendees = first.attendees.map((each) => (each.answer === 'needsAction' ? { ...each, answer } : each));
    steps.push({ at: first.created + Math.floor(span * (0.05 + 0.3 * random.next())), patch: { attendees } });
  }
  const fate = random.next();
  const at = first.created + Math.floor(span * (0.4 + 0.5 * random.next()));
  if (fate < 0.12 && !first.when.allDay) {
    const later = (1 + random.below(48)) * HOUR_MS;
    steps.push({
      at,
      patch: { when: { start: first.when.start + later, end: first.when.end + later, allDay: false } },
    });
  } else if (fate < 0.2) steps.push({ at, patch: { cancelled: true } });
  return steps;
}
