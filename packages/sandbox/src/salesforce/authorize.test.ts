import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { APP, authorizeUrl, CALLBACK, CREDENTIALS, post, startTestOrg, type TestOrg } from './test-org.ts';

let org: TestOrg;
beforeEach(async () => {
  org = await startTestOrg();
});
afterEach(async () => {
  await org.close();
});

describe('authorizing', () => {
  it('says a wrong app or address on the page, never to the address', async () => {
    for (const [changes, error] of [
      [{ client_id: 'nobody' }, 'invalid_client_id'],
      [{ redirect_uri: 'https://evil.example/' }, 'redirect_uri_mismatch'],
    ] as const) {
      const answer = await fetch(authorizeUrl(org, changes), { redirect: 'manual' });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(error);
    }
  });

  it.each([
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: 'api everything' }, 'invalid_scope'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ code_challenge: '' }, 'invalid_request'],
  ])('sends %o back as %s', async (changes, error) => {
    const back = await org.allow(authorizeUrl(org, { ...changes, state: 's' }));
    expect(back.searchParams.get('error')).toBe(error);
    expect(back.searchParams.get('state')).toBe('s');
  });

  it('sends a no back as access_denied', async () => {
    const back = await org.allow(authorizeUrl(org), { cancel: 'yes' });
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(back.searchParams.has('code')).toBe(false);
  });

  it('needs no challenge where the org does not ask for it', async () => {
    org.salesforce.configure({ requirePkce: false });
    const query = new URLSearchParams({ response_type: 'code', client_id: APP.clientId, redirect_uri: CALLBACK });
    const back = await org.allow(`${org.base}/services/oauth2/authorize?${query.toString()}`);
    const form = { grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '' };
    const answer = await post(org, '/services/oauth2/token', { ...form, redirect_uri: CALLBACK, ...CREDENTIALS });
    expect(answer.status).toBe(200);
  });
});
