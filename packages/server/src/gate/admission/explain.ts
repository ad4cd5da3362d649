// Turns the counts of a decision into the steps a person reads. The ledger keeps the counts, so the explanation of
// a stored outcome is made by the same function as that of a fresh one and can never differ from it.
import type { Explanation, MatchedContact, OutcomeToken, Step, StepRule } from '@sentinel/contract';
import type { DecisionCounts, SenderVerdict } from './decide.ts';

/** What the ledger knows of one decision. */
export interface DecidedFacts {
  readonly outcome: OutcomeToken;
  readonly counts: DecisionCounts;
  /** Null where the rule on authentication was not reached. */
  readonly senderVerdict: SenderVerdict | null;
  readonly policyVersion: number;
  readonly bookRevision: number;
  readonly decidedAt: Date;
}

export function explain(facts: DecidedFacts, matched: readonly MatchedContact[]): Explanation {
  return {
    outcome: facts.outcome,
    sentence: sentenceOf(facts),
    steps: stepsOf(facts),
    matched: [...matched],
    policyVersion: facts.policyVersion,
    bookRevision: facts.bookRevision,
    decidedAt: facts.decidedAt.toISOString(),
    nearestYes: nearestYesOf(facts.outcome, facts.counts),
  };
}

function sentenceOf({ outcome, counts }: DecidedFacts): string {
  switch (outcome) {
    case 'passed':
      return `Passed: ${people(counts.admitting, 'participant')} ${counts.admitting === 1 ? 'is' : 'are'} in the contact book.`;
    case 'duplicate':
      return 'Duplicate: the message may be kept, and already was.';
    case 'dropped_no_participants':
      return 'Dropped: no valid participant address could be read.';
    case 'dropped_self_user':
      return `Dropped: only ourselves and colleagues among ${people(counts.participants, 'participant')}.`;
    case 'dropped_no_crm_match':
      return counts.external === 1
        ? 'Dropped: the one outside participant is not in the contact book.'
        : `Dropped: none of the ${counts.external} outside participants is in the contact book.`;
    case 'dropped_excluded':
      return `Dropped: ${people(counts.matched, 'match', 'matches')} in the contact book, excluded by policy.`;
    case 'dropped_unauthenticated_sender':
      return 'Dropped: the only match is an author whose authentication failed.';
    case 'fail_closed':
      return 'Failed closed: something could not be verified, so nothing was stored.';
  }
}

interface Rule {
  readonly rule: StepRule;
  readonly before: number | null;
  readonly after: number | null;
  readonly finding: string;
}

function stepsOf({ outcome, counts, senderVerdict }: DecidedFacts): Step[] {
  const rules = rulesOf(outcome, counts, senderVerdict);
  const kept = outcome === 'passed' || outcome === 'duplicate';
  const counted = rules.findIndex((rule) => rule.after === 0);
  const stop = kept ? rules.length : counted === -1 ? rules.length - 1 : counted;
  return rules.map((rule, index) => {
    if (index < stop) return { ...rule, state: 'passed' };
    if (index === stop) return { ...rule, state: 'stopped' };
    return { ...rule, before: null, after: null, finding: 'not reached', state: 'not_reached' };
  });
}

function rulesOf(outcome: OutcomeToken, counts: DecisionCounts, verdict: SenderVerdict | null): Rule[] {
  const { participants, external, matched, allowed, admitting } = counts;
  return [
    {
      rule: 'participants.parse',
      before: null,
      after: participants,
      finding: `${people(participants, 'participant')} in From, To, Cc and Bcc`,
    },
    {
      rule: 'colleagues.remove',
      before: participants,
      after: external,
      finding: `${participants - external} of ${participants} are ourselves or colleagues`,
    },
    {
      rule: 'book.match',
      before: external,
      after: matched,
      finding: `${matched} of ${external} are in the contact book`,
    },
    {
      rule: 'policy.exclusions',
      before: matched,
      after: allowed,
      finding: `${matched - allowed} of ${matched} are excluded by policy`,
    },
    {
      rule: 'sender.authenticate',
      before: allowed,
      after: admitting,
      finding: senderFinding(verdict, allowed - admitting),
    },
    { rule: 'message.keep', before: null, after: null, finding: keepFinding(outcome) },
  ];
}

function senderFinding(verdict: SenderVerdict | null, taken: number): string {
  switch (verdict) {
    case 'pass':
      return 'the receiving server says that the author is genuine (dmarc=pass)';
    case 'fail':
      return taken > 0
        ? `the receiving server says dmarc=fail: ${taken} ${taken === 1 ? 'author does' : 'authors do'} not admit`
        : 'the receiving server says dmarc=fail; recipients admit';
    case 'other':
      return 'the receiving server could not tell (DMARC neither passed nor failed)';
    case 'off':
      return 'not asked: the policy has authentication off';
    default:
      return 'not checked: no verdict of a receiving server that the policy names';
  }
}

function keepFinding(outcome: OutcomeToken): string {
  if (outcome === 'passed') return 'kept with the contacts that admit it';
  if (outcome === 'duplicate') return 'kept before; nothing new was stored';
  return 'could not be verified; nothing was stored';
}

function nearestYesOf(outcome: OutcomeToken, counts: DecisionCounts): Explanation['nearestYes'] {
  switch (outcome) {
    case 'dropped_no_crm_match':
      return [
        {
          title:
            counts.external === 1
              ? 'Make the outside participant a contact'
              : `Make any 1 of the ${counts.external} a contact`,
          consequence: 'Counts for every message decided after the next import of the book.',
        },
        {
          title: 'Ask about an address you have in mind',
          consequence: 'In Ask the gate: nothing is stored; the question is audited.',
        },
      ];
    case 'dropped_excluded':
      return [
        { title: 'Take the exclusion out of the policy', consequence: 'A new policy version; it counts from then on.' },
      ];
    case 'dropped_unauthenticated_sender':
      return [{ title: 'Have the sender repair DMARC', consequence: 'The message has to be sent again.' }];
    default:
      return [];
  }
}

function people(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
