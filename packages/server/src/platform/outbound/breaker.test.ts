import { beforeEach, describe, expect, it } from 'vitest';
import { createBreaker, type Breaker, type Evidence } from './breaker.ts';

const START = Date.UTC(2026, 0, 5);
let now = START;
let opened = 0;
let closed = 0;
let breaker: Breaker;
const pass = (evidence: Evidence): void => breaker.enter()?.settle(evidence);

beforeEach(() => {
  now = START;
  opened = 0;
  closed = 0;
  breaker = createBreaker({
    settings: { failures: 3, openMs: 1000 },
    clock: { now: () => new Date(now) },
    onOpen: () => void (opened += 1),
    onClose: () => void (closed += 1),
  });
});
const fail = (times: number): void => {
  for (let n = 0; n < times; n += 1) pass('failed');
};

describe('a breaker', () => {
  it('opens after failures in a row, for a time', () => {
    fail(2);
    expect(breaker.state()).toEqual({ breaker: 'closed', openUntil: null });
    fail(1);
    expect(breaker.state()).toEqual({ breaker: 'open', openUntil: new Date(START + 1000) });
    expect([breaker.enter(), opened]).toEqual([null, 1]);
    now += 1000;
    expect(breaker.state()).toEqual({ breaker: 'half_open', openUntil: null });
  });

  it('counts anew after an answer, and what shows nothing counts for nothing', () => {
    fail(2);
    pass('answered');
    fail(2);
    pass('none');
    expect(breaker.state().breaker).toBe('closed');
    fail(1);
    expect(breaker.state().breaker).toBe('open');
  });

  it('lets one probe through, and closes or opens again by what it shows', () => {
    fail(3);
    now += 1000;
    const probe = breaker.enter();
    expect([probe === null, breaker.enter(), breaker.state().breaker]).toEqual([false, null, 'half_open']);
    probe?.settle('failed');
    expect([breaker.state().breaker, breaker.enter(), opened]).toEqual(['open', null, 2]);
    now += 1000;
    pass('answered');
    expect([breaker.state().breaker, closed]).toEqual(['closed', 1]);
    fail(2);
    expect(breaker.state().breaker).toBe('closed');
  });

  it('takes a probe that was given up for no proof: the next request is the probe', () => {
    fail(3);
    now += 1000;
    pass('none');
    expect([breaker.state().breaker, closed]).toEqual(['half_open', 0]);
    expect([breaker.enter() === null, breaker.enter()]).toEqual([false, null]);
  });

  it('pays no heed to requests from before it opened', () => {
    const late = Array.from({ length: 8 }, () => breaker.enter());
    fail(3);
    for (const each of late.slice(0, 3)) each?.settle('failed');
    late[3]?.settle('answered');
    expect([breaker.state().openUntil, opened]).toEqual([new Date(START + 1000), 1]);
    now += 1000;
    const probe = breaker.enter();
    for (const each of late.slice(4)) each?.settle('failed');
    expect([breaker.enter(), breaker.state().breaker]).toEqual([null, 'half_open']);
    probe?.settle('answered');
    expect(breaker.state().breaker).toBe('closed');
  });

  it('is not open for longer because a clock was set back', () => {
    fail(3);
    now -= 3_600_000;
    expect(breaker.state().openUntil).toEqual(new Date(now + 1000));
    now += 1000;
    expect(breaker.enter()).not.toBeNull();
  });
});
