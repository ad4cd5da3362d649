import { readFileSync } from 'node:fs';
import { Policy } from '@sentinel/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ContactId } from '../../platform/ids.ts';
import { type BookMatch, type BookRow, indexMatches } from '../book/contact.ts';
import { memoryBook } from '../book/memory-book.ts';
import { type Address, normaliseAddress } from './address.ts';
import { decide, type Evidence, outcomeOf } from './decide.ts';
import { explain } from './explain.ts';
import type { InboundMessage } from './message.ts';
import { decidePage } from './page.ts';
import { readParticipants } from './participants.ts';
import { compilePolicy } from './policy.ts';

const Vector = z.object({
  id: z.string(),
  why: z.string(),
  input: z.strictObject({
    workspace: z.strictObject({
      mailbox: z.string(),
      aliases: z.array(z.string()),
      members: z.array(z.string()),
      ownDomains: z.array(z.string()),
      authservIds: z.array(z.string()),
      policy: z
        .strictObject({
          dmarc: z.enum(['enforce', 'record', 'off']),
          excludedAddresses: z.array(z.string()),
          excludedDomains: z.array(z.string()),
        })
        .partial()
        .default({}),
    }),
    book: z.array(z.string()),
    message: z.object({
      from: z.array(z.string()),
      to: z.array(z.string()),
      cc: z.array(z.string()),
      bcc: z.array(z.string()),
      authenticationResults: z.array(z.string()).default([]),
    }),
  }),
  expect: z.object({ outcome: z.string(), matched: z.array(z.string()) }),
});
const path = new URL('../../../../../tests/vectors/admission.json', import.meta.url);
const vectors = z
  .array(Vector)
  .parse(z.object({ cases: z.array(z.unknown()) }).parse(JSON.parse(readFileSync(path, 'utf8'))).cases);

describe('the admission vectors', () => {
  it('are all there', () => expect(vectors).toHaveLength(70));

  it.each(vectors)('$id: $why', async ({ input, expect: wanted }) => {
    const { workspace } = input;
    const policy = compilePolicy(
      1,
      Policy.parse({ ...workspace.policy, ownDomains: workspace.ownDomains, authservIds: workspace.authservIds }),
      {
        mailboxes: [workspace.mailbox, ...workspace.aliases],
        members: workspace.members,
      },
    );
    const page = await decidePage([messageOf(input.message)], policy, async () => ({
      revision: 1,
      matches: bookOf(input.book),
    }));
    const decision = page.decided[0]?.decision;
    expect({ outcome: decision?.outcome, matched: decision?.matched.map((match) => match.address) }).toEqual(wanted);
  });
});

describe('counterparty only', () => {
  const policy = compilePolicy(1, Policy.parse({ match: 'counterparty_only', ownDomains: ['acme.example'] }), {
    mailboxes: ['me@acme.example'],
    members: [],
  });
  const book = bookOf(['alice@crm.example']);
  const outcome = (from: string, to: string) =>
    decide(readParticipants(headers(from, to)), book, policy, NOTHING).outcome;

  it('keeps what a contact wrote to us', () => expect(outcome('alice@crm.example', 'me@acme.example')).toBe('passed'));
  it('keeps what we wrote to a contact', () => expect(outcome('me@acme.example', 'alice@crm.example')).toBe('passed'));
  it('drops what a stranger wrote with a contact in copy', () =>
    expect(outcome('eve@else.example', 'me@acme.example, alice@crm.example')).toBe('dropped_no_crm_match'));
});

describe('counterparty only, under attack', () => {
  const policy = compilePolicy(1, Policy.parse({ match: 'counterparty_only', ownDomains: ['acme.example'] }), {
    mailboxes: ['me@acme.example'],
    members: [],
  });
  const book = bookOf(['alice@crm.example']);
  const outcome = (from: string, to: string, evidence: Evidence = NOTHING) =>
    decide(readParticipants(headers(from, to)), book, policy, evidence).outcome;

  it('drops mail in our own name that fails authentication, whoever is in copy', () =>
    expect(
      outcome('boss@acme.example', 'me@acme.example, alice@crm.example', { ...NOTHING, dmarc: () => 'fail' }),
    ).toBe('dropped_no_crm_match'));
  it('drops what a stranger wrote together with one of us', () =>
    expect(outcome('me@acme.example, eve@else.example', 'alice@crm.example')).toBe('dropped_no_crm_match'));
  it('drops mail without an author', () => expect(outcome('', 'alice@crm.example')).toBe('dropped_no_crm_match'));
});

describe('folding and exclusion', () => {
  it('lets the excluded one of two contacts win that the policy takes for one', () => {
    const policy = compilePolicy(1, Policy.parse({ gmailDots: 'fold' }), {
      mailboxes: ['me@acme.example'],
      members: [],
    });
    const plain = [...bookOf(['jane.doe@gmail.com', 'janedoe@gmail.com'])];
    const found = plain.map(([address, match]): [Address, BookMatch] => [
      address,
      { ...match, excluded: String(address) === 'jane.doe@gmail.com' },
    ]);
    const book = indexMatches(found, policy.fold);
    for (const from of ['jane.doe@gmail.com', 'janedoe@gmail.com', 'j.anedoe@gmail.com']) {
      const { outcome } = decide(readParticipants(headers(from, 'me@acme.example')), book, policy, NOTHING);
      expect({ from, outcome }).toEqual({ from, outcome: 'dropped_excluded' });
    }
  });
});

describe('role addresses and lists', () => {
  const ignoring = compilePolicy(1, Policy.parse({ roleAddresses: 'ignore' }), {
    mailboxes: ['me@acme.example'],
    members: [],
  });
  const admitting = compilePolicy(1, Policy.parse({}), { mailboxes: ['me@acme.example'], members: [] });
  const book = bookOf(['info@crm.example', 'alice@crm.example']);
  const shared = readParticipants(headers('info@crm.example', 'me@acme.example'));
  const onList = readParticipants(headers('eve@else.example', 'alice@crm.example'));

  it('admit by default', () => expect(decide(shared, book, admitting, NOTHING).outcome).toBe('passed'));
  it('are excluded where the policy says so', () =>
    expect(decide(shared, book, ignoring, NOTHING).outcome).toBe('dropped_excluded'));
  it('let only the author of list mail admit', () => {
    expect(decide(onList, book, ignoring, { ...NOTHING, fromList: true }).outcome).toBe('dropped_excluded');
    expect(decide(onList, book, ignoring, NOTHING).outcome).toBe('passed');
  });
});

describe('labels and contacts', () => {
  const book = bookOf(['alice@crm.example']);
  const participants = readParticipants(headers('alice@crm.example', 'me@acme.example'));
  const policyWith = (rules: object) =>
    compilePolicy(1, Policy.parse(rules), { mailboxes: ['me@acme.example'], members: [] });

  it('exclude a message by its label, in any case', () =>
    expect(
      decide(participants, book, policyWith({ excludedLabels: ['Private'] }), { ...NOTHING, labels: ['private'] })
        .outcome,
    ).toBe('dropped_excluded'));
  it('exclude a contact of the policy', () => {
    const [id] = [...book.values()].map((match) => match.contactId);
    expect(decide(participants, book, policyWith({ excludedContacts: [id] }), NOTHING).outcome).toBe(
      'dropped_excluded',
    );
  });
  it('exclude a contact that the book marks', () => {
    const excluded = new Map([...book].map(([address, match]) => [address, { ...match, excluded: true }]));
    expect(decide(participants, excluded, policyWith({}), NOTHING).outcome).toBe('dropped_excluded');
  });
});

describe('folding', () => {
  const book = bookOf(['alice@crm.example', 'bob+news@crm.example']);
  const policyWith = (rules: object) =>
    compilePolicy(1, Policy.parse(rules), { mailboxes: ['me@acme.example'], members: [] });
  const outcome = (from: string, rules: object) =>
    decide(readParticipants(headers(from, 'me@acme.example')), book, policyWith(rules), NOTHING).outcome;

  it('is off by default', () => expect(outcome('alice+x@crm.example', {})).toBe('dropped_no_crm_match'));
  it('lets a tagged address match its mailbox', () =>
    expect(outcome('alice+x@crm.example', { plusTags: 'fold' })).toBe('passed'));
  it('lets an address match a contact that is in the book with a tag', async () => {
    const policy = policyWith({ plusTags: 'fold' });
    const stored = await memoryBook([contactRow('carol+crm@crm.example'), contactRow('j.doe@gmail.com')]);
    const page = async (from: string, rules: object) =>
      (
        await decidePage(
          [messageOf({ from: [from], to: [], cc: [], bcc: [], authenticationResults: [] })],
          policyWith(rules),
          stored.findContacts,
        )
      ).decided[0]?.decision.outcome;
    expect(policy.folds).toBe(true);
    expect(await page('carol@crm.example', { plusTags: 'fold' })).toBe('passed');
    expect(await page('carol@crm.example', { gmailDots: 'fold' })).toBe('dropped_no_crm_match');
    expect(await page('jdoe@gmail.com', { gmailDots: 'fold' })).toBe('passed');
    expect(await page('jdoe@gmail.com', { plusTags: 'fold' })).toBe('dropped_no_crm_match');
  });
  it('keeps a tagged contact matching itself', () =>
    expect(outcome('bob+news@crm.example', { plusTags: 'fold' })).toBe('passed'));
  it('takes out a tagged address of our own', () =>
    expect(outcome('me+x@acme.example', { plusTags: 'fold' })).toBe('dropped_self_user'));
});

it('refuses to decide without an own mailbox', () => {
  expect(() =>
    compilePolicy(1, Policy.parse({ ownDomains: ['acme.example'] }), { mailboxes: [], members: ['dave@acme.example'] }),
  ).toThrowError(expect.objectContaining({ code: 'no_self_identity' }));
});

describe('for any participants and any book', () => {
  const pool = Array.from(
    { length: 12 },
    (_, index) => `p${index}@${index % 3 === 0 ? 'acme' : index % 3 === 1 ? 'crm' : 'else'}.example`,
  );
  const some = fc.subarray(pool);
  const world = fc.record({
    from: some,
    to: some,
    book: some,
    excluded: some,
    own: fc.boolean(),
    failed: fc.boolean(),
  });
  const run = (given: {
    from: string[];
    to: string[];
    book: string[];
    excluded: string[];
    own: boolean;
    failed: boolean;
  }) => {
    const policy = compilePolicy(
      1,
      Policy.parse({
        ownDomains: given.own ? ['acme.example'] : [],
        excludedAddresses: given.excluded,
        authservIds: ['mx.acme.example'],
      }),
      { mailboxes: ['p0@acme.example'], members: [] },
    );
    return decide(readParticipants(headers(given.from.join(', '), given.to.join(', '))), bookOf(given.book), policy, {
      ...NOTHING,
      dmarc: () => (given.failed ? 'fail' : 'none'),
    });
  };

  it('passes only with a contact that is no colleague, not excluded and not a failed author', () => {
    fc.assert(
      fc.property(world, (given) => {
        const decision = run(given);
        const admitting = [...new Set([...given.from, ...given.to])].filter(
          (address) =>
            given.book.includes(address) &&
            address !== 'p0@acme.example' &&
            !(given.own && address.endsWith('@acme.example')) &&
            !given.excluded.includes(address) &&
            !(given.failed && given.from.includes(address)),
        );
        expect(decision.outcome === 'passed').toBe(admitting.length > 0);
        expect(decision.matched.map((match) => String(match.address)).toSorted()).toEqual(
          decision.outcome === 'passed' ? admitting.toSorted() : [],
        );
      }),
    );
  });

  it('counts never grow from rule to rule, and explain the outcome by themselves', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { counts, outcome } = run(given);
        const chain = [counts.participants, counts.external, counts.matched, counts.allowed, counts.admitting];
        expect(chain).toEqual(chain.toSorted((a, b) => b - a));
        expect(outcomeOf(counts)).toBe(outcome);
      }),
    );
  });

  it('an explanation of a drop names nobody', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { counts, outcome } = run(given);
        if (outcome === 'passed') return;
        const text = JSON.stringify(
          explain(
            { outcome, counts, senderVerdict: null, policyVersion: 1, bookRevision: 1, decidedAt: new Date(0) },
            [],
          ),
        );
        for (const address of pool) expect(text).not.toContain(address);
        expect(text).not.toContain('@');
        const states = explain(
          { outcome, counts, senderVerdict: null, policyVersion: 1, bookRevision: 1, decidedAt: new Date(0) },
          [],
        ).steps.map((step) => step.state);
        expect(states.filter((state) => state === 'stopped')).toHaveLength(1);
      }),
    );
  });
});

const NOTHING: Evidence = { labels: [], fromList: false, dmarc: () => 'none' };

function headers(from: string, to: string): InboundMessage['participants'] {
  const field = (text: string) => (text === '' ? [] : [text]);
  return { form: 'headers', from: field(from), to: field(to), cc: [], bcc: [] };
}

function messageOf(fields: z.infer<typeof Vector>['input']['message']): InboundMessage {
  const { from, to, cc, bcc, authenticationResults } = fields;
  return {
    kind: 'mail',
    source: 'ask',
    key: null,
    participants: { form: 'addresses', from, to, cc, bcc },
    authenticationResults,
    labels: [],
    fromList: false,
    end: 0,
    size: 0,
    content: () => Promise.reject(new Error('no content')),
  };
}

function contactRow(text: string): BookRow {
  const address = normaliseAddress(text);
  if (address === null) throw new Error('not an address');
  return {
    kind: 'row',
    row: 2,
    recordId: null,
    name: null,
    company: null,
    owner: null,
    addresses: [{ address, column: 'Email' }],
  };
}

function bookOf(addresses: readonly string[]): ReadonlyMap<Address, BookMatch> {
  const book = new Map<Address, BookMatch>();
  for (const [index, text] of addresses.entries()) {
    const address = normaliseAddress(text);
    if (address !== null)
      book.set(address, {
        contactId: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}` as ContactId,
        name: null,
        excluded: false,
      });
  }
  return book;
}
