// The groups of the workspace, and the panel of one: who belongs, and changing it.
import type { Group } from '@sentinel/contract';
import { Plus } from '@phosphor-icons/react/dist/csr/Plus';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ProblemView } from '../app/problem-view.tsx';
import { useHasRole } from '../app/standing.ts';
import { groupPhrases as say } from '../phrases/en/access.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { formatFull, formatShortDay } from '../phrases/format.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { useShortcuts } from '../ui/shortcuts.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { Cell, type Column, Row, Table } from '../ui/table.tsx';
import { GroupDialog } from './group-dialog.tsx';
import { GroupPanel } from './group-panel.tsx';
import { useGroups } from './groups.queries.ts';

const route = getRouteApi('/frame/groups');

const COLUMNS: readonly Column[] = [
  { key: 'name', title: say.columns.name, width: 'w-60 max-phone:w-40' },
  { key: 'description', title: say.columns.description },
  { key: 'created', title: say.columns.created, width: 'w-28', leaves: 'last' },
];

export function GroupsPage() {
  const { group, create } = route.useSearch();
  const navigate = route.useNavigate();
  const mayManage = useHasRole('admin');
  const groups = useGroups();
  const rows = groups.data ?? [];
  const open = (id: string | undefined) =>
    void navigate({ search: id === undefined ? {} : { group: id }, resetScroll: false });
  const neighbours = useNeighbours(rows, group, open);
  return (
    <Page
      title={framePhrases.pages.groups}
      freshness={<Freshness at={groups.dataUpdatedAt} failing={groups.isRefetchError} />}
      actions={
        mayManage && (
          <ButtonLink
            from="/groups"
            to="/groups"
            search={(before) => ({ ...before, create: true as const })}
            look="solid"
          >
            <Plus size={16} aria-hidden /> <span className="max-phone:sr-only">{say.create}</span>
          </ButtonLink>
        )
      }
      panel={
        group !== undefined && (
          <GroupPanel
            key={group}
            id={group}
            group={rows.find((row) => row.id === group) ?? null}
            onClose={() => open(undefined)}
            {...neighbours}
          />
        )
      }
    >
      {groups.isError && groups.data === undefined ? (
        <div className="p-6">
          <ProblemView error={groups.error} onRetry={() => void groups.refetch()} />
        </div>
      ) : groups.data === undefined ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <NoGroups onCreate={mayManage ? () => void navigate({ search: { create: true } }) : null} />
      ) : (
        <>
          <p className="type-sentence px-6 py-5 max-phone:px-4">{say.summary(rows.length)}</p>
          <GroupTable rows={rows} selected={group} />
        </>
      )}
      {create === true && mayManage && (
        <GroupDialog
          group={null}
          onSaved={(saved) => open(saved.id)}
          onClose={() => void navigate({ search: ({ create: _, ...rest }) => rest })}
        />
      )}
    </Page>
  );
}

function NoGroups({ onCreate }: { readonly onCreate: (() => void) | null }) {
  return (
    <EmptyState
      state={{
        kind: 'first-use',
        ...say.first,
        action: onCreate !== null && <Button onClick={onCreate}>{say.create}</Button>,
      }}
    />
  );
}

function GroupTable({ rows, selected }: { readonly rows: readonly Group[]; readonly selected: string | undefined }) {
  return (
    <Table caption={say.caption} columns={COLUMNS}>
      <tbody>
        {rows.map((group) => (
          <Row key={group.id} selected={group.id === selected}>
            <Cell title={group.name}>
              <Link
                to="/groups"
                search={{ group: group.id }}
                resetScroll={false}
                aria-label={say.open(group.name)}
                className="ring-inside type-strong after:absolute after:inset-0"
              >
                {group.name}
              </Link>
            </Cell>
            <Cell title={group.description ?? ''} quiet>
              {group.description === null || group.description === '' ? '–' : group.description}
            </Cell>
            <Cell leaves="last" title={formatFull(group.created_at)} quiet>
              {formatShortDay(group.created_at)}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

/** `j`, `k`, `[`, `]` go from row to row, `Esc` closes. */
function useNeighbours(rows: readonly Group[], at: string | undefined, open: (id: string | undefined) => void) {
  const index = rows.findIndex((row) => row.id === at);
  const before = index > 0 ? rows[index - 1] : undefined;
  const after = rows[index + 1];
  const onPrevious = at === undefined || before === undefined ? null : () => open(before.id);
  const onNext = at === undefined || after === undefined ? null : () => open(after.id);
  useShortcuts({
    j: () => after !== undefined && open(after.id),
    k: () => onPrevious?.(),
    ']': () => onNext?.(),
    '[': () => onPrevious?.(),
    Escape: () => at !== undefined && open(undefined),
  });
  return { onPrevious, onNext };
}
