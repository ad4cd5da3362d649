// The open invitations, each of which can be withdrawn.
import type { Invitation } from '@sentinel/contract';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { memberPhrases } from '../phrases/en/access.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { formatAgo, formatFull } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { Cell, type Column, Row, Table } from '../ui/table.tsx';
import { useToast } from '../ui/toast.tsx';
import { useInvitations, useWithdraw } from './members.queries.ts';

const say = memberPhrases.invitations;

const COLUMNS: readonly Column[] = [
  { key: 'email', title: say.columns.email },
  { key: 'role', title: say.columns.role, width: 'w-21' },
  { key: 'created', title: say.columns.created, width: 'w-31', leaves: 'first' },
  { key: 'expires', title: say.columns.expires, width: 'w-31', leaves: 'last' },
  { key: 'act', title: say.columns.act, width: 'w-26', align: 'right' },
];

export function InvitationList() {
  const invitations = useInvitations(true);
  const rows = invitations.data ?? [];
  if (invitations.isError) {
    return (
      <div className="px-6 pt-6">
        <ProblemView error={invitations.error} onRetry={() => void invitations.refetch()} />
      </div>
    );
  }
  if (rows.length === 0) return null;
  return (
    <section>
      <h2 className="type-section px-6 pt-8 pb-2 max-phone:px-4">{say.title}</h2>
      <Rows rows={rows} />
    </section>
  );
}

function Rows({ rows }: { readonly rows: readonly Invitation[] }) {
  const withdraw = useWithdraw();
  const toast = useToast();
  const [now] = useState(() => new Date());
  const done = { onSuccess: () => toast({ sentence: say.withdrawn, onUndo: null }) };
  return (
    <>
      {withdraw.isError && (
        <div className="px-6 pb-3">
          <ProblemView error={withdraw.error} />
        </div>
      )}
      <Table caption={say.caption} columns={COLUMNS}>
        <tbody>
          {rows.map(({ id, email, role, created_at: created, expires_at: expires }) => (
            <Row key={id}>
              <Cell title={email}>{email}</Cell>
              <Cell>{framePhrases.roles[role]}</Cell>
              <Cell leaves="first" title={formatFull(created)} quiet>
                {formatAgo(created, now)}
              </Cell>
              <Cell leaves="last" title={formatFull(expires)} quiet>
                {formatAgo(expires, now)}
              </Cell>
              <Cell align="right">
                <Button
                  look="plain"
                  size="small"
                  disabled={withdraw.isPending}
                  aria-label={say.withdrawNamed(email)}
                  onClick={() => withdraw.mutate(id, done)}
                >
                  {say.withdraw}
                </Button>
              </Cell>
            </Row>
          ))}
        </tbody>
      </Table>
    </>
  );
}
