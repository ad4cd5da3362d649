// Words of the ledger.
import { count } from '../format.ts';

export const ledgerPhrases = {
  question: 'What came in, and what was kept?',
  unit: {
    hour: (range: string, zone: string) => `per hour, ${range}, ${zone}`,
    day: (range: string, zone: string) => `per day, ${range}, ${zone}`,
  },
  ask: 'Ask the gate',
  fresh: (rows: number) => `${count(rows, 'new', 'new')}`,
  caption: 'Outcomes, newest first',
  rows: (total: number) => count(total, 'row', 'rows'),
  columns: {
    time: 'Time',
    outcome: 'Outcome',
    reason: 'Reason',
    source: 'Source',
    participants: 'Participants',
    matched: 'Matched',
  },
  fields: { time: 'Time', outcome: 'Outcome', source: 'Source' },
  anyOf: (values: number) => `any of ${values}`,
  explainRow: (time: string, outcome: string) => `Why, ${time}, ${outcome}`,
  more: (others: number) => `, +${others}`,
  why: 'Why',
  link: 'Link',
  json: 'JSON',
  cli: 'CLI',
  countsOnly: 'Counts only. Addresses were not kept.',
  keptWith: 'Kept with the contacts that admitted it.',
  noResults: 'No outcome fits these filters.',
  goneEntry: 'This entry is not in the ledger, or not yours to see.',
  first: {
    title: 'Nothing has come in yet.',
    why: 'The ledger writes one line for each message: what came in, whether it was kept, and why.',
    steps: [
      { name: 'A contact book opens the gate', finding: 'CSV or vCard' },
      { name: 'Messages go through it', finding: 'sentinel gate import inbox.mbox' },
      { name: 'Each gets an outcome, explained', finding: 'here' },
    ],
    action: 'Ask the gate about one message',
  },
} as const;
