// The words of outcomes, sources and ranges.
import type { SourceKind } from '@sentinel/contract';
import type { OutcomeFamily, OutcomeToken } from '@sentinel/contract/outcomes';

export const FAMILY_WORDS: Readonly<Record<OutcomeFamily, string>> = {
  passed: 'passed',
  dropped: 'dropped',
  duplicate: 'duplicate',
  failed_closed: 'failed closed',
};

/** How a filter names each outcome. */
export const OUTCOME_WORDS: Readonly<Record<OutcomeToken, string>> = {
  passed: 'passed',
  duplicate: 'duplicate',
  dropped_no_crm_match: 'dropped, no known contact',
  dropped_self_user: 'dropped, only ourselves',
  dropped_no_participants: 'dropped, no participants',
  dropped_excluded: 'dropped, excluded',
  dropped_unauthenticated_sender: 'dropped, sender not authenticated',
  fail_closed: 'failed closed',
};

export const SOURCE_WORDS: Readonly<Record<SourceKind, string>> = {
  mbox: 'mbox file',
  maildir: 'Maildir',
  eml: 'mail file',
  ics: 'calendar file',
  ask: 'question',
};

export const RANGE_WORDS = { '24h': 'last 24 h', '7d': 'last 7 days', '30d': 'last 30 days', all: 'all time' } as const;
export const RANGE_SHORT = { '24h': '24 h', '7d': '7 d', '30d': '30 d' } as const;
