import { gmail, type gmail_v1 } from '@googleapis/gmail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CALENDAR_READ,
  connected,
  GMAIL_HEADERS,
  GMAIL_READ,
  startTestGoogle,
  type TestGoogle,
} from '../test-google.ts';

let test: TestGoogle;
let api: gmail_v1.Gmail;
const userId = 'me';
const NO_RETRY = { retry: false };

beforeAll(async () => {
  test = await startTestGoogle();
  api = await clientFor([GMAIL_READ]);
});
afterAll(async () => {
  await test.close();
});

async function clientFor(scope: readonly string[]) {
  return gmail({ version: 'v1', auth: await connected(test, scope), rootUrl: test.origin });
}

const me = () => test.world.owners[0] ?? { n: 0, name: '', address: '' };

describe('what may be asked', () => {
  it('depends on the scope', async () => {
    const headers = await clientFor([GMAIL_HEADERS]);
    const { data } = await api.users.messages.list({ userId, maxResults: 1 });
    const id = data.messages?.[0]?.id ?? '';
    expect((await headers.users.messages.get({ userId, id, format: 'metadata' })).data.payload?.headers).toBeDefined();
    const full = headers.users.messages.get({ userId, id }, NO_RETRY);
    await expect(full).rejects.toMatchObject({ status: 403 });
    await expect(headers.users.messages.list({ userId, q: 'in:inbox' }, NO_RETRY)).rejects.toMatchObject({
      status: 403,
    });
    const none = await clientFor([CALENDAR_READ]);
    await expect(none.users.getProfile({ userId }, NO_RETRY)).rejects.toMatchObject({
      status: 403,
      response: {
        data: {
          error: {
            errors: [{ reason: 'insufficientPermissions' }],
            details: [{ reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }],
          },
        },
      },
    });
    await expect(api.users.getProfile({ userId: 'somebody.else@acme.example' }, NO_RETRY)).rejects.toMatchObject({
      status: 403,
    });
  });

  it('ends with the token, and says so as Google does', async () => {
    test.faults.set({ provider: 'google', kind: 'expired_token', times: 1 });
    await expect(api.users.getProfile({ userId }, NO_RETRY)).rejects.toMatchObject({
      status: 401,
      response: {
        data: { error: { status: 'UNAUTHENTICATED', errors: [{ reason: 'authError', location: 'Authorization' }] } },
      },
    });
    test.google.switches.mailOff.add(me().address);
    await expect(api.users.getProfile({ userId }, NO_RETRY)).rejects.toMatchObject({ status: 400 });
    test.google.switches.mailOff.clear();
  });

  it('is limited by units per minute of real time, in both of Google’s ways', async () => {
    let real = 0;
    const limited = await startTestGoogle({ google: { clock: () => real } });
    const auth = await connected(limited, [GMAIL_READ]);
    const client = gmail({ version: 'v1', auth, rootUrl: limited.origin, ...NO_RETRY });
    Object.assign(limited.google.switches, { mailUnitsPerMinute: 41 });
    const id = (await client.users.messages.list({ userId, maxResults: 1 })).data.messages?.[0]?.id ?? '';
    await client.users.messages.get({ userId, id });
    const tooMuch = async () => await client.users.messages.get({ userId, id });
    await expect(tooMuch()).rejects.toMatchObject({
      status: 403,
      response: { data: { error: { errors: [{ reason: 'userRateLimitExceeded', domain: 'usageLimits' }] } } },
    });
    limited.google.switches.mailLimitStatus = 429;
    await expect(tooMuch()).rejects.toMatchObject({
      status: 429,
      response: { data: { error: { status: 'RESOURCE_EXHAUSTED' } } },
    });
    real = 60_000;
    await expect(tooMuch()).resolves.toBeDefined();
    await limited.close();
  });
});
