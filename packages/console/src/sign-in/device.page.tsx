// Signing a program in: the person types or confirms the code it shows, sees who asks and for whom it would act, and decides.
import type { DeviceAsking } from '@sentinel/contract';
import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { send } from '../app/api.ts';
import { SessionGuard } from '../app/guard.tsx';
import { LonePage } from '../app/lone-page.tsx';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { useSignedIn } from '../app/session.ts';
import { signInPhrases } from '../phrases/en/sign-in.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { HoldsGlyph } from '../ui/glyph.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { isWholeCode, spellCode } from './user-code.ts';

const say = signInPhrases.device;
const route = getRouteApi('/device');

export function DevicePage() {
  return (
    <SessionGuard>
      <Deciding />
    </SessionGuard>
  );
}

const useFind = () =>
  useMutation({
    mutationFn: (code: string) => send<DeviceAsking>('POST', '/v1/device-grants/find', { user_code: code }),
  });

const useDecide = () =>
  useMutation({
    mutationFn: ({ what, code }: { readonly what: 'approve' | 'deny'; readonly code: string }) =>
      send<unknown>('POST', `/v1/device-grants/${what}`, { user_code: code }),
  });

function Deciding() {
  const { user_code: given = '' } = route.useSearch();
  const find = useFind();
  const { mutate } = find;
  useEffect(() => {
    if (isWholeCode(given)) mutate(given);
  }, [given, mutate]);
  if (find.data !== undefined) return <Decide asking={find.data} onAnother={find.reset} />;
  if (find.isPending) return <Skeleton />;
  return <EnterCode given={spellCode(given)} error={find.error} onCode={mutate} />;
}

interface EnterCodeProps {
  readonly given: string;
  readonly error: Error | null;
  readonly onCode: (code: string) => void;
}

function EnterCode({ given, error, onCode }: EnterCodeProps) {
  const [code, setCode] = useState(given);
  const [sent, setSent] = useState(given);
  const [short, setShort] = useState(false);
  const unknown = error instanceof ProblemError && error.code === 'not_found' && code === sent;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShort(!isWholeCode(code));
    if (!isWholeCode(code)) return;
    setSent(code);
    onCode(code);
  };
  return (
    <LonePage title={say.enter}>
      <p>{say.enterWhy}</p>
      <form onSubmit={submit} noValidate className="flex w-full flex-col items-start gap-4 text-ink">
        <Field
          label={say.code}
          value={code}
          onChange={(event) => {
            setShort(false);
            setCode(spellCode(event.target.value));
          }}
          placeholder={say.example}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={20}
          mistake={short ? say.short : unknown ? say.unknown : null}
        />
        {error !== null && !(error instanceof ProblemError && error.code === 'not_found') && (
          <ProblemView error={error} action="session:approve" />
        )}
        <Button type="submit" look="solid">
          {say.next}
        </Button>
      </form>
    </LonePage>
  );
}

function Decide({ asking, onAnother }: { readonly asking: DeviceAsking; readonly onAnother: () => void }) {
  const { person, workspace, role } = useSignedIn();
  const decision = useDecide();
  const decide = (what: 'approve' | 'deny') => decision.mutate({ what, code: asking.user_code });
  if (decision.isSuccess) return <Decided what={decision.variables.what} />;
  return (
    <LonePage title={say.wants(asking.client_name)}>
      <p>{say.as(person.name, role, workspace.name)}</p>
      <p className="type-display self-stretch rounded-box border border-line bg-code px-4 py-3 text-center font-mono text-ink">
        {asking.user_code}
      </p>
      <p>{say.same}</p>
      {decision.isError && <ProblemView error={decision.error} action="session:approve" />}
      <div className="flex flex-wrap gap-3">
        <Button look="solid" disabled={decision.isPending} onClick={() => decide('approve')}>
          {say.approve}
        </Button>
        <Button disabled={decision.isPending} onClick={() => decide('deny')}>
          {say.deny}
        </Button>
        {decision.isError && (
          <Button look="plain" onClick={onAnother}>
            {say.another}
          </Button>
        )}
      </div>
    </LonePage>
  );
}

function Decided({ what }: { readonly what: 'approve' | 'deny' }) {
  const approved = what === 'approve';
  return (
    <LonePage title={approved ? say.approved : say.denied}>
      <p role="status" className="flex items-start gap-2.5">
        {approved && (
          <span className="pt-0.5">
            <HoldsGlyph size={16} />
          </span>
        )}
        {approved ? say.approvedDetail : say.deniedDetail}
      </p>
      <ButtonLink to="/sessions">{say.sessions}</ButtonLink>
    </LonePage>
  );
}
