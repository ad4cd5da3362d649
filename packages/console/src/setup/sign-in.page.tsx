// Signing in: by a one-time link, whose token is sent once, or else by one of the ways in that there are.
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { LonePage } from '../app/lone-page.tsx';
import { forgetLinkToken, useLinkToken } from '../app/link-token.ts';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { useSignIn } from '../app/session.ts';
import { setupPhrases as say } from '../phrases/en/setup.ts';
import { signInPhrases } from '../phrases/en/sign-in.ts';
import { SignInChoices } from '../sign-in/sign-in-choices.tsx';
import { CommandLine } from '../ui/copy-button.tsx';
import { Notice } from '../ui/notice.tsx';

export function SignInPage() {
  const token = useLinkToken();
  const navigate = useNavigate();
  const signIn = useSignIn();
  const sent = useRef<string | null>(null);
  const { mutate } = signIn;
  useEffect(() => {
    // A link works once: neither a second render nor a second tab's effect may send it again.
    if (token === null || sent.current === token) return;
    sent.current = token;
    forgetLinkToken();
    mutate(token, { onSuccess: () => void navigate({ to: '/', replace: true }) });
  }, [token, mutate, navigate]);
  if (signIn.error instanceof ProblemError && signIn.error.code === 'link_invalid') {
    return (
      <LonePage title={say.linkInvalid.title}>
        <p>{say.linkInvalid.detail}</p>
        <CommandLine command="npx --no sentinel open" />
      </LonePage>
    );
  }
  if (signIn.isError) {
    return (
      <LonePage title={say.signIn.title}>
        <ProblemView error={signIn.error} />
      </LonePage>
    );
  }
  if (token === null && signIn.isIdle) {
    return (
      <LonePage title={signInPhrases.title}>
        <SignInChoices />
      </LonePage>
    );
  }
  return (
    <LonePage title={say.signIn.title}>
      <Notice look="live" title={say.signIn.working} />
    </LonePage>
  );
}
