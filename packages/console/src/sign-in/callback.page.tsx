// Where an identity provider's sign-in ends: the way back is checked, the workspace chosen where there is a choice, and the
// page that was open before opens again.
import type { WorkspaceOption } from '@sentinel/contract';
import { useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { LonePage } from '../app/lone-page.tsx';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { signInPhrases } from '../phrases/en/sign-in.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { type CameBack, takeCameBack } from './provider-sign-in.ts';
import { useChoices, useEnter } from './sign-in.queries.ts';

const say = signInPhrases.callback;

let taken: CameBack | null | undefined;

/** Once per page load: a second render must find what the first one took out of the address. */
function cameBack(): CameBack | null {
  if (location.search !== '' || taken === undefined) {
    taken = takeCameBack(location.search, sessionStorage);
    history.replaceState(history.state, '', location.pathname);
  }
  return taken;
}

export function CallbackPage() {
  const [back] = useState(cameBack);
  return back === null ? <Strange /> : <SigningIn back={back} />;
}

function SigningIn({ back }: { readonly back: CameBack }) {
  const router = useRouter();
  const { mutate: askChoices, ...choices } = useChoices();
  const { mutate: enter, ...entering } = useEnter();
  const go = (workspaceId: string) =>
    enter({ ...back, workspaceId }, { onSuccess: () => router.history.replace(back.returnTo) });
  useEffect(() => {
    askChoices(back, {
      onSuccess: ([first, ...more]) => {
        if (first === undefined || more.length > 0) return;
        enter({ ...back, workspaceId: first.id }, { onSuccess: () => router.history.replace(back.returnTo) });
      },
    });
  }, [askChoices, enter, back, router]);
  const error = choices.error ?? entering.error;
  if (error instanceof ProblemError && error.code === 'code_invalid') return <Strange />;
  if (error !== null) {
    return (
      <LonePage title={say.title}>
        <ProblemView error={error} />
        <Again />
      </LonePage>
    );
  }
  if (choices.data?.length === 0) {
    return (
      <LonePage title={say.nowhere}>
        <p>{say.nowhereDetail}</p>
        <Again />
      </LonePage>
    );
  }
  if (choices.data !== undefined && choices.data.length > 1 && entering.isIdle)
    return <Choose options={choices.data} onChoose={go} />;
  return (
    <LonePage title={say.title}>
      <Notice look="live" title={say.working} />
    </LonePage>
  );
}

function Choose({
  options,
  onChoose,
}: {
  readonly options: readonly WorkspaceOption[];
  readonly onChoose: (workspaceId: string) => void;
}) {
  return (
    <LonePage title={say.choose}>
      <p>{say.chooseWhy}</p>
      <ul className="flex w-full max-w-[320px] flex-col gap-2">
        {options.map(({ id, name, role }) => (
          <li key={id} className="flex flex-col">
            <Button onClick={() => onChoose(id)}>
              <span className="truncate">{say.enter(name, role)}</span>
            </Button>
          </li>
        ))}
      </ul>
    </LonePage>
  );
}

function Strange() {
  return (
    <LonePage title={say.strange}>
      <p>{say.strangeDetail}</p>
      <Again />
    </LonePage>
  );
}

const Again = () => (
  <ButtonLink to="/sign-in" look="solid">
    {say.again}
  </ButtonLink>
);
