// Counts what a run found: outcomes, skipped entries, and which contacts admit most.
import { OUTCOME_TOKENS, type OutcomeToken, type RunReport } from '@sentinel/contract';
import type { Match } from './decide.ts';

const TOP_CONTACTS = 20;

export class Tally {
  readonly #outcomes = new Map<OutcomeToken, number>();
  readonly #skipped = new Map<string, number>();
  readonly #contacts = new Map<string, { name: string | null; address: string; messages: number }>();
  messages = 0;
  bytes = 0;

  add(outcome: OutcomeToken, matched: readonly Match[]): void {
    this.messages += 1;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    if (outcome !== 'passed') return;
    for (const { address, contact } of matched) {
      const entry = this.#contacts.get(contact.contactId) ?? { name: contact.name, address, messages: 0 };
      entry.messages += 1;
      this.#contacts.set(contact.contactId, entry);
    }
  }

  skip(reason: string): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }

  get outcomes(): Record<OutcomeToken, number> {
    const counts = {} as Record<OutcomeToken, number>;
    for (const token of OUTCOME_TOKENS) counts[token] = this.#outcomes.get(token) ?? 0;
    return counts;
  }

  get skipped(): { reason: string; count: number }[] {
    return [...this.#skipped].map(([reason, count]) => ({ reason, count })).toSorted((a, b) => b.count - a.count);
  }

  get topContacts(): RunReport['topContacts'] {
    return [...this.#contacts.values()]
      .toSorted((a, b) => b.messages - a.messages || (a.address < b.address ? -1 : 1))
      .slice(0, TOP_CONTACTS);
  }
}
