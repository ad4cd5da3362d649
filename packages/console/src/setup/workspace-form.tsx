// The first step: name the workspace and say who one is. The one-time token goes with it and is forgotten.
import { type FormEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { forgetLinkToken } from '../app/link-token.ts';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { useSetup } from '../app/session.ts';
import { setupPhrases } from '../phrases/en/setup.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { StepHead } from './setup-frame.tsx';
import { LinkInvalid } from './link-states.tsx';
import { domainsOf, type FormFields, mistakesOf, refusedOf } from './workspace-mistakes.ts';

const say = setupPhrases.form;
const EMPTY: FormFields = { workspaceName: '', ownerName: '', ownerEmail: '', domains: '' };

export function WorkspaceForm({ token, onCreated }: { readonly token: string; readonly onCreated: () => void }) {
  const setup = useSetup(() => {
    onCreated();
    forgetLinkToken();
  });
  const [fields, setFields] = useState(EMPTY);
  const [sent, setSent] = useState(EMPTY);
  const [tries, setTries] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const mistakes = mistakesOf(fields);
  const refused = refusedOf(setup.error instanceof ProblemError ? setup.error.places : [], sent);
  useFocusOnMistake(form, tries, setup.error);
  const field = (name: keyof FormFields) => ({
    value: fields[name],
    onChange: (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value }),
    // What the server said of a value holds until the value is another.
    mistake: (tries > 0 ? mistakes[name] : null) ?? (fields[name] === sent[name] ? refused.mistakes[name] : null),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTries(tries + 1);
    if (Object.values(mistakes).some((mistake) => mistake !== null)) return;
    const { domains, ...owner } = fields;
    setSent(fields);
    setup.mutate({ token, ...owner, ownDomains: domainsOf(domains) });
  };
  if (setup.error instanceof ProblemError && setup.error.code === 'link_invalid') return <LinkInvalid />;
  return (
    <>
      <StepHead title={say.title} why={say.why} />
      <form ref={form} onSubmit={submit} noValidate className="flex flex-col gap-5">
        <Field
          label={say.workspace}
          help={say.workspaceHelp}
          maxLength={80}
          autoComplete="organization"
          {...field('workspaceName')}
        />
        <Field label={say.name} maxLength={120} autoComplete="name" {...field('ownerName')} />
        <Field
          label={say.email}
          help={say.emailHelp}
          type="email"
          maxLength={254}
          autoComplete="email"
          {...field('ownerEmail')}
        />
        <Field
          label={say.domains}
          help={say.domainsHelp}
          placeholder={say.domainsExample}
          autoComplete="off"
          spellCheck={false}
          {...field('domains')}
        />
        {setup.isError && !refused.whole && <ProblemView error={setup.error} />}
        <div>
          <Button type="submit" look="solid" disabled={setup.isPending}>
            {setup.isPending ? say.creating : say.create}
          </Button>
        </div>
      </form>
    </>
  );
}

/** Leads to the first field that needs another value, each time something was refused. */
function useFocusOnMistake(form: RefObject<HTMLFormElement | null>, tries: number, refusal: Error | null): void {
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form, tries, refusal]);
}
