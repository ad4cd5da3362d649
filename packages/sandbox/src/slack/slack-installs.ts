// Which app is installed in which workspace, and what its tokens are worth. Scopes only ever grow; with token rotation an
// access token lives twelve hours of the world's time and a refresh token is good once.
import { randomBytes } from 'node:crypto';
import type { RegisteredApp } from '../frame/stand-in.ts';
import { addChannel } from './chat-cast.ts';
import { addMember, addPost, type Chat, type ChatUser, removeMember } from './chat.ts';
import { slackId } from './slack-ids.ts';

export const ACCESS_SECONDS = 43_200;
/** After one more the oldest dies. */
const ACCESS_TOKENS_AT_ONCE = 2;

export type TokenKind = 'bot' | 'user';

export interface Install {
  readonly app: RegisteredApp;
  readonly appId: string;
  readonly teamId: string;
  readonly bot: ChatUser;
  readonly botScopes: Set<string>;
  /** What each user granted for acting as that user. */
  readonly userScopes: Map<string, Set<string>>;
  readonly installers: Set<string>;
  alive: boolean;
}

export interface Token {
  readonly text: string;
  readonly kind: TokenKind;
  readonly install: Install;
  readonly user: string;
  /** Milliseconds of the world's time; null never ends. */
  readonly endsAt: number | null;
  /** Why it is worth nothing any more. */
  dead: 'token_revoked' | 'account_inactive' | 'token_expired' | null;
}

export interface RefreshToken {
  readonly kind: TokenKind;
  readonly install: Install;
  readonly user: string;
}

export interface Revocation {
  readonly install: Install;
  readonly oauth: readonly string[];
  readonly bot: readonly string[];
  readonly uninstalled: boolean;
}

export interface Installs {
  readonly chat: Chat;
  readonly now: () => Date;
  readonly all: Install[];
  readonly tokens: Map<string, Token>;
  readonly refreshTokens: Map<string, RefreshToken>;
  /** Client ids of apps with token rotation. */
  readonly rotating: Set<string>;
  /** Told of every withdrawal. */
  readonly onRevoked: (revocation: Revocation) => void;
}

export function appIdOf(chat: Chat, app: RegisteredApp): string {
  return slackId('A', chat.seed, app.clientId);
}

export function findInstall(installs: Installs, clientId: string, teamId: string): Install | null {
  return installs.all.find(({ app, teamId: id, alive }) => alive && app.clientId === clientId && id === teamId) ?? null;
}

export interface Consent {
  readonly app: RegisteredApp;
  readonly user: ChatUser;
  readonly botScopes: readonly string[];
  readonly userScopes: readonly string[];
}

/** Installs, or adds to what is installed. The bot is then invited to where it is wanted, as colleagues would. */
export function install(installs: Installs, { app, user, botScopes, userScopes }: Consent): Install {
  const found = findInstall(installs, app.clientId, user.teamId) ?? createInstall(installs, app, user.teamId);
  const first = found.botScopes.size === 0 && botScopes.length > 0;
  for (const scope of botScopes) found.botScopes.add(scope);
  const own = found.userScopes.get(user.id) ?? new Set();
  for (const scope of userScopes) own.add(scope);
  if (userScopes.length > 0) found.userScopes.set(user.id, own);
  found.installers.add(user.id);
  if (first) welcomeBot(installs, found, user);
  return found;
}

function createInstall(installs: Installs, app: RegisteredApp, teamId: string): Install {
  const { chat } = installs;
  const appId = appIdOf(chat, app);
  const profile = { id: slackId('B', chat.seed, `${app.clientId} ${teamId}`), appId, name: app.clientId };
  const bot: ChatUser = {
    id: slackId('U', chat.seed, `bot ${app.clientId} ${teamId}`),
    teamId,
    name: app.clientId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    realName: app.clientId,
    address: null,
    kind: 'bot',
    deleted: false,
    title: '',
    status: '',
    updatedAt: installs.now(),
    bot: profile,
  };
  const made: Install = {
    app,
    appId,
    teamId,
    bot,
    botScopes: new Set(),
    userScopes: new Map(),
    installers: new Set(),
    alive: true,
  };
  installs.all.push(made);
  return made;
}

const INVITED = ['general', 'sales', 'deals-private'];

function welcomeBot({ chat, now }: Installs, { bot, teamId }: Install, installer: ChatUser): void {
  chat.users.set(bot.id, bot);
  for (const channel of chat.channels.values()) {
    const home = channel.teams.length === 1 && INVITED.includes(channel.name);
    const shared = channel.teams.length > 1;
    const wanted = home || shared || channel.kind === 'mpim';
    if (wanted && !channel.archived && channel.teams.includes(teamId)) addMember(chat, channel.id, bot.id, now());
  }
  const direct = addChannel(chat, {
    kind: 'im',
    name: '',
    members: [installer.id, bot.id],
    createdAt: now(),
    teams: [teamId],
  });
  addPost(chat, direct, { user: installer.id, text: 'Hello, what can you do?' }, now());
}

export interface Issued {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in?: number;
}

/** Tokens for the bot or for one user. Without rotation it is always the same token, as long as it lives. */
export function issueToken(installs: Installs, owner: Install, kind: TokenKind, user: string): Issued {
  if (installs.rotating.has(owner.app.clientId)) return issuePair(installs, owner, kind, user);
  const standing = tokensOf(installs, owner, kind, user).find(({ endsAt }) => endsAt === null);
  if (standing !== undefined) return { access_token: standing.text };
  const text = `${kind === 'bot' ? 'xoxb' : 'xoxp'}-${digits()}-${digits()}-${secret(18)}`;
  installs.tokens.set(text, { text, kind, install: owner, user, endsAt: null, dead: null });
  return { access_token: text };
}

function issuePair(installs: Installs, owner: Install, kind: TokenKind, user: string): Issued {
  const live = tokensOf(installs, owner, kind, user).filter(({ endsAt }) => endsAt !== null);
  const excess = Math.max(0, live.length - ACCESS_TOKENS_AT_ONCE + 1);
  for (const old of live.slice(0, excess)) old.dead = 'token_expired';
  const text = `xoxe.${kind === 'bot' ? 'xoxb' : 'xoxp'}-1-${secret(60)}`;
  const endsAt = installs.now().getTime() + ACCESS_SECONDS * 1000;
  installs.tokens.set(text, { text, kind, install: owner, user, endsAt, dead: null });
  const refresh = `xoxe-1-${secret(60)}`;
  installs.refreshTokens.set(refresh, { kind, install: owner, user });
  return { access_token: text, refresh_token: refresh, expires_in: ACCESS_SECONDS };
}

function tokensOf(installs: Installs, owner: Install, kind: TokenKind, user: string): Token[] {
  return [...installs.tokens.values()].filter(
    (token) => token.install === owner && token.kind === kind && token.user === user && token.dead === null,
  );
}

/** Takes a refresh token out of use and issues the next pair; null when it is not, or no longer, good. */
export function takeRefreshToken(installs: Installs, app: RegisteredApp, text: string): (RefreshToken & Issued) | null {
  const found = installs.refreshTokens.get(text);
  if (found === undefined || found.install.app.clientId !== app.clientId || !found.install.alive) return null;
  installs.refreshTokens.delete(text);
  return { ...found, ...issuePair(installs, found.install, found.kind, found.user) };
}

/** Changes a token without end into a pair that rotates; the old one dies. */
export function exchangeToken(installs: Installs, token: Token): Issued {
  // The pair comes first: only what lives may be counted against it.
  const issued = issuePair(installs, token.install, token.kind, token.user);
  token.dead = 'token_revoked';
  return issued;
}

/** What is wrong with a token, in Slack's words; null when it is good. */
export function flawOf(installs: Installs, token: Token): string | null {
  if (token.dead !== null) return token.dead;
  const user = installs.chat.users.get(token.user);
  if (user?.deleted === true) return 'account_inactive';
  return token.endsAt !== null && token.endsAt <= installs.now().getTime() ? 'token_expired' : null;
}

export function scopesOf({ kind, install: owner, user }: Token): ReadonlySet<string> {
  return kind === 'bot' ? owner.botScopes : (owner.userScopes.get(user) ?? new Set());
}

/** Withdraws all tokens of one owner, refresh tokens too, as `auth.revoke` does. */
export function revokeOwner(installs: Installs, { install: owner, kind, user }: Token): void {
  killTokens(installs, 'token_revoked', (each) => each.install === owner && each.kind === kind && each.user === user);
  const ids = [user];
  if (kind === 'user') owner.userScopes.delete(user);
  else owner.botScopes.clear();
  const none: readonly string[] = [];
  installs.onRevoked({
    install: owner,
    oauth: kind === 'user' ? ids : none,
    bot: kind === 'bot' ? ids : none,
    uninstalled: false,
  });
}

/** Takes an app out of a workspace: everything it had there is worth nothing. */
export function uninstall(installs: Installs, owner: Install): void {
  if (!owner.alive) return;
  const oauth = [...owner.userScopes.keys()];
  const bot = owner.botScopes.size > 0 ? [owner.bot.id] : [];
  owner.alive = false;
  killTokens(installs, 'account_inactive', (each) => each.install === owner);
  for (const channel of installs.chat.channels.values())
    removeMember(installs.chat, channel.id, owner.bot.id, installs.now());
  installs.onRevoked({ install: owner, oauth, bot, uninstalled: true });
}

function killTokens(
  installs: Installs,
  why: 'token_revoked' | 'account_inactive',
  which: (token: RefreshToken) => boolean,
): void {
  for (const token of installs.tokens.values()) if (token.dead === null && which(token)) token.dead = why;
  for (const [text, token] of installs.refreshTokens) if (which(token)) installs.refreshTokens.delete(text);
}

function digits(): string {
  return String(10_000_000_000 + randomBytes(4).readUInt32BE());
}

function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64url').replaceAll(/[-_]/g, 'x');
}
