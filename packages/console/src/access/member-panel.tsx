// One member: facts, role, where they are signed in, and removing them. What one may not do says who may.
import type { Member } from '@sentinel/contract';
import type { WorkspaceRole } from '@sentinel/contract/actions';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { useSignedIn } from '../app/session.ts';
import { useHasRole } from '../app/standing.ts';
import { memberPhrases as say } from '../phrases/en/access.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { formatFull } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Fact, Facts } from '../ui/facts.tsx';
import { SelectField } from '../ui/select-field.tsx';
import { shortId, SidePanel } from '../ui/side-panel.tsx';
import { useToast } from '../ui/toast.tsx';
import { useGivableRoles } from './invite-dialog.tsx';
import { MemberPlaces } from './member-places.tsx';
import { SignInLinkFor } from './sign-in-link-for.tsx';
import { useChangeRole, useRemoveMember } from './members.queries.ts';

interface MemberPanelProps {
  readonly id: string;
  /** Null when they are not among those found. */
  readonly member: Member | null;
  readonly onClose: () => void;
  readonly onPrevious: (() => void) | null;
  readonly onNext: (() => void) | null;
}

export function MemberPanel({ id, member, ...moves }: MemberPanelProps) {
  return (
    <SidePanel title={say.panel} reference={shortId(id)} {...moves}>
      {member === null ? (
        <EmptyState state={{ kind: 'no-results', sentence: say.notHere, onClear: null }} />
      ) : (
        <MemberFacts member={member} onGone={moves.onClose} />
      )}
    </SidePanel>
  );
}

function MemberFacts({ member, onGone }: { readonly member: Member; readonly onGone: () => void }) {
  const [isAdmin, isOwner] = [useHasRole('admin'), useHasRole('owner')];
  const mayChange = isAdmin && (isOwner || member.role !== 'owner');
  return (
    <div className="flex flex-col gap-6">
      <h3 className="type-verdict">{member.name}</h3>
      <Facts>
        <Fact label={say.facts.email}>{member.email}</Fact>
        <Fact label={say.facts.joined}>{formatFull(member.joined_at)}</Fact>
      </Facts>
      <RoleChoice member={member} may={mayChange} />
      {!mayChange && <p className="type-caption text-ink-2">{isAdmin ? say.ownersOnly : say.adminsOnly}</p>}
      {isAdmin && <MemberPlaces member={member} mayEnd={mayChange} />}
      {isOwner && <SignInLinkFor member={member} />}
      {mayChange && <RemoveMember member={member} onGone={onGone} />}
    </div>
  );
}

function RoleChoice({ member, may }: { readonly member: Member; readonly may: boolean }) {
  const change = useChangeRole();
  const toast = useToast();
  const givable = useGivableRoles();
  const roles = givable.includes(member.role) ? givable : [...givable, member.role];
  const choose = (role: WorkspaceRole) => {
    const before = member.role;
    if (role === before) return;
    const undo = () => change.mutate({ id: member.user_id, role: before });
    const done = () => toast({ sentence: say.roleChanged(member.name, role), onUndo: undo });
    change.mutate({ id: member.user_id, role }, { onSuccess: done });
  };
  const shown = change.isPending ? change.variables.role : member.role;
  return (
    <>
      <SelectField
        label={say.role}
        help={say.roleNote(shown)}
        value={shown}
        disabled={!may || change.isPending}
        choices={roles.map((role) => ({ value: role, label: framePhrases.roles[role] }))}
        onChoose={choose}
      />
      {change.isError && <ProblemView error={change.error} />}
    </>
  );
}

function RemoveMember({ member, onGone }: { readonly member: Member; readonly onGone: () => void }) {
  const { workspace } = useSignedIn();
  const [asking, setAsking] = useState(false);
  const remove = useRemoveMember();
  const toast = useToast();
  const gone = () => {
    toast({ sentence: say.removing.done(member.name), onUndo: null });
    onGone();
  };
  return (
    <div className="border-t border-line pt-5">
      <Button look="danger" onClick={() => setAsking(true)}>
        {say.remove}
      </Button>
      {asking && (
        <ConfirmDialog
          title={say.removing.title(member.name, workspace.name)}
          losses={say.removing.losses}
          go={say.removing.go}
          busy={remove.isPending}
          onGo={() => remove.mutate(member.user_id, { onSuccess: gone })}
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
