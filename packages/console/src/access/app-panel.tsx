// One service or application: its facts, a new key, switching it off and on, deleting it.
import type { ClientApp, ServiceApp } from '@sentinel/contract';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { appPhrases as say } from '../phrases/en/apps.ts';
import { formatFull } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Fact, Facts } from '../ui/facts.tsx';
import { shortId, SidePanel } from '../ui/side-panel.tsx';
import { useToast } from '../ui/toast.tsx';
import type { AppKind } from './access-search.ts';
import { OnOff } from './app-tables.tsx';
import { useDeleteApp, useSwitchApp } from './apps.queries.ts';
import { RotateKey } from './rotate-key.tsx';

interface AppPanelProps {
  readonly id: string;
  readonly service: ServiceApp | null;
  readonly client: ClientApp | null;
  readonly onKey: (key: string) => void;
  readonly onClose: () => void;
}

export function AppPanel({ id, service, client, onKey, onClose }: AppPanelProps) {
  const title = client === null ? say.panel.service : say.panel.client;
  return (
    <SidePanel title={title} reference={shortId(id)} onClose={onClose} onPrevious={null} onNext={null}>
      <div className="flex flex-col gap-6">
        {service !== null && (
          <>
            <Head name={service.name} on={service.is_active} />
            <ServiceFacts app={service} />
            <RotateKey app={service} onKey={onKey} />
            <Acts kind="service" id={id} name={service.name} on={service.is_active} onGone={onClose} />
          </>
        )}
        {client !== null && (
          <>
            <Head name={client.name} on={client.is_active} />
            <ClientFacts app={client} />
            <Acts kind="client" id={id} name={client.name} on={client.is_active} onGone={onClose} />
          </>
        )}
        {service === null && client === null && (
          <EmptyState state={{ kind: 'no-results', sentence: say.notHere, onClear: null }} />
        )}
      </div>
    </SidePanel>
  );
}

function Head({ name, on }: { readonly name: string; readonly on: boolean }) {
  return (
    <div className="flex items-center gap-3">
      <h3 className="type-verdict min-w-0 break-words">{name}</h3>
      <OnOff on={on} />
    </div>
  );
}

function ServiceFacts({ app }: { readonly app: ServiceApp }) {
  return (
    <Facts>
      <Fact label={say.facts.service}>
        <code className="type-mono">{app.service_name}</code>
      </Fact>
      <Fact label={say.facts.key}>
        <code className="type-mono">{app.key_prefix}</code>
      </Fact>
      {app.previous_key_expires_at !== null && (
        <Fact label={say.facts.previous}>{formatFull(app.previous_key_expires_at)}</Fact>
      )}
      <Fact label={say.facts.used}>
        {app.last_used_at === null ? say.services.never : formatFull(app.last_used_at)}
      </Fact>
      <Fact label={say.facts.origins}>
        <Lines texts={app.allowed_origins} />
      </Fact>
      <Fact label={say.facts.created}>{formatFull(app.created_at)}</Fact>
    </Facts>
  );
}

function ClientFacts({ app }: { readonly app: ClientApp }) {
  return (
    <Facts>
      <Fact label={say.facts.id}>
        <code className="type-mono break-all">{app.id}</code>
      </Fact>
      <Fact label={say.facts.redirects}>
        <Lines texts={app.redirect_uris} />
      </Fact>
      <Fact label={say.facts.created}>{formatFull(app.created_at)}</Fact>
    </Facts>
  );
}

function Lines({ texts }: { readonly texts: readonly string[] }) {
  if (texts.length === 0) return say.nothing;
  return texts.map((text) => (
    <code key={text} className="type-mono block break-all">
      {text}
    </code>
  ));
}

interface ActsProps {
  readonly kind: AppKind;
  readonly id: string;
  readonly name: string;
  readonly on: boolean;
  readonly onGone: () => void;
}

function Acts({ kind, id, name, on, onGone }: ActsProps) {
  const [asking, setAsking] = useState(false);
  const change = useSwitchApp();
  const remove = useDeleteApp();
  const toast = useToast();
  const turn = (to: boolean) =>
    change.mutate(
      { kind, id, on: to },
      {
        onSuccess: () =>
          toast({ sentence: say.switched(name, to), onUndo: () => change.mutate({ kind, id, on: !to }) }),
      },
    );
  const gone = () => {
    toast({ sentence: say.removing.done(name), onUndo: null });
    onGone();
  };
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-5">
      {change.isError && <ProblemView error={change.error} />}
      <div className="flex flex-wrap gap-2">
        <Button disabled={change.isPending} onClick={() => turn(!on)}>
          {on ? say.switchOff : say.switchOn}
        </Button>
        <Button look="danger" onClick={() => setAsking(true)}>
          {say.remove}
        </Button>
      </div>
      {asking && (
        <ConfirmDialog
          title={say.removing.title(name)}
          losses={say.removing[kind]}
          go={say.removing.go}
          busy={remove.isPending}
          onGo={() => remove.mutate({ kind, id }, { onSuccess: gone })}
          onClose={() => setAsking(false)}
        >
          {remove.isError && (
            <div className="mt-4">
              <ProblemView error={remove.error} />
            </div>
          )}
        </ConfirmDialog>
      )}
    </div>
  );
}
