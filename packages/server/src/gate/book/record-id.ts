// The exporter's own id of a record, as a stable key: the same person keeps it when their address changes.
// Ids of unknown exporters are never used: two lists that both count 1, 2, 3 must not merge their people.
import type { BookLayout } from './contact.ts';

/**
 * @param text the cell of the record id column
 * @returns `hubspot:<digits>` or `salesforce:<18 characters>`, or null when it is no such id
 */
export function recordIdOf(layout: BookLayout, text: string): string | null {
  const id = text.trim();
  if (layout === 'hubspot') return /^\d{1,19}$/.test(id) ? `hubspot:${id}` : null;
  if (layout !== 'salesforce' || !PERSON.test(id)) return null;
  return `salesforce:${id.length === 15 ? to18(id) : id}`;
}

/** Contacts begin with 003, leads with 00Q; the id of an account is no person. */
const PERSON = /^00[3Q][A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?$/;

/**
 * Salesforce shows ids of 15 characters (their case counts) and of 18; the last three spell the case of the others,
 * five bits each, so that reports and data exports name the same person.
 */
function to18(id: string): string {
  const suffix = [0, 5, 10].map((start) => {
    const bits = [0, 1, 2, 3, 4].reduce(
      (sum, place) => sum + (/[A-Z]/.test(id.charAt(start + place)) ? 1 << place : 0),
      0,
    );
    return 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'[bits] ?? '';
  });
  return id + suffix.join('');
}
