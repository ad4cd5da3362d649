// Adding a service or an application. What the server refuses of the addresses is shown under the field they stand in.
import { type FormEvent, useState } from 'react';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { appPhrases } from '../phrases/en/apps.ts';
import { uiPhrases } from '../phrases/en/ui.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { LinesField, linesOf } from '../ui/lines-field.tsx';
import type { AppKind } from './access-search.ts';
import { useAddClient, useAddService } from './apps.queries.ts';

const say = appPhrases.form;
const SERVICE_NAME = /^[a-z][a-z0-9-]*[a-z0-9]$/;

interface AppDialogProps {
  readonly kind: AppKind;
  /** Told the key of a new service. */
  readonly onKey: (key: string) => void;
  readonly onClose: () => void;
}

export function AppDialog({ kind, onKey, onClose }: AppDialogProps) {
  return kind === 'service' ? <ServiceForm onKey={onKey} onClose={onClose} /> : <ClientForm onClose={onClose} />;
}

function ServiceForm({ onKey, onClose }: Omit<AppDialogProps, 'kind'>) {
  const add = useAddService();
  const [name, setName] = useState('');
  const [service, setService] = useState('');
  const [origins, setOrigins] = useState('');
  const [tried, setTried] = useState(false);
  const taken = add.error instanceof ProblemError && add.error.code === 'bad_request';
  const refused = refusedLine(add.error, 'allowed_origins');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() === '' || !SERVICE_NAME.test(service)) return;
    add.mutate(
      { name, service_name: service, allowed_origins: linesOf(origins) },
      {
        onSuccess: ({ api_key: key }) => {
          onClose();
          onKey(key);
        },
      },
    );
  };
  return (
    <Dialog title={say.service} onClose={onClose}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <Field
          label={say.name}
          value={name}
          maxLength={255}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          mistake={tried && name.trim() === '' ? say.missingName : null}
        />
        <Field
          label={say.serviceName}
          help={say.serviceNameHelp}
          value={service}
          maxLength={255}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            add.reset();
            setService(event.target.value.toLowerCase());
          }}
          mistake={tried && !SERVICE_NAME.test(service) ? say.missingService : taken ? say.taken : null}
        />
        <LinesField
          label={say.origins}
          help={say.originsHelp}
          value={origins}
          onChange={(event) => setOrigins(event.target.value)}
          mistake={refused}
        />
        {add.error !== null && !taken && refused === null && <ProblemView error={add.error} />}
        <FormActions busy={add.isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function ClientForm({ onClose }: { readonly onClose: () => void }) {
  const add = useAddClient();
  const [name, setName] = useState('');
  const [redirects, setRedirects] = useState('');
  const [tried, setTried] = useState(false);
  const lines = linesOf(redirects);
  const refused = refusedLine(add.error, 'redirect_uris');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() === '' || lines.length === 0) return;
    add.mutate({ name, redirect_uris: lines }, { onSuccess: onClose });
  };
  return (
    <Dialog title={say.client} onClose={onClose}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <Field
          label={say.name}
          value={name}
          maxLength={255}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          mistake={tried && name.trim() === '' ? say.missingName : null}
        />
        <LinesField
          label={say.redirects}
          help={say.redirectsHelp}
          value={redirects}
          onChange={(event) => setRedirects(event.target.value)}
          mistake={tried && lines.length === 0 ? say.missingRedirects : refused}
        />
        {add.error !== null && refused === null && <ProblemView error={add.error} />}
        <FormActions busy={add.isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function FormActions({ busy, onClose }: { readonly busy: boolean; readonly onClose: () => void }) {
  return (
    <DialogActions>
      <Button onClick={onClose}>{uiPhrases.cancel}</Button>
      <Button type="submit" look="solid" disabled={busy}>
        {say.go}
      </Button>
    </DialogActions>
  );
}

/** What the server said about one of a field's lines. */
function refusedLine(error: Error | null, field: string): string | null {
  const places = error instanceof ProblemError ? error.places : [];
  return places.find(({ pointer }) => pointer.startsWith(`/body/${field}`))?.detail ?? null;
}
