// The trace: one vertical line with nodes, solid where we went and dashed where we did not. Where a decision
// stopped, a bar closes it across the full width. It never animates: it is a record.
import { Fragment, type ReactNode } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { StepGlyph, type StepState } from './glyph.tsx';

export interface TraceStep {
  readonly key: string;
  readonly name: string;
  readonly finding: string;
  readonly state: StepState;
  /** First line of the right column: pips and counts. */
  readonly figures?: ReactNode;
  /** Second line of the right column: the rule's name. */
  readonly rule?: string;
  /** Takes the place of the step's own mark; a yes ends in its filled glyph. */
  readonly mark?: ReactNode;
}

export type BarLook = 'no' | 'broken' | 'mute';

interface TraceProps {
  readonly label: string;
  readonly steps: readonly TraceStep[];
  readonly bar?: BarLook;
}

export function Trace({ label, steps, bar = 'no' }: TraceProps) {
  return (
    <ol aria-label={label} className="flex flex-col">
      {steps.map((step, index) => (
        <Fragment key={step.key}>
          <TraceRow step={step} next={steps[index + 1] ?? null} afterStop={steps[index - 1]?.state === 'stopped'} />
          {step.state === 'stopped' && <Bar look={bar} />}
        </Fragment>
      ))}
    </ol>
  );
}

const BARS: Record<BarLook, string> = { no: 'bg-no-fill', broken: 'bg-broken-fill', mute: 'bg-mute-fill' };

function Bar({ look }: { readonly look: BarLook }) {
  return <li aria-hidden className={`mb-2.5 h-[3px] rounded-[2px] ${BARS[look]}`} />;
}

function TraceRow({
  step,
  next,
  afterStop,
}: {
  readonly step: TraceStep;
  readonly next: TraceStep | null;
  readonly afterStop: boolean;
}) {
  const quiet = step.state === 'not_reached';
  return (
    <li className={`relative flex min-h-[52px] gap-2.5 pb-3 ${quiet ? 'text-ink-3' : ''}`}>
      {afterStop && <span aria-hidden className={`absolute -top-2 left-[11px] h-2.5 w-0.5 ${DASHED}`} />}
      {next !== null && step.state !== 'stopped' && <Line reached={next.state !== 'not_reached'} />}
      <span className="relative z-[1] flex h-5 w-6 shrink-0 items-center justify-center">
        <span className="bg-inherit">{step.mark ?? <StepGlyph state={step.state} />}</span>
      </span>
      <div className="min-w-0 grow">
        <p className={`type-body ${quiet ? '' : 'type-strong'}`}>
          {step.name}
          <span className="sr-only">: {say.stepStates[step.state]}</span>
        </p>
        <p className={`type-caption ${quiet ? 'text-ink-3' : 'text-ink-2'}`}>{step.finding}</p>
      </div>
      {(step.figures !== undefined || step.rule !== undefined) && (
        <div className="flex shrink-0 flex-col items-end">
          <span className="type-body type-number flex h-5 items-center gap-3">{step.figures ?? '–'}</span>
          {step.rule !== undefined && <span className="type-mono text-ink-3 max-phone:hidden">{step.rule}</span>}
        </div>
      )}
    </li>
  );
}

const DASHED = 'bg-[repeating-linear-gradient(to_bottom,var(--control)_0_3px,transparent_3px_7px)]';

/** The stretch of line from below one node to the next; a dashed one is drawn 3 on, 4 off. */
function Line({ reached }: { readonly reached: boolean }) {
  const look = reached ? 'bg-yes opacity-55' : DASHED;
  return <span aria-hidden className={`absolute top-[22px] bottom-0 left-[11px] w-0.5 ${look}`} />;
}
