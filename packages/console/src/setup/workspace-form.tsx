// The first step: name the workspace and say who one is. The one-time token goes with it and is forgotten.
import { type FormEvent, useState } from 'react';
import { forgetLinkToken } from '../app/link-token.ts';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { useSetup } from '../app/session.ts';
import { setupPhrases } from '../phrases/en/setup.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { StepHead } from './setup-frame.tsx';
import { LinkInvalid } from './link-states.tsx';

const say = setupPhrases.form;

interface FormFields {
  readonly workspaceName: string;
  readonly ownerName: string;
  readonly ownerEmail: string;
  readonly domains: string;
}

/** What is still missing, field by field. */
export function mistakesOf(fields: FormFields): {
  workspaceName: string | null;
  ownerName: string | null;
  ownerEmail: string | null;
} {
  return {
    workspaceName: fields.workspaceName.trim() === '' ? say.missing.workspace : null,
    ownerName: fields.ownerName.trim() === '' ? say.missing.name : null,
    ownerEmail: /^\S+@\S+$/.test(fields.ownerEmail.trim()) ? null : say.missing.email,
  };
}

/** Domains as typed, apart and trimmed. */
export const domainsOf = (text: string): string[] => text.split(/[\s,;]+/).filter((domain) => domain !== '');

export function WorkspaceForm({ token, onCreated }: { readonly token: string; readonly onCreated: () => void }) {
  const setup = useSetup(() => {
    onCreated();
    forgetLinkToken();
  });
  const [fields, setFields] = useState<FormFields>({ workspaceName: '', ownerName: '', ownerEmail: '', domains: '' });
  const [tried, setTried] = useState(false);
  const mistakes = mistakesOf(fields);
  const field = (name: keyof FormFields) => ({
    value: fields[name],
    onChange: (event: { target: { value: string } }) => setFields({ ...fields, [name]: event.target.value }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(mistakes).some((mistake) => mistake !== null)) return;
    const { domains, ...owner } = fields;
    setup.mutate({ token, ...owner, ownDomains: domainsOf(domains) });
  };
  if (setup.error instanceof ProblemError && setup.error.code === 'link_invalid') return <LinkInvalid />;
  const shown = (mistake: string | null) => (tried ? mistake : null);
  return (
    <>
      <StepHead title={say.title} why={say.why} />
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <Field
          label={say.workspace}
          help={say.workspaceHelp}
          mistake={shown(mistakes.workspaceName)}
          autoComplete="organization"
          {...field('workspaceName')}
        />
        <Field label={say.name} mistake={shown(mistakes.ownerName)} autoComplete="name" {...field('ownerName')} />
        <Field
          label={say.email}
          help={say.emailHelp}
          mistake={shown(mistakes.ownerEmail)}
          type="email"
          autoComplete="email"
          {...field('ownerEmail')}
        />
        <Field
          label={say.domains}
          help={say.domainsHelp}
          placeholder={say.domainsExample}
          autoComplete="off"
          {...field('domains')}
        />
        {setup.isError && <ProblemView error={setup.error} />}
        <div>
          <Button type="submit" look="solid" disabled={setup.isPending}>
            {setup.isPending ? say.creating : say.create}
          </Button>
        </div>
      </form>
    </>
  );
}
