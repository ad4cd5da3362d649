// The explain panel as plain text: the sentence, the steps with their marks, what was true then, the nearest yes.
import type { Explanation, Step } from '@sentinel/contract';
import { table, type Paint } from './terminal.ts';

const MARKS = { passed: '✓', stopped: '✗', not_reached: '–' } as const satisfies Record<Step['state'], string>;

export function explanationText(explanation: Explanation, paint: Paint): string {
  const kept = explanation.outcome === 'passed';
  const failed = explanation.outcome === 'fail_closed';
  const colour = kept ? paint.yes : failed ? paint.broken : paint.no;
  const steps = explanation.steps.map((step) => [`  ${MARKS[step.state]}`, step.rule, counts(step), step.finding]);
  return [
    `${colour(explanation.sentence)}  ${paint.dim(explanation.outcome)}`,
    table(steps),
    ...(explanation.matched.length > 0
      ? [`  admitted by ${explanation.matched.map((contact) => contact.name ?? contact.address).join(', ')}`]
      : []),
    paint.dim(`  policy v${explanation.policyVersion}, book revision ${explanation.bookRevision}`),
    ...explanation.nearestYes.map((yes, index) => `  nearest yes ${index + 1}: ${yes.title}. ${yes.consequence}`),
  ].join('\n');
}

function counts(step: Step): string {
  if (step.after === null) return '';
  return step.before === null ? `${step.after}` : `${step.before} → ${step.after}`;
}
