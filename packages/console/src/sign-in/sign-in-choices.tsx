// The ways in: every identity provider that is set up, and the link that works once. Never a dead end: where there is no
// provider it says so, and how to get a link.
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { signInPhrases as say } from '../phrases/en/sign-in.ts';
import { Button, ButtonAnchor } from '../ui/button.tsx';
import { CommandLine } from '../ui/copy-button.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { beginSignIn } from './provider-sign-in.ts';
import { useIssuer, useProviders } from './sign-in.queries.ts';

export function SignInChoices() {
  const providers = useProviders();
  const issuer = useIssuer();
  const names = providers.data?.providers ?? [];
  if (providers.isPending) return <Skeleton lines={3} />;
  return (
    <>
      {providers.isError ? (
        <ProblemView error={providers.error} onRetry={() => void providers.refetch()} />
      ) : names.length === 0 ? (
        <p>{say.none}</p>
      ) : issuer.data !== undefined && issuer.data !== location.origin ? (
        <OtherAddress issuer={issuer.data} />
      ) : (
        <>
          <p>{say.why}</p>
          <ProviderButtons names={names} />
          <h2 className="type-section mt-6 text-ink">{say.or}</h2>
        </>
      )}
      <p>{say.link}</p>
      <CommandLine command="npx --no sentinel open" />
      <p className="type-caption">{say.noTerminal}</p>
    </>
  );
}

function ProviderButtons({ names }: { readonly names: readonly string[] }) {
  const [leavingFor, setLeavingFor] = useState<string | null>(null);
  const [fault, setFault] = useState<Error | null>(null);
  const leave = (name: string) => {
    setLeavingFor(name);
    beginSignIn(name).catch((error: unknown) => {
      setLeavingFor(null);
      setFault(error instanceof Error ? error : new Error(String(error)));
    });
  };
  return (
    <>
      {fault !== null && <ProblemView error={fault} />}
      <ul className="flex w-full max-w-[320px] flex-col gap-2">
        {names.map((name, index) => (
          <li key={name} className="flex flex-col">
            <Button look={index === 0 ? 'solid' : 'quiet'} disabled={leavingFor !== null} onClick={() => leave(name)}>
              {leavingFor === name ? say.leaving : say.with(name)}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Providers send people back to one address only; what this tab keeps would not be there. */
function OtherAddress({ issuer }: { readonly issuer: string }) {
  const { host } = new URL(issuer);
  return (
    <>
      <p>{say.otherAddress(host)}</p>
      <ButtonAnchor href={`${issuer}/console/sign-in`} look="solid">
        {say.goThere(host)}
      </ButtonAnchor>
    </>
  );
}
