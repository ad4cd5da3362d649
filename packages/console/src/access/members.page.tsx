// The members of the workspace: who is in and with which role, who is invited, and the panel of one of them.
import type { Member } from '@sentinel/contract';
import { UserPlus } from '@phosphor-icons/react/dist/csr/UserPlus';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { useHasRole } from '../app/standing.ts';
import { memberPhrases as say } from '../phrases/en/access.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { ButtonLink } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { SearchField } from '../ui/field.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { useShortcuts } from '../ui/shortcuts.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { useTypedSearch } from '../ui/use-typed-search.ts';
import { InvitationList } from './invitation-list.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { MemberPanel } from './member-panel.tsx';
import { MemberTable } from './member-table.tsx';
import { useInvitations, useMembers } from './members.queries.ts';

const route = getRouteApi('/frame/members');

export function MembersPage() {
  const { search = '', member, invite } = route.useSearch();
  const navigate = route.useNavigate();
  const mayManage = useHasRole('admin');
  const members = useMembers(search);
  const rows = members.data ?? [];
  const open = (id: string | undefined) =>
    void navigate({
      search: ({ member: _, ...rest }) => (id === undefined ? rest : { ...rest, member: id }),
      resetScroll: false,
    });
  const neighbours = useNeighbours(rows, member, open);
  return (
    <Page
      title={framePhrases.pages.members}
      freshness={<Freshness at={members.dataUpdatedAt} failing={members.isRefetchError} />}
      actions={
        mayManage && (
          <ButtonLink
            from="/members"
            to="/members"
            search={(before) => ({ ...before, invite: true as const })}
            look="solid"
          >
            <UserPlus size={16} aria-hidden /> <span className="max-phone:sr-only">{say.invite}</span>
          </ButtonLink>
        )
      }
      panel={
        member !== undefined && (
          <MemberPanel
            key={member}
            id={member}
            member={rows.find((row) => row.user_id === member) ?? null}
            onClose={() => open(undefined)}
            {...neighbours}
          />
        )
      }
    >
      <Summary mayManage={mayManage} />
      <SearchLine text={search} found={rows.length} />
      {members.isError && members.data === undefined ? (
        <div className="px-6">
          <ProblemView error={members.error} onRetry={() => void members.refetch()} />
        </div>
      ) : members.data === undefined ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <EmptyState
          state={{ kind: 'no-results', sentence: say.noResults(search), onClear: () => void navigate({ search: {} }) }}
        />
      ) : (
        <MemberTable rows={rows} selected={member} />
      )}
      {mayManage && search === '' && <InvitationList />}
      {invite === true && mayManage && (
        <InviteDialog onClose={() => void navigate({ search: ({ invite: _, ...rest }) => rest })} />
      )}
    </Page>
  );
}

function Summary({ mayManage }: { readonly mayManage: boolean }) {
  const everybody = useMembers('');
  const invitations = useInvitations(mayManage);
  if (everybody.data === undefined) return <div className="h-17" />;
  return (
    <p className="type-sentence px-6 py-5 max-phone:px-4">
      {say.summary(everybody.data.length, invitations.data?.length ?? 0)}
    </p>
  );
}

function SearchLine({ text, found }: { readonly text: string; readonly found: number }) {
  const navigate = route.useNavigate();
  const onSearch = useCallback(
    (search: string) => void navigate({ search: search === '' ? {} : { search }, replace: true, resetScroll: false }),
    [navigate],
  );
  const [typed, setTyped] = useTypedSearch(text, onSearch);
  return (
    <div className="flex flex-wrap items-center gap-3 border-t border-line px-6 py-2 max-phone:px-4">
      <SearchField label={say.search} value={typed} maxLength={100} onSearch={setTyped} />
      <span role="status" className="type-caption type-number ml-auto text-ink-2">
        {say.found(found)}
      </span>
    </div>
  );
}

/** `j`, `k`, `[`, `]` go from row to row, `Esc` closes. */
function useNeighbours(rows: readonly Member[], at: string | undefined, open: (id: string | undefined) => void) {
  const index = rows.findIndex((row) => row.user_id === at);
  const before = index > 0 ? rows[index - 1] : undefined;
  const after = rows[index + 1];
  const onPrevious = at === undefined || before === undefined ? null : () => open(before.user_id);
  const onNext = at === undefined || after === undefined ? null : () => open(after.user_id);
  const next = () => after !== undefined && open(after.user_id);
  useShortcuts({
    j: next,
    k: () => onPrevious?.(),
    ']': () => onNext?.(),
    '[': () => onPrevious?.(),
    Escape: () => at !== undefined && open(undefined),
  });
  return { onPrevious, onNext };
}
