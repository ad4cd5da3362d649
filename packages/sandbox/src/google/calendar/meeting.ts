// A meeting as it stands at a moment, whoever looks at it; and one of the story, with what will become of it.
import type { Party } from '../correspondents.ts';
import type { Rule } from './recurrence.ts';

export type Answer = 'needsAction' | 'declined' | 'tentative' | 'accepted';

export interface Attendee extends Party {
  readonly answer: Answer;
  readonly optional: boolean;
  /** A room. */
  readonly resource: boolean;
}

export interface When {
  /** Milliseconds; of a whole day, its midnight in UTC. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly allDay: boolean;
}

export interface Meeting {
  readonly id: string;
  /** The same in every attendee's copy, whatever system it is of. */
  readonly uid: string;
  readonly cancelled: boolean;
  readonly when: When;
  readonly summary: string;
  readonly description: string | null;
  readonly location: string | null;
  /** A person, or a group calendar. */
  readonly organizer: Party;
  readonly creator: Party;
  readonly attendees: readonly Attendee[];
  readonly created: number;
  readonly updated: number;
  /** Rises with every change that is no part of the story; null for the story's own. */
  readonly change: number | null;
  readonly sequence: number;
  readonly rule: Rule | null;
  /** For an instance of a series: the series' id and where the instance would have been. */
  readonly instance: { readonly series: string; readonly original: number; readonly exception: boolean } | null;
  readonly private: boolean;
  readonly guestsHidden: boolean;
  readonly kind: 'default' | 'outOfOffice' | 'focusTime';
}

export interface StoryMeeting {
  readonly first: Meeting;
  readonly steps: readonly MeetingStep[];
}

export interface MeetingStep {
  readonly at: number;
  readonly patch: Partial<Meeting>;
}

/** How a meeting of the story stands; null before anybody made it. */
export function standingAt({ first, steps }: StoryMeeting, now: number): Meeting | null {
  if (first.created > now) return null;
  let meeting = first;
  for (const { at, patch } of steps)
    if (at <= now)
      meeting = { ...meeting, ...patch, updated: at, sequence: meeting.sequence + (patch.when === undefined ? 0 : 1) };
  return meeting;
}

export function concerns({ organizer, creator, attendees }: Meeting, calendar: string): boolean {
  return (
    organizer.address === calendar ||
    creator.address === calendar ||
    attendees.some(({ address }) => address === calendar)
  );
}

/** The week a meeting's bucket lies in, or whose it is otherwise. */
export type MeetingOrigin = number | 'own' | 'series';

const ORIGINS = { own: 'vvvv', series: 'uuuu' } as const;

/** 26 characters of base32hex, as Google's: a made-up beginning, then where the meeting comes from. */
export function meetingId(seed: number, origin: MeetingOrigin, n: number): string {
  const place = typeof origin === 'number' ? origin.toString(32).padStart(4, '0') : ORIGINS[origin];
  let noise = '';
  let state = (Math.imul(seed + 1, 2_654_435_761) ^ Math.imul(n + 7, 40_503) ^ place.charCodeAt(3)) >>> 0;
  while (noise.length < 19) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    noise += (state >>> 27).toString(32);
  }
  return `${noise}${place}${n.toString(32).padStart(3, '0')}`;
}

/** The week and place a meeting of the story comes from; null for all others. */
export function storyPlace(id: string): { readonly week: number; readonly n: number } | null {
  const [, week, n] = /^[0-9a-v]{19}([0-9a-t][0-9a-v]{3})([0-9a-v]{3})$/.exec(id) ?? [];
  return week === undefined || n === undefined ? null : { week: Number.parseInt(week, 32), n: Number.parseInt(n, 32) };
}
