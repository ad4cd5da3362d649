// Where a member is signed in to this workspace, and signing them out of it everywhere.
import type { Member, SignedInPlace } from '@sentinel/contract';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { sessionPhrases as say } from '../phrases/en/access.ts';
import { formatAgo, formatFull } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { useToast } from '../ui/toast.tsx';
import { placeName } from './place-table.tsx';
import { useEndMember, useMemberPlaces } from './sessions.queries.ts';

export function MemberPlaces({ member, mayEnd }: { readonly member: Member; readonly mayEnd: boolean }) {
  const places = useMemberPlaces(member.user_id);
  const end = useEndMember();
  const toast = useToast();
  const [now] = useState(() => new Date());
  if (places.isError) return <ProblemView error={places.error} onRetry={() => void places.refetch()} />;
  const items = places.data?.items ?? [];
  const ended = {
    onSuccess: ({ ended: total }: { ended: number }) => toast({ sentence: say.endedOthers(total), onUndo: null }),
  };
  return (
    <section>
      <h4 className="type-caption type-strong mb-1.5 text-ink-2">{say.member}</h4>
      {places.data !== undefined && items.length === 0 && <p className="text-ink-2">{say.nowhere}</p>}
      <ul className="divide-y divide-line">
        {items.map((place) => (
          <Line key={place.id} place={place} now={now} />
        ))}
      </ul>
      {end.isError && <ProblemView error={end.error} action="session:manage" />}
      {mayEnd && items.length > 0 && (
        <div className="mt-3">
          <Button disabled={end.isPending} onClick={() => end.mutate(member.user_id, ended)}>
            {say.endMember}
          </Button>
        </div>
      )}
    </section>
  );
}

function Line({ place, now }: { readonly place: SignedInPlace; readonly now: Date }) {
  return (
    <li className="flex items-baseline justify-between gap-3 py-2">
      <span className="min-w-0 truncate">{placeName(place)}</span>
      <span className="type-caption type-number shrink-0 text-ink-2" title={formatFull(place.usedAt)}>
        {formatAgo(place.usedAt, now)}
      </span>
    </li>
  );
}
