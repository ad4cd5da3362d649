// The company's recurring meetings: endless ones, one that is over, group calendars as organizers, and the odd instance
// that is moved or called off.
import { seeded } from '../../random.ts';
import type { Owner, World } from '../../world/world.ts';
import type { Correspondents, Party } from '../correspondents.ts';
import { DAY_MS, HOUR_MS } from '../story-weeks.ts';
import { type Meeting, meetingId, type MeetingStep } from './meeting.ts';
import { GROUP_DOMAIN, invited, room } from './meeting-story.ts';
import { occurrences, parseRule } from './recurrence.ts';
import { dayOf, momentOf } from './zoned-time.ts';

export interface Series {
  readonly master: Meeting;
  /** What becomes of one instance; null for nothing. */
  readonly fate: (original: number) => MeetingStep | null;
}

export interface SeriesStoryDeps {
  readonly world: World;
  readonly correspondents: Correspondents;
  readonly begun: number;
  readonly storyFrom: number;
}

interface Plan {
  readonly summary: string;
  readonly rule: string;
  /** Minutes since midnight. */
  readonly at: number;
  readonly minutes: number;
  readonly organizer: Party;
  readonly guests: readonly Party[];
  readonly inRoom: boolean;
}

export const TEAM: Party = { name: 'Sales team', address: `c_sales0000000000000000000@${GROUP_DOMAIN}` };

export function tellSeries(deps: SeriesStoryDeps): readonly Series[] {
  const { owners } = deps.world;
  const everybody = owners.map(partyOf);
  const team = { organizer: TEAM, guests: everybody };
  const plans: Plan[] = [
    {
      ...team,
      summary: 'Stand-up',
      rule: 'FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR',
      at: 9 * 60 + 15,
      minutes: 15,
      inRoom: false,
    },
    { ...team, summary: 'Sales meeting', rule: 'FREQ=WEEKLY;BYDAY=MO', at: 10 * 60, minutes: 60, inRoom: true },
    ...owners.flatMap((owner) => plansOf(deps, owner)),
  ];
  return plans.map((plan, n) => seriesOf(deps, plan, n));
}

const partyOf = ({ name, address }: Owner): Party => ({ name, address });
const DAYS = ['TU', 'WE', 'TH', 'FR'];

function plansOf({ world, correspondents, begun, storyFrom }: SeriesStoryDeps, owner: Owner): readonly Plan[] {
  const random = seeded(world.seed * 131 + owner.n);
  const me = partyOf(owner);
  const next = world.owners[(owner.n + 1) % world.owners.length] ?? owner;
  const day = DAYS[owner.n % DAYS.length] ?? 'TU';
  const contact = correspondents.pick(random, owner.n, begun);
  const former = correspondents.pick(random, owner.n, begun);
  const over = new Date(storyFrom + (begun - storyFrom) / 2).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const own = { organizer: me, minutes: 30, inRoom: false };
  return [
    {
      ...own,
      summary: 'One to one',
      rule: `FREQ=WEEKLY;INTERVAL=2;BYDAY=${day}`,
      at: 14 * 60,
      guests: [me, partyOf(next)],
    },
    ...(contact === null
      ? []
      : [
          {
            ...own,
            summary: 'Account review',
            rule: `FREQ=WEEKLY;INTERVAL=4;BYDAY=${day}`,
            at: 11 * 60,
            guests: [me, contact],
          },
        ]),
    ...(former === null
      ? []
      : [
          {
            ...own,
            summary: 'Project call',
            rule: `FREQ=WEEKLY;UNTIL=${over};BYDAY=${day}`,
            at: 16 * 60,
            guests: [me, former],
          },
        ]),
  ];
}

function seriesOf({ world, storyFrom }: SeriesStoryDeps, plan: Plan, n: number): Series {
  const { summary, at, minutes, organizer, guests, inRoom } = plan;
  const rule = parseRule(plan.rule);
  const begin = momentOf(dayOf(storyFrom), at);
  const first = occurrences(rule, begin, { from: begin, to: begin + 60 * DAY_MS })[0] ?? begin;
  const id = meetingId(world.seed, 'series', n);
  const rooms = inRoom ? [room(seeded(world.seed))] : [];
  const attendees = invited(guests, organizer).map((guest) => ({ ...guest, answer: 'accepted' as const }));
  const master: Meeting = {
    id,
    uid: `${id}@google.com`,
    cancelled: false,
    when: { start: first, end: first + minutes * 60_000, allDay: false },
    summary,
    description: null,
    location: rooms[0]?.name ?? null,
    organizer,
    creator: guests[0] ?? organizer,
    attendees: [...attendees, ...rooms],
    created: storyFrom,
    updated: storyFrom,
    change: null,
    sequence: 0,
    rule,
    instance: null,
    private: false,
    guestsHidden: false,
    kind: 'default',
  };
  return { master, fate: (original) => fateOf(master, original, world.seed + n * 977) };
}

function fateOf({ when }: Meeting, original: number, seed: number): MeetingStep | null {
  const random = seeded(seed + Math.floor(original / HOUR_MS));
  const chance = random.next();
  const at = original - Math.floor((0.2 + 2.5 * random.next()) * DAY_MS);
  if (chance < 0.04) return { at, patch: { cancelled: true } };
  if (chance > 0.09) return null;
  const start = original + (1 + random.below(3)) * HOUR_MS;
  return { at, patch: { when: { start, end: start + when.end - when.start, allDay: false } } };
}
