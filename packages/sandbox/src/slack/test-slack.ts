// What the tests of the Slack stand-in share: installing it as a browser would, and calling it with Slack's own library.
import { WebClient } from '@slack/web-api';
import { type Alone, serveAlone } from '../frame/test-stand-in.ts';
import type { Channel, ChatUser } from './chat.ts';
import { openSlack, type Slack } from './slack.ts';

export const NOW = new Date('2026-06-03T10:00:00Z');
export const BACK = 'http://127.0.0.1/connections/callback';
export const app = { clientId: 'sentinel', clientSecret: 'made-up', signingSecret: 'signs', redirectUris: [BACK] };
/** The same with token rotation. */
export const turning = { ...app, clientId: 'turning', rotates: true };
export const READ =
  'channels:history,groups:history,im:history,mpim:history,channels:read,groups:read,im:read,mpim:read,users:read,users:read.email,team:read';

export interface Wish {
  readonly clientId?: string;
  readonly scope?: string;
  readonly user_scope?: string;
  /** Whose button is pressed; the first one's unless said, null for cancel. */
  readonly account?: string | null;
  readonly query?: Readonly<Record<string, string>>;
}

export async function startSlack() {
  const alone = await serveAlone(openSlack, { mount: '/slack', apps: [app, turning], now: NOW });
  const client = (token?: string) => clientOf(alone, token);
  const press = async (wish: Wish = {}) => await pressButton(alone, wish);
  const connect = async (wish: Wish = {}) => {
    const code = (await press(wish)).get('code') ?? '';
    const { clientId = app.clientId } = wish;
    return await client().oauth.v2.access({ client_id: clientId, client_secret: 'made-up', code, redirect_uri: BACK });
  };
  return {
    ...alone,
    chat: alone.standIn.chat,
    home: alone.standIn.chat.home.id,
    client,
    press,
    connect,
    bot: async (wish: Wish = {}) => client((await connect(wish)).access_token),
    people: () => [...alone.standIn.chat.users.values()],
    person: (which: (user: ChatUser) => boolean) => found([...alone.standIn.chat.users.values()].find(which)),
    channel: (name: string) => found(channelsOf(alone).find((each) => each.name === name)),
    shared: () => found(channelsOf(alone).find(({ teams, kind }) => teams.length > 1 && kind === 'channel')),
  };
}

/** What was refused, as the body of the answer; null when nothing was. */
export async function refusal(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => null,
    (error: { data?: unknown }) => error.data,
  );
}

/** A list of a page whose form the library does not know. */
export function listIn(page: object, name: string): readonly unknown[] {
  const value: unknown = Object.entries(page).find(([key]) => key === name)?.[1];
  return Array.isArray(value) ? value : [];
}

function channelsOf({ standIn }: Alone<Slack>): readonly Channel[] {
  return [...standIn.chat.channels.values()];
}

function found<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new Error('there is none');
  return item;
}

function clientOf({ base }: Alone<Slack>, token?: string): WebClient {
  return new WebClient(token, {
    slackApiUrl: `${base}/api/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
}

async function pressButton({ base }: Alone<Slack>, wish: Wish): Promise<URLSearchParams> {
  const { clientId = app.clientId, scope = READ, user_scope = '', account, query = {} } = wish;
  const fields = { client_id: clientId, scope, user_scope, redirect_uri: BACK, state: 's-1', ...query };
  const url = `${base}/oauth/v2/authorize?${new URLSearchParams(fields).toString()}`;
  const page = await (await fetch(url)).text();
  const who = account === undefined ? (/name="account" value="(\w+)"/.exec(page)?.[1] ?? '') : account;
  const body = new URLSearchParams(who === null ? { cancel: 'yes' } : { account: who });
  const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '').searchParams;
}
