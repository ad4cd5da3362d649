import { describe, expect, it } from 'vitest';
import { challengeOf, returnPath, takeCameBack } from './provider-sign-in.ts';

function storage(begun: unknown) {
  const items = new Map([['sentinel.sign-in', typeof begun === 'string' ? begun : JSON.stringify(begun)]]);
  return {
    getItem: (key: string) => items.get(key) ?? null,
    removeItem: (key: string) => void items.delete(key),
  };
}
const BEGUN = { verifier: 'v'.repeat(43), state: 's1', returnTo: '/console/audit?event=x' };

describe('coming back from a provider', () => {
  it('is believed in the tab that left, once', () => {
    const kept = storage(BEGUN);
    expect(takeCameBack('?code=c1&state=s1&iss=x', kept)).toEqual({
      code: 'c1',
      verifier: BEGUN.verifier,
      returnTo: '/console/audit?event=x',
    });
    expect(takeCameBack('?code=c1&state=s1', kept)).toBeNull();
  });

  it.each([
    ['another state', '?code=c1&state=s2', BEGUN],
    ['no state', '?code=c1', BEGUN],
    ['no code', '?state=s1', BEGUN],
    ['nothing begun', '?code=c1&state=s1', null],
    ['something else in the storage', '?code=c1&state=s1', '{"state":"s1"'],
    ['half of it in the storage', '?code=c1&state=s1', { state: 's1' }],
  ])('is not believed with %s', (_what, search, begun) => {
    expect(takeCameBack(search, storage(begun))).toBeNull();
  });
});

describe('where to go on', () => {
  it.each([
    ['/console', '/console'],
    ['/console/', '/console/'],
    ['/console?range=7d', '/console?range=7d'],
    ['/console/device?user_code=BCDF-GHJK', '/console/device?user_code=BCDF-GHJK'],
    ['/console/sign-in', '/console'],
    ['/console/callback?code=x', '/console'],
    ['/console/setup', '/console'],
    ['//elsewhere.example/console', '/console'],
    ['/consoles', '/console'],
    ['/console//elsewhere.example', '/console'],
    ['https://elsewhere.example/console', '/console'],
  ])('after %s is %s', (from, to) => {
    expect(returnPath(from)).toBe(to);
  });
});

it('makes the challenge of the example in RFC 7636, appendix B', async () => {
  expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});
