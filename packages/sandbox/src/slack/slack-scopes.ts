// The scopes an app may ask for, each in a sentence, and which kind of channel needs which.
import type { ChannelKind } from './chat.ts';

const SCOPES: Readonly<Record<string, string>> = {
  'channels:history': 'Read messages in public channels it has been added to',
  'groups:history': 'Read messages in private channels it has been added to',
  'im:history': 'Read direct messages',
  'mpim:history': 'Read group direct messages',
  'channels:read': 'See public channels and who is in them',
  'groups:read': 'See private channels it has been added to',
  'im:read': 'See direct messages it is part of',
  'mpim:read': 'See group direct messages it is part of',
  'users:read': 'See the people of the workspace',
  'users:read.email': 'See the e-mail addresses of people',
  'team:read': 'See the name and domain of the workspace',
  'users.profile:read': 'See profile details of people',
  'conversations.connect:read': 'See invitations to shared channels',
  'channels:join': 'Join public channels',
  'chat:write': 'Send messages',
  'files:read': 'See files shared in channels it has been added to',
  'reactions:read': 'See reactions',
  'app_mentions:read': 'See messages that mention it',
  commands: 'Add slash commands',
};

/** What a scope allows, in a sentence; null when there is no such scope. */
export function sentenceOf(scope: string): string | null {
  return Object.hasOwn(SCOPES, scope) ? (SCOPES[scope] ?? null) : null;
}

const STEMS = { channel: 'channels', group: 'groups', im: 'im', mpim: 'mpim' } as const;

export function scopeFor(kind: ChannelKind, right: 'read' | 'history'): string {
  return `${STEMS[kind]}:${right}`;
}

/** A private channel is asked for as `private_channel`, everything else by its own name. */
export const TYPE_NAMES: Readonly<Record<string, ChannelKind>> = {
  public_channel: 'channel',
  private_channel: 'group',
  im: 'im',
  mpim: 'mpim',
};
