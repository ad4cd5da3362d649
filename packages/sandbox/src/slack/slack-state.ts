// What the parts of the Slack stand-in share, and how one of them refuses a call.
import type { Exchange, Ground } from '../frame/stand-in.ts';
import type { Chat } from './chat.ts';
import type { Installs, Token } from './slack-installs.ts';
import type { Limits } from './slack-limits.ts';
import type { Code } from './slack-oauth.ts';

export interface SlackState {
  readonly ground: Ground;
  readonly chat: Chat;
  readonly installs: Installs;
  readonly codes: Map<string, Code>;
  readonly limits: Limits;
  /** Milliseconds of the machine's clock. */
  readonly clock: () => number;
  /** Who an event concerned, by its `event_context`. */
  readonly contexts: Map<string, EventContext>;
}

export interface EventContext {
  readonly clientId: string;
  readonly authorizations: readonly Authorization[];
}

export interface Authorization {
  readonly enterprise_id: null;
  readonly team_id: string;
  readonly user_id: string;
  readonly is_bot: boolean;
  readonly is_enterprise_install: false;
}

/** One call of a method by somebody whose token is good. */
export interface Call {
  readonly state: SlackState;
  readonly exchange: Exchange;
  readonly method: string;
  readonly args: URLSearchParams;
  readonly token: Token;
}

export type SlackAnswer = Readonly<Record<string, unknown>>;

/** An answer that says `ok: false`. */
export class SlackRefusal extends Error {
  readonly answer: SlackAnswer;

  constructor(error: string, more: SlackAnswer = {}) {
    super(error);
    this.name = 'SlackRefusal';
    this.answer = { ok: false, error, ...more };
  }
}
