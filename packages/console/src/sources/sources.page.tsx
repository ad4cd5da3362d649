// Are we connected? Every account at a provider as a card, and the way to connect, pause and disconnect one.
import type { Connection, ConnectionList, Disconnected } from '@sentinel/contract';
import { sharingGrant } from '@sentinel/contract/connections';
import { Plus } from '@phosphor-icons/react/dist/csr/Plus';
import { getRouteApi } from '@tanstack/react-router';
import { type RefObject, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { ProblemView } from '../app/problem-view.tsx';
import { useMay } from '../app/session.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { sourcePhrases as say, type SourceStanding } from '../phrases/en/sources.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Notice } from '../ui/notice.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useToast } from '../ui/toast.tsx';
import { CameBack, DismissButton } from './came-back.tsx';
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
  // The first account is connected from the middle of the page.
  const isEmpty = sources.data?.connections.length === 0;
  const open = connect !== undefined && may && providers.length > 0;
  return (
    <Page
      title={framePhrases.pages.sources}
      freshness={<Freshness at={sources.dataUpdatedAt} failing={sources.isRefetchError} />}
      actions={may && !isEmpty && <ConnectButton onConnect={() => void navigate({ search: { connect: 'choose' } })} />}
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
  const toast = useToast();
  const head = useRef<HTMLHeadingElement>(null);
  const [leaving, setLeaving] = useState<Connection | null>(null);
  const [unconfirmed, setUnconfirmed] = useState<string | null>(null);
  const { onAct, busy, error } = useActs(setLeaving);
  const onLeft = (connection: Connection, { revocation, purged }: Disconnected) => {
    const sentence = say.disconnected(say.providers[connection.provider], revocation, nameOfSharing(connection));
    const removed = purged.messages + purged.contacts === 0 ? '' : ` ${say.purged(purged.messages, purged.contacts)}`;
    // What somebody has to do elsewhere stays on the page; a toast would be gone.
    if (revocation === 'unconfirmed') setUnconfirmed(sentence + removed);
    else toast({ sentence: sentence + removed, onUndo: null });
    // The button that had the focus goes with its card, so the focus goes to the top before that.
    flushSync(() => setLeaving(null));
    head.current?.focus();
  };
  const nameOfSharing = (connection: Connection) => {
    const other = sharingGrant(connection, connections);
    return other === null ? null : say.providers[other.provider];
  };
  return (
    <>
      <Head ref={head} connections={connections} />
      <div className="flex flex-col gap-4 px-6 empty:hidden max-phone:px-4 [&>*:last-child]:mb-5">
        <CameBack connections={connections} />
        {unconfirmed !== null && (
          <Notice
            look="broken"
            urgent
            title={unconfirmed}
            action={<DismissButton onDismiss={() => setUnconfirmed(null)} />}
          />
        )}
        {error !== null && <ProblemView error={error} action="sources:manage" />}
      </div>
      {connections.length === 0 ? (
        <FirstUse />
      ) : (
        <ul className="grid grid-cols-2 gap-5 px-6 max-wide:grid-cols-1 max-phone:px-4">
          {connections.map((each) => (
            <SourceCard key={each.id} connection={each} busy={busy} now={now} onAct={(what) => onAct(each, what)} />
          ))}
        </ul>
      )}
      {leaving !== null && (
        <DisconnectDialog
          connection={leaving}
          other={nameOfSharing(leaving)}
          onClose={() => setLeaving(null)}
          onDone={(answer) => onLeft(leaving, answer)}
        />
      )}
    </>
  );
}

/** What the buttons of a card do; what needs a second look before it is done is left to `onLeave`. */
function useActs(onLeave: (connection: Connection) => void) {
  const navigate = route.useNavigate();
  const toast = useToast();
  const act = useConnectionAct();
  const said = (after: Connection) => say.checked(say.providers[after.provider], after.sentence);
  const onAct = (connection: Connection, what: ConnectionAct) => {
    if (what === 'disconnect') return onLeave(connection);
    if (what === 'reconnect') return void navigate({ search: { connect: connection.provider } });
    act.mutate(
      { id: connection.id, act: what },
      what === 'check' ? { onSuccess: (after) => toast({ sentence: said(after), onUndo: null }) } : {},
    );
  };
  return { onAct, busy: act.isPending, error: act.error };
}

const STANDINGS: readonly SourceStanding[] = ['connected', 'waiting', 'needs_attention', 'paused'];

interface HeadProps {
  readonly ref: RefObject<HTMLHeadingElement | null>;
  readonly connections: readonly Connection[];
}

function Head({ ref, connections }: HeadProps) {
  const standings = connections.map(standingOf);
  const counts = STANDINGS.map((standing) => [standing, standings.filter((each) => each === standing).length] as const);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 px-6 pt-6 pb-4 max-phone:px-4">
      <h2 ref={ref} tabIndex={-1} className="type-sentence focus-visible:outline-none">
        {say.question}
      </h2>
      <ul className="flex flex-wrap gap-4">
        {counts
          .filter(([, number]) => number > 0)
          .map(([standing, number]) => (
            <li key={standing} className="type-caption type-number flex items-center gap-1.5 text-ink-2">
              <StandingGlyph standing={standing} /> {say.standing(standing)} <b className="text-ink">{number}</b>
            </li>
          ))}
      </ul>
    </div>
  );
}

function FirstUse() {
  const { title, why, steps } = say.firstUse;
  const navigate = route.useNavigate();
  const may = useMay('sources:manage');
  const action = may && (
    <Button look="solid" onClick={() => void navigate({ search: { connect: 'choose' } })}>
      {say.connect}
    </Button>
  );
  return <EmptyState state={{ kind: 'first-use', title, why, steps, action }} />;
}
