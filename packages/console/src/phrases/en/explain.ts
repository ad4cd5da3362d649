// Words of the explain panel. The sentence and the findings come from the server; names of steps are ours.
import type { StepRule } from '@sentinel/contract';
import type { OutcomeFamily } from '@sentinel/contract/outcomes';
import { formatNumber } from '../format.ts';

const RULE_NAMES: Readonly<Record<StepRule, string>> = {
  'participants.parse': 'Participants read',
  'colleagues.remove': 'Ourselves and colleagues taken out',
  'book.match': 'Contact book',
  'policy.exclusions': 'Exclusions',
  'sender.authenticate': 'Sender authenticated',
  'message.keep': 'Keep message and content',
};

const LEADS: Readonly<Record<OutcomeFamily, string>> = {
  passed: 'Passed',
  duplicate: 'Duplicate',
  dropped: 'Dropped',
  failed_closed: 'Failed closed',
};

export const explainPhrases = {
  rules: RULE_NAMES,
  leads: LEADS,
  steps: 'Steps of the decision',
  policy: 'Policy',
  book: 'Book',
  decidedAt: 'Decided at',
  nearestYes: 'Nearest yes',
  matched: 'Opened the gate',
  leftSince: 'left the book since',
  countChange: (before: number, after: number) => `${formatNumber(before)} went in, ${formatNumber(after)} went on`,
} as const;
