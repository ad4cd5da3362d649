// One group: what it is for, who belongs, and for admins changing both.
import type { Group } from '@sentinel/contract';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { useHasRole } from '../app/standing.ts';
import { groupPhrases as say } from '../phrases/en/access.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { shortId, SidePanel } from '../ui/side-panel.tsx';
import { useToast } from '../ui/toast.tsx';
import { GroupDialog } from './group-dialog.tsx';
import { GroupBelongings } from './group-belongings.tsx';
import { useDeleteGroup, useGroupMembers } from './groups.queries.ts';

interface GroupPanelProps {
  readonly id: string;
  readonly group: Group | null;
  readonly onClose: () => void;
  readonly onPrevious: (() => void) | null;
  readonly onNext: (() => void) | null;
}

export function GroupPanel({ id, group, ...moves }: GroupPanelProps) {
  return (
    <SidePanel title={say.panel} reference={shortId(id)} {...moves}>
      {group === null ? (
        <EmptyState state={{ kind: 'no-results', sentence: say.notHere, onClear: null }} />
      ) : (
        <GroupFacts group={group} onGone={moves.onClose} />
      )}
    </SidePanel>
  );
}

function GroupFacts({ group, onGone }: { readonly group: Group; readonly onGone: () => void }) {
  const mayManage = useHasRole('admin');
  const [editing, setEditing] = useState(false);
  return (
    <div className="flex flex-col gap-6">
      <div>
        <div className="flex items-start justify-between gap-3">
          <h3 className="type-verdict min-w-0 break-words">{group.name}</h3>
          {mayManage && (
            <Button size="small" onClick={() => setEditing(true)}>
              {say.edit}
            </Button>
          )}
        </div>
        {group.description !== null && <p className="mt-1 break-words text-ink-2">{group.description}</p>}
      </div>
      <GroupBelongings group={group} mayManage={mayManage} />
      {mayManage && <DeleteGroup group={group} onGone={onGone} />}
      {editing && <GroupDialog group={group} onSaved={() => {}} onClose={() => setEditing(false)} />}
    </div>
  );
}

function DeleteGroup({ group, onGone }: { readonly group: Group; readonly onGone: () => void }) {
  const [asking, setAsking] = useState(false);
  const members = useGroupMembers(group.id);
  const remove = useDeleteGroup();
  const toast = useToast();
  const gone = () => {
    toast({ sentence: say.removing.done(group.name), onUndo: null });
    onGone();
  };
  return (
    <div className="border-t border-line pt-5">
      <Button look="danger" disabled={members.data === undefined} onClick={() => setAsking(true)}>
        {say.remove}
      </Button>
      {asking && (
        <ConfirmDialog
          title={say.removing.title(group.name, members.data?.length ?? 0)}
          losses={say.removing.losses}
          go={say.removing.go}
          busy={remove.isPending}
          onGo={() => remove.mutate(group.id, { onSuccess: gone })}
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
