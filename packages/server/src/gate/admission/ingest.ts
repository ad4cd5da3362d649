// The one road: every source hands its messages to `ingestPage`, and nothing else can store one.
// Decide first, then store: content is parsed only after the gate said yes, and the whole page (outcomes, messages,
// matched contacts, the cursor of the source) is one transaction.
import { createHash } from 'node:crypto';
import type { OutcomeToken } from '@sentinel/contract';
import type { Clock } from '../../platform/clock.ts';
import type { Database, WorkspaceTx } from '../../platform/db/database.ts';
import { type ImportId, type MessageId, newId, type OutcomeId, type WorkspaceId } from '../../platform/ids.ts';
import { findContacts } from '../book/book.store.ts';
import { type DecidedMessage, decidePage } from './page.ts';
import { type KeptMessage, type LedgerEntryDraft, writePage } from './ledger.store.ts';
import type { InboundMessage } from './message.ts';
import { compilePolicy, type SelfAddresses } from './policy.ts';
import { identityOf } from './identity.ts';
import { getCurrentPolicy } from './policy.store.ts';

export interface IngestContext {
  readonly db: Database;
  readonly workspaceId: WorkspaceId;
  readonly ours: SelfAddresses;
  readonly importId: ImportId | null;
  readonly clock: Clock;
}

/** Moves the cursor of a source inside the page's transaction; throwing undoes the page. */
export interface CursorStep {
  claim(tx: WorkspaceTx): Promise<void>;
  settle(tx: WorkspaceTx, outcomes: readonly OutcomeToken[]): Promise<void>;
}

export interface IngestedPage {
  readonly outcomes: readonly OutcomeToken[];
}

/**
 * Decides and persists one page of messages: one look-up, one write transaction.
 *
 * @throws whatever the database throws; then nothing of the page was stored and the source's cursor did not move,
 *   so the same page is asked again later
 */
export async function ingestPage(
  context: IngestContext,
  messages: readonly InboundMessage[],
  cursor: CursorStep,
): Promise<IngestedPage> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ingestOnce(context, messages, cursor);
    } catch (error) {
      if (messages.length > 0 && isDataFault(error)) return await ingestDoubtful(context, messages, cursor);
      if (attempt === ATTEMPTS || !isContention(error)) throw error;
    }
  }
}

const ATTEMPTS = 3;

async function ingestOnce(
  context: IngestContext,
  messages: readonly InboundMessage[],
  cursor: CursorStep,
  refused: ReadonlySet<InboundMessage> = new Set(),
): Promise<IngestedPage> {
  return await context.db.workspace(
    context.workspaceId,
    async (tx) => {
      await cursor.claim(tx);
      const current = await getCurrentPolicy(tx);
      const policy = compilePolicy(current.version, current.policy, context.ours);
      const page = await decidePage(messages, policy, (addresses, fold) => findContacts(tx, addresses, fold));
      const drafts = await Promise.all(page.decided.map((decided) => draftOf(decided, refused)));
      const outcomes = await writePage(tx, drafts, {
        importId: context.importId,
        policyVersion: policy.version,
        bookRevision: page.bookRevision,
        decidedAt: context.clock.now(),
      });
      await cursor.settle(tx, outcomes);
      return { outcomes };
    },
    'ingest',
  );
}

/**
 * The database refused a value of this page. Which messages it is, is found by rehearsing halves and undoing them; they
 * are recorded as `fail_closed`, so one unstorable message never holds up, or takes down, its neighbours.
 */
async function ingestDoubtful(
  context: IngestContext,
  messages: readonly InboundMessage[],
  cursor: CursorStep,
): Promise<IngestedPage> {
  const refused = new Set(await findRefused(context, messages));
  return await ingestOnce(context, messages, cursor, refused);
}

async function findRefused(
  context: IngestContext,
  messages: readonly InboundMessage[],
): Promise<readonly InboundMessage[]> {
  if (messages.length === 0 || (await rehearse(context, messages))) return [];
  if (messages.length === 1) return messages;
  const half = Math.ceil(messages.length / 2);
  return [
    ...(await findRefused(context, messages.slice(0, half))),
    ...(await findRefused(context, messages.slice(half))),
  ];
}

/** Whether these messages could be written; nothing of the rehearsal stays. */
async function rehearse(context: IngestContext, messages: readonly InboundMessage[]): Promise<boolean> {
  try {
    await ingestOnce(context, messages, UNDO);
    return true;
  } catch (error) {
    if (error instanceof Undone) return true;
    if (isDataFault(error)) return false;
    throw error;
  }
}

class Undone extends Error {}

const UNDO: CursorStep = {
  claim: async () => {},
  settle: async () => {
    throw new Undone('rehearsal undone');
  },
};

/** SQLSTATE classes 22 (data exception), 23 (integrity) and 54 (limit): the value is at fault, not the moment. */
function isDataFault(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlStateOf(error));
}

/** Deadlock and serialisation failure: the page was undone, and may simply be written again. */
function isContention(error: unknown): boolean {
  return ['40P01', '40001'].includes(sqlStateOf(error));
}

function sqlStateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

async function draftOf(decided: DecidedMessage, refused: ReadonlySet<InboundMessage>): Promise<LedgerEntryDraft> {
  const { message, decision } = decided;
  const draft = {
    outcomeId: newId<OutcomeId>(),
    source: message.source,
    counts: decision.counts,
    senderVerdict: decision.senderVerdict,
  };
  if (decision.outcome !== 'passed') return { ...draft, outcome: decision.outcome, keep: null };
  const keep = refused.has(message) ? null : await keepOf(decided);
  return keep === null ? { ...draft, outcome: 'fail_closed', keep } : { ...draft, outcome: 'passed', keep };
}

/** Reads the content of an admitted message; when it cannot be read, nothing of it is kept. */
async function keepOf({ message, decision, participants, evidence }: DecidedMessage): Promise<KeptMessage | null> {
  try {
    const content = await message.content();
    return {
      id: newId<MessageId>(),
      kind: message.kind,
      dedupeKey: storedKey(identityOf(message, participants) ?? JSON.stringify([content, participants.all])),
      content,
      participants,
      evidence: {
        dmarc: evidence.dmarc(),
        labels: evidence.labels.slice(0, MAX_STORED_LABELS),
        fromList: evidence.fromList,
      },
      matched: decision.matched,
    };
  } catch {
    // A parser that gives up is doubt, and doubt keeps nothing. The error is not looked at: it may quote the message.
    return null;
  }
}

/** All labels decide; so many are stored, for trying another policy later. */
const MAX_STORED_LABELS = 200;
const MAX_KEY_LENGTH = 300;

/** Long keys, and those made of content, are replaced by a digest. Made for kept messages only. */
function storedKey(key: string): string {
  if (key.length <= MAX_KEY_LENGTH) return key;
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}
