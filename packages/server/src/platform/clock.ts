// Time is an argument: whoever needs "now" is handed a clock, so that tests own it.
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
