// Where one is signed in oneself: browsers, applications and programs, each with a way to end it.
import type { SignedInPlace } from '@sentinel/contract';
import { Terminal } from '@phosphor-icons/react/dist/csr/Terminal';
import { useQueryClient } from '@tanstack/react-query';
import { ProblemView } from '../app/problem-view.tsx';
import { SESSION_KEY } from '../app/query-client.ts';
import { sessionPhrases as say } from '../phrases/en/access.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useToast } from '../ui/toast.tsx';
import { placeName, PlaceTable } from './place-table.tsx';
import { useEndOthers, useEndPlace, useOwnPlaces } from './sessions.queries.ts';

export function SessionsPage() {
  const places = useOwnPlaces();
  const rows = places.data?.items ?? [];
  return (
    <Page
      title={framePhrases.pages.sessions}
      freshness={<Freshness at={places.dataUpdatedAt} failing={places.isRefetchError} />}
      actions={
        <ButtonLink to="/device">
          <Terminal size={16} aria-hidden /> <span className="max-phone:sr-only">{say.program}</span>
        </ButtonLink>
      }
    >
      {places.isError && places.data === undefined ? (
        <div className="p-6">
          <ProblemView error={places.error} action="session:read" onRetry={() => void places.refetch()} />
        </div>
      ) : places.data === undefined ? (
        <Skeleton />
      ) : (
        <Places rows={rows} />
      )}
    </Page>
  );
}

function Places({ rows }: { readonly rows: readonly SignedInPlace[] }) {
  const end = useEndPlace();
  const others = useEndOthers();
  const toast = useToast();
  const client = useQueryClient();
  const error = end.error ?? others.error;
  const endOne = (place: SignedInPlace) =>
    end.mutate(place.id, {
      onSuccess: () => {
        if (place.current) void client.resetQueries({ queryKey: SESSION_KEY });
        else toast({ sentence: say.ended(placeName(place)), onUndo: null });
      },
    });
  return (
    <>
      <div className="flex flex-wrap items-center gap-4 px-6 py-5 max-phone:px-4">
        <p className="type-sentence mr-auto">{say.summary(rows.length)}</p>
        {rows.length > 1 && (
          <Button
            disabled={others.isPending}
            onClick={() =>
              others.mutate(undefined, {
                onSuccess: ({ ended }) => toast({ sentence: say.endedOthers(ended), onUndo: null }),
              })
            }
          >
            {say.endOthers}
          </Button>
        )}
      </div>
      {error !== null && (
        <div className="px-6 pb-4">
          <ProblemView error={error} action="session:end" />
        </div>
      )}
      <PlaceTable rows={rows} busy={end.isPending} onEnd={endOne} />
    </>
  );
}
