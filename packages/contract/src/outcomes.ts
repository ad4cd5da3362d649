// Every answer the gate can give about a message, in one exhaustive table. The tokens are wire format:
// they stand in the ledger, the API, the metrics and the console, and are never renamed.

/** The families the console and the charts group outcomes by. */
export type OutcomeFamily = 'passed' | 'duplicate' | 'dropped' | 'failed_closed';

interface OutcomeEntry {
  readonly family: OutcomeFamily;
  /** One sentence for people; it may name counts, never anybody. */
  readonly meaning: string;
}

export const OUTCOMES = {
  passed: { family: 'passed', meaning: 'At least one participant is a contact; the message was kept.' },
  duplicate: { family: 'duplicate', meaning: 'The message would pass, and was kept before; nothing new was stored.' },
  dropped_no_crm_match: { family: 'dropped', meaning: 'No participant is in the contact book.' },
  dropped_self_user: { family: 'dropped', meaning: 'Only ourselves and colleagues take part.' },
  dropped_no_participants: { family: 'dropped', meaning: 'No valid participant address could be read.' },
  dropped_excluded: { family: 'dropped', meaning: 'Every matching contact is excluded by policy.' },
  dropped_unauthenticated_sender: {
    family: 'dropped',
    meaning: 'The only match is an author whose sender authentication failed.',
  },
  fail_closed: {
    family: 'failed_closed',
    meaning: 'Something could not be verified, so nothing was stored; the source will be asked again.',
  },
} as const satisfies Record<string, OutcomeEntry>;

export type OutcomeToken = keyof typeof OUTCOMES;

export const OUTCOME_TOKENS = Object.keys(OUTCOMES) as readonly OutcomeToken[];

/** Narrows text from a wire or a database to an outcome token. */
export function isOutcomeToken(text: string): text is OutcomeToken {
  return Object.hasOwn(OUTCOMES, text);
}
