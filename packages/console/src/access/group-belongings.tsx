// Who belongs to a group: the list, adding a member, taking one out with a way back.
import type { Group, GroupMember } from '@sentinel/contract';
import { ProblemView } from '../app/problem-view.tsx';
import { groupPhrases as say } from '../phrases/en/access.ts';
import { Button } from '../ui/button.tsx';
import { SelectField } from '../ui/select-field.tsx';
import { useToast } from '../ui/toast.tsx';
import { useBelonging, useGroupMembers } from './groups.queries.ts';
import { useMembers } from './members.queries.ts';

interface BelongingsProps {
  readonly group: Group;
  readonly mayManage: boolean;
}

export function GroupBelongings({ group, mayManage }: BelongingsProps) {
  const members = useGroupMembers(group.id);
  const belonging = useBelonging(group.id);
  const toast = useToast();
  const rows = members.data ?? [];
  const change = (personId: string, name: string, belongs: boolean) =>
    belonging.mutate(
      { personId, belongs },
      {
        onSuccess: () =>
          toast({
            sentence: belongs ? say.added(name) : say.takenOut(name),
            onUndo: () => belonging.mutate({ personId, belongs: !belongs }),
          }),
      },
    );
  if (members.isError) return <ProblemView error={members.error} onRetry={() => void members.refetch()} />;
  return (
    <section className="flex flex-col gap-3">
      <h4 className="type-caption type-strong text-ink-2">{say.members}</h4>
      {members.data !== undefined && rows.length === 0 && <p className="text-ink-2">{say.nobody}</p>}
      <ul className="divide-y divide-line">
        {rows.map(({ user_id: id, name, email }) => (
          <li key={id} className="flex items-center justify-between gap-3 py-1.5">
            <span className="min-w-0">
              <span className="type-strong block truncate">{name}</span>
              <span className="type-caption block truncate text-ink-2">{email}</span>
            </span>
            {mayManage && (
              <Button
                look="plain"
                size="small"
                disabled={belonging.isPending}
                aria-label={say.takeOutNamed(name)}
                onClick={() => change(id, name, false)}
              >
                {say.takeOut}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {belonging.isError && <ProblemView error={belonging.error} />}
      {mayManage && members.data !== undefined && (
        <AddMember rows={rows} onAdd={(id, name) => change(id, name, true)} />
      )}
    </section>
  );
}

interface AddMemberProps {
  readonly rows: readonly GroupMember[];
  readonly onAdd: (personId: string, name: string) => void;
}

function AddMember({ rows, onAdd }: AddMemberProps) {
  const everybody = useMembers('');
  const inside = new Set(rows.map((row) => row.user_id));
  const others = (everybody.data ?? []).filter((member) => !inside.has(member.user_id));
  if (everybody.data === undefined) return null;
  if (others.length === 0) return <p className="type-caption text-ink-2">{say.everybody}</p>;
  return (
    <SelectField
      label={say.add}
      value=""
      choices={[
        { value: '', label: say.choose },
        ...others.map((member) => ({ value: member.user_id, label: `${member.name}, ${member.email}` })),
      ]}
      onChoose={(id) => {
        const member = others.find((each) => each.user_id === id);
        if (member !== undefined) onAdd(member.user_id, member.name);
      }}
    />
  );
}
