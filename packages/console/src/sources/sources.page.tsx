// Are we connected? Every account at a provider as a card, and the way to connect, pause and disconnect one.
import type { Connection, ConnectionList } from '@sentinel/contract';
import { Plus } from '@phosphor-icons/react/dist/csr/Plus';
import { X } from '@phosphor-icons/react/dist/csr/X';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { useMay } from '../app/session.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { sourcePhrases as say, type SourceStanding } from '../phrases/en/sources.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Notice } from '../ui/notice.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useToast } from '../ui/toast.tsx';
import { ConnectDialog } from './connect-dialog.tsx';
import { DisconnectDialog } from './disconnect-dialog.tsx';
import { type ConnectionAct, SourceCard } from './source-card.tsx';
import { StandingGlyph, standingOf } from './source-standing.tsx';
import { useConnectionAct, useSources } from './sources.queries.ts';

const route = getRouteApi('/frame/sources');

export function SourcesPage() {
  const sources = useSources();
  const { connect } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay('sources:manage');
  const providers = sources.data?.providers ?? [];
  const open = connect !== undefined && may && providers.length > 0;
  return (
    <Page
      title={framePhrases.pages.sources}
      freshness={<Freshness at={sources.dataUpdatedAt} failing={sources.isRefetchError} />}
      actions={may && <ConnectButton onConnect={() => void navigate({ search: { connect: 'choose' } })} />}
    >
      {sources.isError && sources.data === undefined ? (
        <div className="p-6">
          <ProblemView error={sources.error} action="sources:read" onRetry={() => void sources.refetch()} />
        </div>
      ) : sources.data === undefined ? (
        <Skeleton />
      ) : (
        <Sources list={sources.data} now={new Date(sources.dataUpdatedAt)} />
      )}
      {open && (
        <ConnectDialog
          providers={providers}
          first={connect === 'choose' ? (providers[0]?.provider ?? 'hubspot') : connect}
          onClose={() => void navigate({ search: {} })}
        />
      )}
    </Page>
  );
}

function ConnectButton({ onConnect }: { readonly onConnect: () => void }) {
  return (
    <Button look="solid" onClick={onConnect}>
      <Plus size={16} aria-hidden /> <span className="max-phone:sr-only">{say.connect}</span>
    </Button>
  );
}

function Sources({ list, now }: { readonly list: ConnectionList; readonly now: Date }) {
  const { connections } = list;
  const act = useConnectionAct();
  const navigate = route.useNavigate();
  const toast = useToast();
  const [leaving, setLeaving] = useState<Connection | null>(null);
  const onAct = (connection: Connection, what: ConnectionAct) => {
    if (what === 'disconnect') return setLeaving(connection);
    if (what === 'reconnect') return void navigate({ search: { connect: connection.provider } });
    const name = say.providers[connection.provider];
    act.mutate(
      { id: connection.id, act: what },
      what === 'check' ? { onSuccess: () => toast({ sentence: say.checked(name), onUndo: null }) } : {},
    );
  };
  return (
    <>
      <Head connections={connections} />
      <CameBack connections={connections} />
      {act.error !== null && (
        <div className="px-6 pb-4 max-phone:px-4">
          <ProblemView error={act.error} action="sources:manage" />
        </div>
      )}
      {connections.length === 0 ? (
        <FirstUse />
      ) : (
        <ul className="grid grid-cols-2 gap-5 px-6 max-wide:grid-cols-1 max-phone:px-4">
          {connections.map((each) => (
            <SourceCard
              key={each.id}
              connection={each}
              busy={act.isPending}
              now={now}
              onAct={(what) => onAct(each, what)}
            />
          ))}
        </ul>
      )}
      {leaving !== null && (
        <DisconnectDialog
          connection={leaving}
          onClose={() => setLeaving(null)}
          onDone={({ revocation, purged }) => {
            const removed =
              purged.messages + purged.contacts === 0 ? '' : ` ${say.purged(purged.messages, purged.contacts)}`;
            toast({ sentence: say.disconnected(say.providers[leaving.provider], revocation) + removed, onUndo: null });
            setLeaving(null);
          }}
        />
      )}
    </>
  );
}

function Head({ connections }: { readonly connections: readonly Connection[] }) {
  const counts = new Map<SourceStanding, number>();
  for (const each of connections) counts.set(standingOf(each), (counts.get(standingOf(each)) ?? 0) + 1);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 px-6 pt-6 pb-4 max-phone:px-4">
      <h2 className="type-display">{say.question}</h2>
      <ul className="flex flex-wrap gap-4">
        {[...counts].map(([standing, number]) => (
          <li key={standing} className="type-caption type-number flex items-center gap-1.5 text-ink-2">
            <StandingGlyph standing={standing} /> {say.standing(standing)} <b className="text-ink">{number}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How coming back from a provider ended; stays until somebody has read it. */
function CameBack({ connections }: { readonly connections: readonly Connection[] }) {
  const { connected, refused } = route.useSearch();
  const navigate = route.useNavigate();
  const made = connections.find(({ id }) => id === connected);
  const dismiss = (
    <IconButton label={say.dismiss} onClick={() => void navigate({ search: {} })}>
      <X size={16} aria-hidden />
    </IconButton>
  );
  if (made === undefined && refused === undefined) return null;
  return (
    <div className="px-6 pb-5 max-phone:px-4">
      {made !== undefined ? (
        <Notice
          look="yes"
          title={say.connected(say.providers[made.provider], made.account.name ?? made.account.id)}
          action={dismiss}
        />
      ) : (
        <Notice look="broken" urgent title={say.refused(refused ?? '')} action={dismiss} />
      )}
    </div>
  );
}

function FirstUse() {
  const { title, why, steps } = say.firstUse;
  const navigate = route.useNavigate();
  const may = useMay('sources:manage');
  const action = may && <Button onClick={() => void navigate({ search: { connect: 'choose' } })}>{say.connect}</Button>;
  return <EmptyState state={{ kind: 'first-use', title, why, steps, action }} />;
}
