// What the gate says on the wire: outcomes with their steps, the ledger, questions, tries, imports and policy.
import { z } from 'zod';
import { OUTCOME_TOKENS, type OutcomeToken } from '../outcomes.ts';
import { Cursor, Id, Instant, Limit, page } from './shapes.ts';

export const Outcome = z.enum(OUTCOME_TOKENS as [OutcomeToken, ...OutcomeToken[]]);

export const SOURCE_KINDS = ['mbox', 'maildir', 'eml', 'ics', 'ask'] as const;
export const SourceKind = z.enum(SOURCE_KINDS);
export type SourceKind = z.infer<typeof SourceKind>;

/** The rules of the gate, in the order they are asked. */
export const STEP_RULES = [
  'participants.parse',
  'colleagues.remove',
  'book.match',
  'policy.exclusions',
  'sender.authenticate',
  'message.keep',
] as const;
export type StepRule = (typeof STEP_RULES)[number];

export const Step = z
  .object({
    rule: z.enum(STEP_RULES),
    state: z.enum(['passed', 'stopped', 'not_reached']),
    /** How many participants (or matches) went in and how many went on; null where nothing is counted. */
    before: z.int().nullable(),
    after: z.int().nullable(),
    /** One sentence, counts only. */
    finding: z.string(),
  })
  .meta({ id: 'Step' });
export type Step = z.infer<typeof Step>;

export const MatchedContact = z.object({
  /** Null where the book is only in memory (a try). */
  id: Id.nullable(),
  name: z.string().nullable(),
  address: z.string(),
  /** False when the contact left the book after the decision. */
  current: z.boolean(),
});
export type MatchedContact = z.infer<typeof MatchedContact>;

/** One explained decision. For anything not kept it holds counts only. */
export const Explanation = z
  .object({
    outcome: Outcome,
    sentence: z.string(),
    steps: z.array(Step),
    matched: z.array(MatchedContact),
    policyVersion: z.int(),
    bookRevision: z.int(),
    decidedAt: Instant,
    /** What would have made it a yes; rules that exist, cheapest first. */
    nearestYes: z.array(z.object({ title: z.string(), consequence: z.string() })),
  })
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof Explanation>;

export const LedgerRow = z
  .object({
    id: Id,
    at: Instant,
    outcome: Outcome,
    source: SourceKind,
    participants: z.int(),
    matched: z.array(MatchedContact).meta({ description: 'Only when kept' }),
    messageId: Id.nullable(),
    policyVersion: z.int(),
    bookRevision: z.int(),
  })
  .meta({ id: 'LedgerRow' });
export type LedgerRow = z.infer<typeof LedgerRow>;

export const LedgerQuery = z.object({
  cursor: Cursor.optional(),
  limit: Limit,
  /** Comma-separated outcome tokens. */
  outcome: z.string().max(300).optional(),
  source: SourceKind.optional(),
  since: Instant.optional(),
  until: Instant.optional(),
});
export const LedgerPage = page(LedgerRow).extend({ total: z.int() });
export type LedgerPage = z.infer<typeof LedgerPage>;

export const LedgerEntry = z.object({ row: LedgerRow, explanation: Explanation }).meta({ id: 'LedgerEntry' });
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export const OutcomeSeriesQuery = z.object({
  since: Instant.optional(),
  until: Instant.optional(),
  bucket: z.enum(['hour', 'day']).default('hour'),
});
export const OutcomeCounts = z.partialRecord(Outcome, z.int());
export type OutcomeCounts = z.infer<typeof OutcomeCounts>;
export const OutcomeSeries = z
  .object({
    since: Instant,
    until: Instant,
    bucket: z.enum(['hour', 'day']),
    buckets: z.array(z.object({ at: Instant, counts: OutcomeCounts })),
    totals: OutcomeCounts,
  })
  .meta({ id: 'OutcomeSeries' });
export type OutcomeSeries = z.infer<typeof OutcomeSeries>;

const AddressField = z.string().max(20_000).default('');
export const AskRequest = z.object({
  /** Raw header values, parsed exactly as those of a mail. */
  from: AddressField,
  to: AddressField,
  cc: AddressField,
  bcc: AddressField,
});
export type AskRequest = z.input<typeof AskRequest>;
export const AskAnswer = z.object({ explanation: Explanation }).meta({ id: 'AskAnswer' });
export type AskAnswer = z.infer<typeof AskAnswer>;

export const MAIL_FORMATS = ['auto', 'mbox', 'eml', 'ics'] as const;
export type MailFormat = (typeof MAIL_FORMATS)[number];
export const MailFileQuery = z.object({
  format: z.enum(MAIL_FORMATS).default('auto'),
  /** The address whose mailbox this is; repeatable by comma (aliases). */
  mailbox: z.string().max(4000).optional(),
});

/** What a run over a file found. `messages` is the sum of `outcomes`; skipped entries were no messages at all. */
export const RunReport = z
  .object({
    messages: z.int(),
    outcomes: z.record(Outcome, z.int()),
    skipped: z.array(z.object({ reason: z.string(), count: z.int() })),
    topContacts: z.array(z.object({ name: z.string().nullable(), address: z.string(), messages: z.int() })),
    bytes: z.int(),
    milliseconds: z.int(),
    bookContacts: z.int(),
    policyVersion: z.int(),
    bookRevision: z.int(),
  })
  .meta({ id: 'RunReport' });
export type RunReport = z.infer<typeof RunReport>;

export const ImportQuery = MailFileQuery.extend({
  /** Stable name of the file for resuming: the same key continues where an interrupted import stopped. */
  key: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,100}$/)
    .optional(),
  again: z.stringbool().default(false),
  /** What the stream was made from; counted under this source. */
  source: SourceKind.optional(),
  /** Byte of the uncompressed file at which the stream begins: the `position` of an interrupted import, or 0. */
  from: z.coerce.number().int().min(0).default(0),
});
export const ImportListQuery = z.object({ limit: Limit, key: ImportQuery.shape.key });
export const Import = z
  .object({
    id: Id,
    source: SourceKind,
    state: z.enum(['running', 'interrupted', 'finished']),
    startedAt: Instant,
    finishedAt: Instant.nullable(),
    position: z.int().meta({ description: 'Bytes of the source decided so far' }),
    messages: z.int(),
    outcomes: z.record(Outcome, z.int()),
    skipped: z.array(z.object({ reason: z.string(), count: z.int() })),
  })
  .meta({ id: 'Import' });
export type Import = z.infer<typeof Import>;
export const ImportList = page(Import);
/** What a call to import answers: `ran` is false when the same file was decided before under the same policy and book. */
export const ImportResult = Import.extend({ ran: z.boolean() }).meta({ id: 'ImportResult' });
export type ImportResult = z.infer<typeof ImportResult>;

const POLICY_SHAPE = {
  match: z.enum(['any_participant', 'counterparty_only']),
  dmarc: z.enum(['enforce', 'record', 'off']),
  /** Authentication servers whose Authentication-Results are those of the receiving domain. */
  authservIds: z.array(z.string().max(253)).max(50),
  ownDomains: z.array(z.string().max(253)).max(500),
  /** Own mailboxes and aliases; they never count as participants. */
  ownAddresses: z.array(z.string().max(254)).max(2000),
  excludedAddresses: z.array(z.string().max(254)).max(10_000),
  excludedDomains: z.array(z.string().max(253)).max(10_000),
  excludedContacts: z.array(Id).max(10_000),
  /** Messages that carry one of these labels (X-Gmail-Labels, Maildir flags, Keywords) are dropped as excluded. */
  excludedLabels: z.array(z.string().max(100)).max(500),
  /** Whether info@, sales@ and other shared mailboxes of a contact, and mailing lists, may admit. */
  roleAddresses: z.enum(['admit', 'ignore']),
  plusTags: z.enum(['distinct', 'fold']),
  gmailDots: z.enum(['distinct', 'fold']),
};

/** A policy in which every rule is said. What is published must be complete: a rule left out would be a rule changed. */
export const CompletePolicy = z.strictObject(POLICY_SHAPE);

/** A policy as it is stored: rules added since it was published have their defaults. */
export const Policy = z
  .strictObject({
    match: POLICY_SHAPE.match.default('any_participant'),
    dmarc: POLICY_SHAPE.dmarc.default('enforce'),
    authservIds: POLICY_SHAPE.authservIds.default([]),
    ownDomains: POLICY_SHAPE.ownDomains.default([]),
    ownAddresses: POLICY_SHAPE.ownAddresses.default([]),
    excludedAddresses: POLICY_SHAPE.excludedAddresses.default([]),
    excludedDomains: POLICY_SHAPE.excludedDomains.default([]),
    excludedContacts: POLICY_SHAPE.excludedContacts.default([]),
    excludedLabels: POLICY_SHAPE.excludedLabels.default([]),
    roleAddresses: POLICY_SHAPE.roleAddresses.default('admit'),
    plusTags: POLICY_SHAPE.plusTags.default('distinct'),
    gmailDots: POLICY_SHAPE.gmailDots.default('distinct'),
  })
  .meta({ id: 'Policy' });
export type Policy = z.infer<typeof Policy>;

export const PolicyVersion = z
  .object({ version: z.int(), policy: Policy, publishedAt: Instant, publishedBy: z.string() })
  .meta({ id: 'PolicyVersion' });
export type PolicyVersion = z.infer<typeof PolicyVersion>;
export const PolicyState = z.object({ current: PolicyVersion, history: z.array(PolicyVersion.omit({ policy: true })) });
export const PublishPolicy = z.object({
  policy: CompletePolicy,
  basedOn: z.int().meta({ description: 'Version this change was made from' }),
});
export const PolicyPreviewRequest = z.object({
  policy: CompletePolicy,
  last: z.int().min(1).max(50_000).default(1000),
});
export const PolicyPreview = z
  .object({
    /** Of the last N kept messages: how many stay, and what the others would become. */
    kept: z.object({ looked: z.int(), stay: z.int(), become: OutcomeCounts }),
    /** Outcomes that were not kept cannot be decided again here: nothing of them was stored. */
    notKept: z.object({ looked: z.int(), couldChange: z.int() }),
  })
  .meta({ id: 'PolicyPreview' });
export type PolicyPreview = z.infer<typeof PolicyPreview>;
