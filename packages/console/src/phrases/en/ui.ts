// Words of the building blocks, wherever they are used.
import type { OutcomeFamily } from '@sentinel/contract/outcomes';
import { count, formatNumber } from '../format.ts';
import { FAMILY_WORDS } from './outcomes.ts';

const listed = (counts: Readonly<Record<OutcomeFamily, number>>): string =>
  (['passed', 'dropped', 'duplicate', 'failed_closed'] as const)
    .map((family) => `${formatNumber(counts[family])} ${FAMILY_WORDS[family]}`)
    .join(', ');

export const uiPhrases = {
  product: 'Sentinel',
  close: 'Close',
  cancel: 'Cancel',
  copy: 'Copy',
  copied: 'Copied',
  undo: 'Undo',
  retry: 'Try again',
  loading: 'Loading',
  when: 'When',
  is: 'is',
  addFilter: 'Filter',
  clearFilters: 'Clear filters',
  removeFilter: (field: string) => `Remove the filter on ${field}`,
  previousRow: 'Previous row',
  nextRow: 'Next row',
  showAsTable: 'Show as table',
  showAsChart: 'Show as chart',
  partsSum: (total: number) => `Parts sum to ${formatNumber(total)}`,
  bar: (span: string, counts: Readonly<Record<OutcomeFamily, number>>) => `${span}: ${listed(counts)}`,
  asOf: (time: string) => `as of ${time}`,
  noAnswerSince: (time: string) => `no answer since ${time}`,
  missingAction: 'This needs the action',
  loadMore: (shown: number, total: number) =>
    `Load more, ${formatNumber(shown)} of ${count(total, 'row', 'rows')} shown`,
  allShown: (total: number) => `All of ${count(total, 'row', 'rows')} shown`,
  stepStates: { passed: 'passed', stopped: 'stopped here', not_reached: 'not reached', running: 'in progress' },
} as const;
