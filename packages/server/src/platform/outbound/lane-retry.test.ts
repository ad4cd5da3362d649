import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Dialect, plainDialect } from './dialect.ts';
import { OutboundFailed } from './guarded-fetch.ts';
import type { LaneKind, LaneRequest } from './lane.ts';
import {
  ADA,
  type Answering,
  asking,
  type Bench,
  createBench,
  drip,
  hang,
  json,
  KIND,
  reset,
  resetInBody,
  startProvider,
  text,
} from './outbound.testing.ts';

const times: number[] = [];
const provider = await startProvider(() => times.push(bench.time.now()));
afterAll(() => provider.close());
let bench: Bench;
const CALM: LaneKind = { ...KIND, breaker: { failures: 100, openMs: 1000 } };

beforeEach(() => {
  bench = createBench();
  provider.asked.length = 0;
  times.length = 0;
});
const ask = (answers: Answering[], more: Partial<LaneRequest<unknown>> = {}, kind = CALM) => {
  provider.answers = answers;
  return bench.drive(bench.lanes.lane('one', kind).ask(asking(`${provider.origin}/contacts`, more)));
};
const failure = async (work: Promise<unknown>): Promise<OutboundFailed> => {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof OutboundFailed)) throw new Error('it did not fail as it should', { cause: error });
  return error;
};

describe('a request on a lane', () => {
  it('answers what was asked for, as the schema says', async () => {
    const answer = await ask([json({ ...ADA, extra: 1 }, 201, { 'x-page': '2' })]);
    expect(answer).toMatchObject({ kind: 'ok', status: 201, value: ADA });
    expect(answer.kind === 'ok' && answer.headers.get('x-page')).toBe('2');
    expect(provider.asked).toEqual(['GET /contacts']);
  });

  it('takes HTML for no answer even where anything would do', async () => {
    const work = ask([text('<h1>Hello</h1>')], { answer: z.unknown(), retry: 'never' });
    expect(await failure(work)).toMatchObject({ reason: 'unreadable_answer' });
  });

  it('may delete, and an empty body is null', async () => {
    const empty: Answering = (_request, response) => void response.writeHead(204).end();
    expect(await ask([empty], { method: 'DELETE', answer: z.null() })).toMatchObject({ status: 204, value: null });
    expect(provider.asked).toEqual(['DELETE /contacts']);
  });

  it.each([
    ['429', json({}, 429)],
    ['500', json({}, 500)],
    ['502 with HTML', text('<h1>Bad gateway</h1>', 502)],
    ['503', json({}, 503)],
    ['a reset', reset],
    ['a reset in the middle of the body', resetInBody],
    ['silence', hang],
    ['a body that drips without an end', drip],
    ['HTML with status 200', text('<h1>Maintenance</h1>')],
    ['cut JSON', text('{"name":"A')],
    ['JSON of another shape', json({ name: 7 })],
    ['an empty body where there should be one', text('')],
  ])('is made again after %s', async (_what, answering) => {
    if (answering === hang || answering === drip) bench = createBench({ timeoutMs: 300 });
    expect(await ask([answering, answering, json(ADA)])).toMatchObject({ kind: 'ok', value: ADA });
    expect(provider.asked).toHaveLength(3);
  });

  it.each([
    ['limited', json({}, 429)],
    ['unavailable', json({}, 500)],
    ['no_answer', reset],
    ['no_answer', resetInBody],
    ['timed_out', hang],
    ['unreadable_answer', text('<h1>Maintenance</h1>')],
  ])('fails as %s after four exchanges, and no more', async (reason, answering) => {
    if (answering === hang) bench = createBench({ timeoutMs: 100 });
    expect(await failure(ask([answering]))).toMatchObject({ reason, message: `outbound request: ${reason}` });
    expect(provider.asked).toHaveLength(4);
  });

  it('fails when nobody listens, after four attempts', async () => {
    const closed = bench.lanes.lane('closed', CALM).ask(asking('http://127.0.0.1:1/'));
    expect(await failure(bench.drive(closed))).toMatchObject({ reason: 'no_answer', unsent: true });
    expect(await bench.metrics.text()).toContain('retries_total{kind="crm",reason="no_answer"} 3');
  });

  // What went wrong elsewhere: refusals were repeated because they were taken for a provider's 502.
  it.each([400, 402, 403, 404, 405, 408, 409, 410, 412, 413, 415, 422, 423, 451])(
    'is made once when the answer is %d',
    async (status) => {
      const answer = await ask([json({ message: 'no' }, status)]);
      expect(answer).toEqual({ kind: 'refused', status, code: `http_${status}`, json: { message: 'no' } });
      expect(provider.asked).toHaveLength(1);
    },
  );

  it('is made once when the token is not accepted, and the caller hears what was said', async () => {
    expect(await ask([json({ error: 'expired' }, 401)])).toEqual({ kind: 'unauthorised', json: { error: 'expired' } });
    expect(provider.asked).toHaveLength(1);
  });

  it('follows no redirect', async () => {
    const answer = await ask([json({}, 302, { location: `${provider.origin}/elsewhere` })]);
    expect(answer).toMatchObject({ kind: 'refused', code: 'http_302' });
    expect(provider.asked).toEqual(['GET /contacts']);
  });

  it('is made once when the answer is too large', async () => {
    expect(await failure(ask([json({ name: 'x'.repeat(20_000) })]))).toMatchObject({ reason: 'too_large' });
    expect(provider.asked).toHaveLength(1);
  });

  it('never goes where it may not', async () => {
    expect(await failure(ask([json(ADA)], { reach: 'public' }))).toMatchObject({ reason: 'address_refused' });
    expect(provider.asked).toHaveLength(0);
  });

  it('that must not be repeated is made once', async () => {
    expect(await failure(ask([json({}, 503)], { retry: 'never' }))).toMatchObject({ reason: 'unavailable' });
    expect(provider.asked).toHaveLength(1);
  });

  it.each([
    ['the answer is lost', resetInBody, 1],
    ['the provider broke', json({}, 500), 1],
    ['the answer cannot be read', text('<h1>Hello</h1>'), 1],
    ['the provider was busy', json({}, 503), 1],
    ['the provider asked for patience', json({}, 429), 2],
  ])('that may be sent once only, when %s, is made %#', async (_what, answering, exchanges) => {
    const work = ask([answering, json(ADA)], { method: 'POST', body: 'grant', retry: 'unsent_only' });
    if (exchanges === 1) await failure(work);
    else expect(await work).toMatchObject({ kind: 'ok' });
    expect(provider.asked).toHaveLength(exchanges);
  });

  it('is judged by what the provider means, not by the status alone', async () => {
    const dialect: Dialect = {
      judge: (answer) =>
        answer.status === 403 ? { kind: 'limited', retryAfterMs: 4_000 } : plainDialect.judge(answer),
    };
    expect(await ask([json({}, 403), json(ADA)], { dialect })).toMatchObject({ kind: 'ok' });
    expect(times).toEqual([0, 4_000]);
  });
});

describe('the pause between exchanges', () => {
  it('is drawn at random below a bound that doubles', async () => {
    await failure(ask([json({}, 503)]));
    expect(times).toEqual([0, 250, 750, 1750]);
  });

  it.each([
    ['seconds', '7', 7_000],
    ['a date', new Date(Date.UTC(2026, 0, 5, 9, 0, 9)).toUTCString(), 9_000],
    ['no time at all, so that of a limit without one', '0', 1_000],
    ['something else, likewise', 'later', 1_000],
  ])('is what Retry-After asks for: %s', async (_what, value, ms) => {
    // Without a Date of its own, a date in the answer counts from our clock.
    const limited: Answering = (request, response) => {
      response.sendDate = false;
      json({}, 429, { 'retry-after': value })(request, response);
    };
    expect(await ask([limited, json(ADA)])).toMatchObject({ kind: 'ok' });
    expect(times).toEqual([0, ms]);
  });

  // What went wrong elsewhere: Retry-After was ignored.
  it('is not begun when the provider asks for more than there is time: the caller is told, the lane waits', async () => {
    expect(await failure(ask([json({}, 429, { 'retry-after': '600' })]))).toMatchObject({
      reason: 'limited',
      retryAfterMs: 600_000,
    });
    expect(bench.time.now()).toBe(0);
    expect(bench.lanes.lane('one', CALM).state().openUntil).toEqual(
      new Date(bench.time.clock.now().getTime() + 600_000),
    );
    await bench.time.pass(1_000);
    expect(await failure(ask([json(ADA)]))).toMatchObject({ reason: 'limited', retryAfterMs: 599_000, unsent: true });
    expect(provider.asked).toHaveLength(1);
    await bench.time.pass(545_000);
    expect(await ask([json(ADA)])).toMatchObject({ kind: 'ok' });
    expect(times).toEqual([0, 600_000]);
  });

  it('holds for other requests of the lane too', async () => {
    provider.answers = [json({}, 503, { 'retry-after': '5' }), json(ADA)];
    const lane = bench.lanes.lane('one', { ...CALM, concurrency: 1 });
    await bench.drive(Promise.all([1, 2, 3].map(() => lane.ask(asking(provider.origin)))));
    expect(times).toEqual([0, 5_000, 5_000, 5_000]);
  });

  it('ends with the time a request has', async () => {
    await failure(ask([json({}, 503)], {}, { ...CALM, patienceMs: 800 }));
    expect(times).toEqual([0, 250, 750]);
    expect(await bench.metrics.text()).toContain('retries_total{kind="crm",reason="unavailable"} 2');
  });
});

describe('what a lane says when it fails', () => {
  it('names no host, no path and nothing of the answer', async () => {
    const canary = 'zelda@canary.example';
    const leaky = [json({ error: canary }, 500), text(`<p>${canary}</p>`), json({ [canary]: canary, name: 7 }), reset];
    for (const answering of leaky) {
      const error = await failure(ask([answering], { headers: { authorization: canary } }));
      const said = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
      expect(said).not.toContain('canary');
      expect(said).not.toContain('127.0.0.1');
    }
    expect(await bench.metrics.text()).not.toMatch(/canary|127\.0\.0\.1|contacts|"one"/);
  });
});
