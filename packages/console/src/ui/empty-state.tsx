// Nothing to show, and why: first use, no results, all cleared, not allowed. One component, four kinds.
import type { ReactNode } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { Button } from './button.tsx';
import { TickGlyph } from './glyph.tsx';
import { Token } from './outcome-pill.tsx';
import { Trace } from './trace.tsx';

export type EmptyKind =
  | {
      readonly kind: 'first-use';
      readonly title: string;
      readonly why: string;
      readonly steps: readonly { readonly name: string; readonly finding: string }[];
      readonly action: ReactNode;
    }
  | { readonly kind: 'no-results'; readonly sentence: string; readonly onClear: (() => void) | null }
  | { readonly kind: 'cleared'; readonly sentence: string }
  | { readonly kind: 'not-allowed'; readonly what: string; readonly action: string; readonly grantedBy: string };

export function EmptyState({ state }: { readonly state: EmptyKind }) {
  switch (state.kind) {
    case 'first-use':
      return (
        <div className="max-w-[420px] p-6 max-phone:p-4">
          <h2 className="type-verdict">{state.title}</h2>
          <p className="mt-1 mb-5 text-ink-2">{state.why}</p>
          <Trace
            label={state.title}
            steps={state.steps.map((step) => ({ ...step, key: step.name, state: 'not_reached' }))}
          />
          <div className="mt-2">{state.action}</div>
        </div>
      );
    case 'no-results':
      return (
        <div className="flex max-w-[420px] flex-col items-start gap-3 p-6 max-phone:p-4">
          <p className="text-ink-2">{state.sentence}</p>
          {state.onClear !== null && <Button onClick={state.onClear}>{say.clearFilters}</Button>}
        </div>
      );
    case 'cleared':
      return (
        <p className="flex max-w-[420px] items-center gap-2.5 py-3 text-ink-2">
          <TickGlyph />
          {state.sentence}
        </p>
      );
    case 'not-allowed':
      return (
        <div className="flex max-w-[420px] flex-col items-start gap-2 p-6 max-phone:p-4">
          <h2 className="type-verdict">{state.what}</h2>
          <p className="text-ink-2">
            {say.missingAction} <Token>{state.action}</Token>
          </p>
          <p className="text-ink-2">{state.grantedBy}</p>
        </div>
      );
  }
}
