// Problems as the console reads them.
import { describe, expect, it } from 'vitest';
import { problemFrom } from './problem-error.ts';

describe('a problem', () => {
  it('carries what is to be shown and quoted', () => {
    const problem = problemFrom(409, {
      code: 'already_set_up',
      title: 'Already set up',
      detail: 'Sign in instead.',
      instance: 'req_1',
    });
    expect(problem).toMatchObject({
      status: 409,
      code: 'already_set_up',
      title: 'Already set up',
      detail: 'Sign in instead.',
      requestId: 'req_1',
    });
  });

  it('keeps the places it is about, and leaves out what is none', () => {
    const place = { pointer: '/body/ownerEmail', detail: 'This is not a mail address.' };
    expect(problemFrom(422, { errors: [place, null, 'x', { pointer: 3 }] }).places).toEqual([place]);
    expect(problemFrom(422, { errors: 'all of it' }).places).toEqual([]);
  });

  it('is made of anything, such as the error page of a proxy', () => {
    for (const body of [null, 'Bad gateway', 7, [], { code: 3 }]) {
      expect(problemFrom(502, body)).toMatchObject({ status: 502, code: 'http_502', detail: '', requestId: '' });
    }
  });
});
