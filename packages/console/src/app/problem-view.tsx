// A problem in its place on the page: what happened, what to do, what to quote, and a way to try again.
import { Copy } from '@phosphor-icons/react/dist/csr/Copy';
import type { Action } from '@sentinel/contract/actions';
import { framePhrases as say } from '../phrases/en/frame.ts';
import { uiPhrases } from '../phrases/en/ui.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Notice } from '../ui/notice.tsx';
import { Token } from '../ui/outcome-pill.tsx';
import { ProblemError } from './problem-error.ts';
import { roleFor } from './session.ts';

interface ProblemViewProps {
  readonly error: Error;
  readonly onRetry?: (() => void) | undefined;
  /** The action the page needs: names what is missing when the answer was "not allowed". */
  readonly action?: Action;
}

export function ProblemView({ error, onRetry, action }: ProblemViewProps) {
  if (error instanceof ProblemError && error.code === 'action_denied' && action !== undefined) {
    return (
      <EmptyState
        state={{ kind: 'not-allowed', what: say.mayNot, action, grantedBy: say.grantedBy(roleFor(action)) }}
      />
    );
  }
  return (
    <Notice
      look="broken"
      urgent
      title={error instanceof ProblemError ? error.title : say.fault.title}
      action={onRetry === undefined ? undefined : <Button onClick={onRetry}>{uiPhrases.retry}</Button>}
    >
      {error instanceof ProblemError && <ProblemDetail problem={error} />}
    </Notice>
  );
}

function ProblemDetail({ problem }: { readonly problem: ProblemError }) {
  return (
    <>
      <p>{problem.detail}</p>
      <p className="mt-1 flex flex-wrap items-center gap-2">
        <Token>{problem.code}</Token>
        {problem.requestId !== '' && (
          <span className="inline-flex items-center gap-1">
            {say.problem.request} <code className="type-mono">{problem.requestId}</code>
            <CopyButton text={problem.requestId} label={uiPhrases.copy} icon={<Copy size={14} aria-hidden />} />
          </span>
        )}
      </p>
    </>
  );
}
