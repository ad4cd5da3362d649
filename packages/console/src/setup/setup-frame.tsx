// The two halves of the setup: at left what this is and how far one is, at right the step itself.
import type { ReactNode } from 'react';
import { useHome } from '../home/home.queries.ts';
import { setupPhrases as say } from '../phrases/en/setup.ts';
import { uiPhrases } from '../phrases/en/ui.ts';
import { ProductMark } from '../ui/glyph.tsx';
import { Trace, type TraceStep } from '../ui/trace.tsx';
import { SETUP_STEPS, type SetupStep } from './setup-search.ts';

export function SetupFrame({ step, children }: { readonly step: SetupStep; readonly children: ReactNode }) {
  const skipped = useSkipped(step);
  return (
    <div className="flex min-h-dvh max-rail:flex-col">
      <title>{`${say.pageTitle} · ${uiPhrases.product}`}</title>
      <aside className="flex w-[408px] shrink-0 flex-col border-r border-line bg-canvas px-11 py-10 max-rail:w-full max-rail:border-r-0 max-rail:border-b max-rail:px-6 max-rail:py-6">
        <p className="type-section flex items-center gap-3">
          <ProductMark />
          {uiPhrases.product}
        </p>
        <p className="type-display mt-16 max-rail:mt-6">
          {say.promise.map((line) => (
            <span key={line} className="block">
              {line}
            </span>
          ))}
        </p>
        <p className="mt-2 mb-10 text-ink-2 max-rail:mb-4">{say.length}</p>
        <div className="max-rail:hidden">
          <Trace label={say.trace} steps={SETUP_STEPS.map((key) => traceStep(key, step, skipped))} />
        </div>
        <p className="type-caption mt-auto pt-6 text-ink-3 max-rail:hidden">{say.linkNote}</p>
      </aside>
      <main id="content" className="min-w-0 grow px-18 py-14 max-wide:px-8 max-rail:px-6 max-rail:py-8">
        {children}
      </main>
    </div>
  );
}

/** The question of a step and why it is asked. */
export function StepHead({ title, why }: { readonly title: string; readonly why: string }) {
  return (
    <div className="mb-6">
      <h1 className="type-sentence">{title}</h1>
      <p className="mt-1 text-ink-2">{why}</p>
    </div>
  );
}

/** Steps that were passed by without being done, as the server knows it. */
function useSkipped(step: SetupStep): ReadonlySet<SetupStep> {
  const home = useHome('24h', step !== 'workspace');
  const open = new Set(home.data?.setup.filter(({ done }) => !done).map(({ key }) => key));
  const skipped: SetupStep[] = [
    ...(open.has('book') ? ['contacts' as const] : []),
    ...(open.has('ask') ? ['ask' as const] : []),
  ];
  return new Set(skipped);
}

function traceStep(key: SetupStep, current: SetupStep, skipped: ReadonlySet<SetupStep>): TraceStep {
  const { name, after, finding, found } = say.steps[key];
  const [at, index] = [SETUP_STEPS.indexOf(current), SETUP_STEPS.indexOf(key)];
  if (index < at && skipped.has(key)) return { key, name, finding: say.skipped, state: 'not_reached' };
  if (index < at || current === 'done') return { key, name: after, finding: found, state: 'passed' };
  return { key, name, finding, state: index === at ? 'running' : 'not_reached' };
}
