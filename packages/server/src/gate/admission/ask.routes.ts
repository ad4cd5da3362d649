// Ask the gate over HTTP: addresses, one message, or a whole file, decided against the workspace's book and policy.
// Nothing is stored; that somebody asked is audited, with counts only.
import { AskAnswer, AskRequest, MailFileQuery, RunReport } from '@sentinel/contract';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/db/database.ts';
import type { WorkspaceId } from '../../platform/ids.ts';
import { type Route, route } from '../../platform/http/route.ts';
import { problem } from '../../platform/problem.ts';
import { findContacts } from '../book/book.store.ts';
import { getSummary } from '../book/contact-list.store.ts';
import { MAIL_CONTENT_TYPES } from '../sources/content-types.ts';
import { readMail } from '../sources/mail-file.ts';
import type { InboundMessage } from './message.ts';
import { decidePage, type FindContacts } from './page.ts';
import { type CompiledPolicy, compilePolicy } from './policy.ts';
import { getCurrentPolicy } from './policy.store.ts';
import { mailboxesOf, type MemberAddresses } from './self.ts';
import { explainDecision, tryMail } from './try.ts';

interface AskDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly members: MemberAddresses;
  readonly assertPrivateLog: () => Promise<void>;
}

/** A dropped-in file is a message or two; a mailbox goes through try or import. */
const MAX_ASKED_BYTES = 10 * 1024 * 1024;
const MAX_ASKED_MESSAGES = 100;

export function askRoutes(deps: AskDependencies): readonly Route[] {
  return [askAddresses(deps), askFile(deps), tryFile(deps)];
}

function askAddresses(deps: AskDependencies): Route {
  return route({
    method: 'POST',
    path: '/v1/gate/ask',
    summary: 'Ask whether a message between these addresses would be kept',
    action: 'gate:ask',
    audit: 'gate.asked',
    body: AskRequest,
    answers: { 200: AskAnswer },
    problems: ['cannot_decide', 'no_self_identity', 'not_set_up'],
    rate: 'write',
    handle: async ({ caller, body, entry, now }) => {
      const policy = await loadPolicy(deps, caller.workspaceId, []);
      const [answer] = await decideAsked(deps.db, {
        workspaceId: caller.workspaceId,
        policy,
        messages: [messageOf(body)],
        decidedAt: now,
      });
      if (answer === undefined) throw new Error('one message asked, none answered');
      await deps.db.workspace(caller.workspaceId, (tx) =>
        entry.record(tx, { detail: { messages: 1, outcome: answer.explanation.outcome } }),
      );
      return answer;
    },
  });
}

function askFile(deps: AskDependencies): Route {
  return route({
    method: 'POST',
    path: '/v1/gate/ask/file',
    summary: 'Ask whether the messages of a small file would be kept',
    action: 'gate:ask',
    audit: 'gate.asked',
    query: MailFileQuery,
    stream: MAIL_CONTENT_TYPES,
    answers: { 200: z.object({ answers: z.array(AskAnswer) }) },
    problems: ['cannot_decide', 'no_self_identity', 'not_set_up', 'file_invalid', 'too_large'],
    rate: 'write',
    handle: async ({ caller, query, stream, entry, now }) => {
      const policy = await loadPolicy(deps, caller.workspaceId, mailboxesOf(query.mailbox));
      const messages: InboundMessage[] = [];
      let bytes = 0;
      for await (const item of readMail(bounded(stream), { format: query.format })) {
        if (item.kind === 'skipped') continue;
        bytes += item.message.size;
        if (bytes > MAX_ASKED_BYTES || messages.length === MAX_ASKED_MESSAGES)
          throw problem(
            'too_large',
            `At most ${MAX_ASKED_MESSAGES} messages of 10 MiB together; use a try for a mailbox.`,
          );
        messages.push(withoutContent(item.message));
      }
      if (messages.length === 0) throw problem('file_invalid', 'No message could be read from the file.');
      const answers = await decideAsked(deps.db, { workspaceId: caller.workspaceId, policy, messages, decidedAt: now });
      await deps.db.workspace(caller.workspaceId, (tx) => entry.record(tx, { detail: { messages: answers.length } }));
      return { answers };
    },
  });
}

function tryFile(deps: AskDependencies): Route {
  return route({
    method: 'POST',
    path: '/v1/gate/try',
    summary: 'Run the gate over a mail file in memory and report what would be kept',
    action: 'gate:ask',
    audit: 'gate.tried',
    query: MailFileQuery,
    stream: MAIL_CONTENT_TYPES,
    answers: { 200: RunReport },
    problems: ['cannot_decide', 'no_self_identity', 'not_set_up', 'file_invalid'],
    rate: 'upload',
    handle: async ({ caller, query, stream, entry }) => {
      const { workspaceId } = caller;
      const policy = await loadPolicy(deps, workspaceId, mailboxesOf(query.mailbox));
      const { contacts: bookContacts } = await deps.db.workspace(workspaceId, getSummary);
      const items = readMail(stream, { format: query.format });
      const { report } = await tryMail(items, {
        policy,
        bookContacts,
        clock: deps.clock,
        findContacts: lookUpIn(deps.db, workspaceId),
      });
      await deps.db.workspace(workspaceId, (tx) =>
        entry.record(tx, { detail: { messages: report.messages, wouldKeep: report.outcomes.passed ?? 0 } }),
      );
      return report;
    },
  });
}

async function loadPolicy(
  deps: AskDependencies,
  workspaceId: WorkspaceId,
  mailboxes: readonly string[],
): Promise<CompiledPolicy> {
  await deps.assertPrivateLog();
  const members = await deps.members(workspaceId);
  const current = await deps.db.workspace(workspaceId, getCurrentPolicy);
  return compilePolicy(current.version, current.policy, { mailboxes, members });
}

interface Asked {
  readonly workspaceId: WorkspaceId;
  readonly policy: CompiledPolicy;
  readonly messages: readonly InboundMessage[];
  readonly decidedAt: Date;
}

async function decideAsked(db: Database, { workspaceId, policy, messages, decidedAt }: Asked): Promise<AskAnswer[]> {
  const page = await decidePage(messages, policy, lookUpIn(db, workspaceId));
  const facts = { policyVersion: policy.version, bookRevision: page.bookRevision, decidedAt };
  return page.decided.map(({ decision }) => ({ explanation: explainDecision(decision.outcome, decision, facts) }));
}

function lookUpIn(db: Database, workspaceId: WorkspaceId): FindContacts {
  return (addresses, fold) => db.workspace(workspaceId, (tx) => findContacts(tx, addresses, fold));
}

function messageOf(body: z.output<typeof AskRequest>): InboundMessage {
  const field = (text: string) => (text.trim() === '' ? [] : [text]);
  return {
    kind: 'mail',
    source: 'ask',
    key: null,
    participants: {
      form: 'headers',
      from: field(body.from),
      to: field(body.to),
      cc: field(body.cc),
      bcc: field(body.bcc),
    },
    authenticationResults: [],
    labels: [],
    fromList: false,
    end: 0,
    size: 0,
    content: noContent,
  };
}

/** A question never reads content, so it need not hold any: a small gzip may hold much. */
function withoutContent(message: InboundMessage): InboundMessage {
  return { ...message, content: noContent };
}

function noContent(): Promise<never> {
  return Promise.reject(new Error('a question has no content'));
}

async function* bounded(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ASKED_BYTES)
      throw problem('too_large', 'At most 10 MiB can be asked about at once; use a try for a mailbox.');
    yield chunk;
  }
}
