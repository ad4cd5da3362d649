// The page for an address that leads nowhere, and the one for a fault of our own.
import type { ErrorComponentProps } from '@tanstack/react-router';
import { framePhrases as say } from '../phrases/en/frame.ts';
import { Button, ButtonAnchor, ButtonLink } from '../ui/button.tsx';
import { LonePage } from './lone-page.tsx';
import { ProblemError } from './problem-error.ts';
import { ProblemView } from './problem-view.tsx';

export function NotFound() {
  return (
    <LonePage title={say.notFound.title}>
      <p>{say.notFound.detail}</p>
      <ButtonLink to="/" look="solid">
        {say.notFound.home}
      </ButtonLink>
    </LonePage>
  );
}

export function FaultPage({ error }: ErrorComponentProps) {
  return (
    <LonePage title={say.fault.title}>
      {error instanceof ProblemError ? <ProblemView error={error} /> : <p>{say.fault.detail}</p>}
      <div className="flex flex-wrap gap-3">
        {/* A plain anchor: it starts the console anew, whatever state the fault left it in. */}
        <ButtonAnchor href="/console" look="solid">
          {say.notFound.home}
        </ButtonAnchor>
        <Button onClick={() => location.reload()}>{say.fault.reload}</Button>
      </div>
    </LonePage>
  );
}
