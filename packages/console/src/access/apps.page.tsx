// The applications of the installation: services that ask, and applications that sign people in. For platform
// administrators; everybody else is told whose business it is.
import { Plus } from '@phosphor-icons/react/dist/csr/Plus';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { useSignedIn } from '../app/session.ts';
import { appPhrases as say } from '../phrases/en/apps.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { Button, ButtonAnchor } from '../ui/button.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { AppDialog } from './app-dialog.tsx';
import { AppPanel } from './app-panel.tsx';
import { ClientTable, ServiceTable } from './app-tables.tsx';
import { useClientApps, useServiceApps } from './apps.queries.ts';
import { KeyDialog } from './key-dialog.tsx';

const route = getRouteApi('/frame/apps');

export function AppsPage() {
  return useSignedIn().person.isAdmin ? <Apps /> : <NotAdmin />;
}

function NotAdmin() {
  return (
    <Page title={framePhrases.pages.apps}>
      <div className="flex max-w-[480px] flex-col items-start gap-3 p-6 max-phone:p-4">
        <h2 className="type-verdict">{say.notAdmin.title}</h2>
        <p className="text-ink-2">{say.notAdmin.why}</p>
        <p className="text-ink-2">{say.notAdmin.viaLink}</p>
        <p className="text-ink-2">{say.notAdmin.api}</p>
        <ButtonAnchor href="/docs/api">{say.notAdmin.docs}</ButtonAnchor>
      </div>
    </Page>
  );
}

function Apps() {
  const { app, create } = route.useSearch();
  const navigate = route.useNavigate();
  const [key, setKey] = useState<string | null>(null);
  const services = useServiceApps();
  const clients = useClientApps();
  const error = services.error ?? clients.error;
  const close = () => void navigate({ search: {} });
  return (
    <Page
      title={framePhrases.pages.apps}
      freshness={<Freshness at={services.dataUpdatedAt} failing={services.isRefetchError} />}
      panel={
        app !== undefined && (
          <AppPanel
            key={app}
            id={app}
            service={services.data?.find((each) => each.id === app) ?? null}
            client={clients.data?.find((each) => each.id === app) ?? null}
            onKey={setKey}
            onClose={close}
          />
        )
      }
    >
      {error !== null ? (
        <div className="p-6">
          <ProblemView
            error={error}
            onRetry={() => {
              void services.refetch();
              void clients.refetch();
            }}
          />
        </div>
      ) : services.data === undefined || clients.data === undefined ? (
        <Skeleton />
      ) : (
        <>
          <p className="type-sentence px-6 py-5 max-phone:px-4">
            {say.summary(services.data.length, clients.data.length)}
          </p>
          <ListHead
            title={say.services.title}
            add={say.services.create}
            onAdd={() => void navigate({ search: { create: 'service' } })}
          />
          <ServiceTable rows={services.data} selected={app} />
          <ListHead
            title={say.clients.title}
            add={say.clients.create}
            onAdd={() => void navigate({ search: { create: 'client' } })}
          />
          <ClientTable rows={clients.data} selected={app} />
        </>
      )}
      {create !== undefined && <AppDialog kind={create} onKey={setKey} onClose={close} />}
      {key !== null && <KeyDialog apiKey={key} onClose={() => setKey(null)} />}
    </Page>
  );
}

interface ListHeadProps {
  readonly title: string;
  readonly add: string;
  readonly onAdd: () => void;
}

function ListHead({ title, add, onAdd }: ListHeadProps) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 px-6 pt-5 pb-2 max-phone:px-4">
      <h2 className="type-section">{title}</h2>
      <Button size="small" onClick={onAdd}>
        <Plus size={14} aria-hidden /> {add}
      </Button>
    </div>
  );
}
