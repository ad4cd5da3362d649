// Lets the frame through only with a session; otherwise says what is missing and how to get in.
import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { framePhrases as say } from '../phrases/en/frame.ts';
import { signInPhrases } from '../phrases/en/sign-in.ts';
import { SignInChoices } from '../sign-in/sign-in-choices.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { LonePage } from './lone-page.tsx';
import { ProblemError } from './problem-error.ts';
import { ProblemView } from './problem-view.tsx';
import { SessionContext, useSession, useSetupState } from './session.ts';

export function SessionGuard({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  if (session.data !== undefined && !isSignedOut(session.error)) {
    return <SessionContext value={session.data}>{children}</SessionContext>;
  }
  if (session.error === null) return <Skeleton />;
  if (isSignedOut(session.error)) return <SignedOut />;
  if (session.error instanceof ProblemError && session.error.code === 'not_set_up') return <NotSetUp />;
  if (session.error instanceof ProblemError && session.error.status === 503)
    return <Starting onAgain={() => void session.refetch()} />;
  return (
    <LonePage title={say.problem.unreachable}>
      <ProblemView error={session.error} onRetry={() => void session.refetch()} />
    </LonePage>
  );
}

const isSignedOut = (error: Error | null): boolean => error instanceof ProblemError && error.status === 401;

function SignedOut() {
  const setup = useSetupState();
  if (setup.data?.needed === true) return <NotSetUp />;
  return (
    <LonePage title={signInPhrases.signedOut}>
      <SignInChoices />
    </LonePage>
  );
}

function NotSetUp() {
  return (
    <LonePage title={say.notSetUp.title}>
      <p>{say.notSetUp.detail}</p>
    </LonePage>
  );
}

function Starting({ onAgain }: { readonly onAgain: () => void }) {
  useEffect(() => {
    const timer = setInterval(onAgain, 2000);
    return () => clearInterval(timer);
  }, [onAgain]);
  return (
    <LonePage title={say.starting.title}>
      <p>{say.starting.detail}</p>
    </LonePage>
  );
}
