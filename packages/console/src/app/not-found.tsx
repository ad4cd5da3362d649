// The page for an address that leads nowhere, and the one for a fault of our own.
import type { ErrorComponentProps } from '@tanstack/react-router';
import { framePhrases as say } from '../phrases/en/frame.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { LonePage } from './lone-page.tsx';
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
      <ProblemView error={error instanceof Error ? error : new Error(say.fault.title)} />
      <Button look="solid" onClick={() => location.reload()}>
        {say.fault.reload}
      </Button>
    </LonePage>
  );
}
