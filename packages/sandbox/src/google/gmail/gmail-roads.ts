// Gmail's addresses below `/gmail/v1/users/{user}`, read-only but for watching.
import { answerEmpty, answerJson, readJson } from '../../frame/answers.ts';
import { invalidArgument, notFound, refuse } from '../google-answers.ts';
import { assertScope, type Call } from '../oauth/bearer.ts';
import type { OAuth } from '../oauth/oauth.ts';
import { MAIL_HEADERS, MAIL_TEXT } from '../oauth/scopes.ts';
import { snippetOf } from './compose.ts';
import { historyShape } from './gmail-history.ts';
import { labelShape, labelsShape, sendAsShape } from './mail-labels.ts';
import type { MailQuota } from './mail-quota.ts';
import { parseSearch } from './mail-search.ts';
import type { MailWatches, WatchOrder } from './mail-watch.ts';
import type { Mail, Mailbox, MailListQuery } from './mailbox.ts';
import { attachmentShape, formatOf, messageShape } from './message-shape.ts';

export interface GmailRoads {
  readonly oauth: OAuth;
  readonly quota: MailQuota;
  readonly watches: MailWatches;
  readonly mailbox: (address: string) => Mailbox;
}

interface Visit {
  readonly roads: GmailRoads;
  readonly call: Call;
  readonly mailbox: Mailbox;
  /** May read headers only. */
  readonly headersOnly: boolean;
}

/** @throws GoogleRefusal */
export function answerGmail(roads: GmailRoads, call: Call): void {
  const [, user = '', rest = ''] = /^\/gmail\/v1\/users\/([^/]+)(\/.*)$/.exec(call.exchange.url.pathname) ?? [];
  const road = `${call.exchange.method} ${rest}`;
  const { switches } = roads.oauth;
  assertScope(call, MAIL_HEADERS);
  const asked = decodeURIComponent(user);
  if (asked !== 'me' && asked !== call.owner.address)
    throw refuse({
      code: 403,
      reason: 'forbidden',
      message: `Delegation denied for ${call.owner.address}`,
      status: 'PERMISSION_DENIED',
    });
  if (switches.mailOff.has(call.owner.address))
    throw refuse({
      code: 400,
      reason: 'failedPrecondition',
      message: 'Mail service not enabled',
      status: 'FAILED_PRECONDITION',
    });
  roads.quota.spend(call.owner.address, road);
  const mailbox = roads.mailbox(call.owner.address);
  const headersOnly = !MAIL_TEXT.some((scope) => call.scopes.includes(scope));
  const visit = { roads, call, mailbox, headersOnly };
  for (const [pattern, answer] of ROADS) {
    const found = pattern.exec(road);
    if (found !== null) return answer(visit, found[1] ?? '', found[2] ?? '');
  }
  throw notFound();
}

const ROADS: readonly (readonly [RegExp, (visit: Visit, id: string, part: string) => void])[] = [
  [/^GET \/profile$/, answerProfile],
  [/^GET \/messages$/, answerMessages],
  [/^GET \/messages\/([^/]+)$/, answerMessage],
  [/^GET \/messages\/([^/]+)\/attachments\/([^/]+)$/, answerAttachment],
  [/^GET \/threads$/, answerThreads],
  [/^GET \/threads\/([^/]+)$/, answerThread],
  [/^GET \/history$/, answerHistory],
  [/^GET \/labels$/, ({ call }) => answerJson(call.exchange, 200, labelsShape())],
  [/^GET \/labels\/([^/]+)$/, ({ call, mailbox }, id) => answerJson(call.exchange, 200, labelShape(mailbox, id))],
  [/^GET \/settings\/sendAs$/, ({ call }) => answerJson(call.exchange, 200, sendAsShape(call.owner))],
  [/^POST \/watch$/, answerWatch],
  [/^POST \/stop$/, answerStop],
];

function answerProfile({ call, mailbox }: Visit): void {
  const { messages, threads } = mailbox.count();
  answerJson(call.exchange, 200, {
    emailAddress: call.owner.address,
    messagesTotal: messages,
    threadsTotal: threads,
    historyId: String(mailbox.log.last()),
  });
}

function answerMessages(visit: Visit): void {
  const { mails, more } = page(visit);
  const messages = mails.map(({ copy }) => ({ id: copy.id, threadId: copy.threadId }));
  answerList(visit, { members: messages.length > 0 ? { messages } : {}, mails, more });
}

/** Threads of the messages found; one that goes on below the page comes again on the next. */
function answerThreads(visit: Visit): void {
  const { mails, more } = page(visit);
  const newest = new Map<string, Mail>();
  for (const mail of mails) if (!newest.has(mail.copy.threadId)) newest.set(mail.copy.threadId, mail);
  const threads = [...newest].map(([id, { copy, historyId }]) => ({
    id,
    snippet: snippetOf(copy.letter),
    historyId: String(historyId),
  }));
  answerList(visit, { members: threads.length > 0 ? { threads } : {}, mails, more });
}

interface Found {
  readonly mails: readonly Mail[];
  readonly more: boolean;
}

function answerList({ call }: Visit, { members, mails, more }: Found & { readonly members: object }): void {
  const last = mails.at(-1);
  answerJson(call.exchange, 200, {
    ...members,
    ...(more && last !== undefined && { nextPageToken: BigInt(`0x${last.copy.id}`).toString() }),
    resultSizeEstimate: more ? 201 : mails.length,
  });
}

function page({ call, mailbox, roads, headersOnly }: Visit): Found {
  const { query, owner, exchange } = call;
  const { ground } = roads.oauth;
  const q = query.get('q');
  if (q !== null && headersOnly) throw metadataOnly(`Metadata scope does not support 'q' parameter`);
  const search = parseSearch(q ?? '', ground.world.now().getTime(), owner.address);
  const labels = query.getAll('labelIds');
  const everywhere = search.everywhere || query.get('includeSpamTrash') === 'true' || labels.some(isHidden);
  const asked = limitOf(query, 100);
  const half = ground.faults.take('google', ['half_page'], `GET ${exchange.url.pathname}`) !== null;
  const limit = half ? Math.max(1, Math.floor(asked / 2)) : asked;
  const listed: MailListQuery = {
    before: beforeOf(query.get('pageToken')),
    from: search.from,
    until: search.until,
    limit: limit + 1,
    keep: (mail) =>
      (everywhere || !mail.labels.some(isHidden)) &&
      labels.every((label) => mail.labels.includes(label)) &&
      search.keep(mail),
  };
  const found = mailbox.list(listed);
  return { mails: found.slice(0, limit), more: found.length > limit };
}

const isHidden = (label: string): boolean => label === 'SPAM' || label === 'TRASH';

function beforeOf(token: string | null): string | null {
  if (token === null) return null;
  if (!/^\d{1,20}$/.test(token)) throw invalidArgument('Invalid pageToken');
  return BigInt(token).toString(16).padStart(16, '0');
}

/** Google cuts what is too large down to the most it gives: 500. */
function limitOf(query: URLSearchParams, usual: number): number {
  const text = query.get('maxResults');
  if (text === null) return usual;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) throw invalidArgument('Invalid maxResults');
  return Math.min(500, Number(text));
}

function answerMessage(visit: Visit, id: string): void {
  const { call, mailbox } = visit;
  const mail = mailbox.get(id);
  if (mail === null) throw notFound();
  answerJson(call.exchange, 200, shape(visit, mail));
}

function shape({ call, headersOnly }: Visit, mail: Mail): object {
  const format = formatOf(call.query.get('format'));
  if (headersOnly && (format === 'full' || format === 'raw'))
    throw metadataOnly(`Metadata scope doesn't allow format ${format.toUpperCase()}`);
  return messageShape(mail, call.owner.address, format, call.query.getAll('metadataHeaders'));
}

function answerAttachment({ call, mailbox, headersOnly }: Visit, id: string, attachment: string): void {
  if (headersOnly) throw metadataOnly('Metadata scope does not allow attachments');
  const mail = mailbox.get(id);
  if (mail === null) throw notFound();
  answerJson(call.exchange, 200, attachmentShape(mail, call.owner.address, attachment));
}

function answerThread(visit: Visit, id: string): void {
  const mails = visit.mailbox.thread(id);
  if (mails.length === 0) throw notFound();
  const historyId = mails.map((mail) => mail.historyId).reduce((a, b) => (a > b ? a : b));
  answerJson(visit.call.exchange, 200, {
    id,
    historyId: String(historyId),
    messages: mails.map((mail) => shape(visit, mail)),
  });
}

function answerHistory({ call, mailbox, roads }: Visit): void {
  const { faults, world } = roads.oauth.ground;
  const road = `GET ${call.exchange.url.pathname}`;
  if (faults.take('google', ['expired_cursor'], road) !== null) throw notFound();
  const twice = faults.take('google', ['duplicate_events'], road) !== null;
  const query = { query: call.query, limit: limitOf(call.query, 100), now: world.now().getTime(), twice };
  answerJson(call.exchange, 200, historyShape(mailbox, query));
}

function answerWatch({ call, mailbox, roads }: Visit): void {
  answerJson(call.exchange, 200, roads.watches.watch(mailbox, call.clientId, watchOrder(readJson(call.exchange))));
}

function watchOrder(json: unknown): WatchOrder {
  const body = typeof json === 'object' && json !== null ? json : {};
  const topicName = 'topicName' in body && typeof body.topicName === 'string' ? body.topicName : '';
  const labels: readonly unknown[] = 'labelIds' in body && Array.isArray(body.labelIds) ? body.labelIds : [];
  const behaviour = 'labelFilterBehavior' in body ? String(body.labelFilterBehavior).toLowerCase() : 'include';
  return {
    topicName,
    labelIds: labels.filter((label) => typeof label === 'string'),
    excludes: behaviour === 'exclude',
  };
}

function answerStop({ call, mailbox, roads }: Visit): void {
  roads.watches.stop(mailbox);
  answerEmpty(call.exchange);
}

function metadataOnly(message: string) {
  return refuse({ code: 403, reason: 'forbidden', message, status: 'PERMISSION_DENIED' });
}
