// The rows of the members.
import type { Member } from '@sentinel/contract';
import { Link } from '@tanstack/react-router';
import { useSignedIn } from '../app/session.ts';
import { memberPhrases as say } from '../phrases/en/access.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { formatFull, formatShortDay } from '../phrases/format.ts';
import { Cell, type Column, Row, Table } from '../ui/table.tsx';

const COLUMNS: readonly Column[] = [
  { key: 'name', title: say.columns.name, width: 'w-64 max-phone:w-36' },
  { key: 'email', title: say.columns.email },
  { key: 'role', title: say.columns.role, width: 'w-21' },
  { key: 'joined', title: say.columns.joined, width: 'w-28', leaves: 'last' },
];

interface MemberTableProps {
  readonly rows: readonly Member[];
  readonly selected: string | undefined;
}

export function MemberTable({ rows, selected }: MemberTableProps) {
  const { person } = useSignedIn();
  return (
    <Table caption={say.caption} columns={COLUMNS}>
      <tbody>
        {rows.map((member) => (
          <Row key={member.user_id} selected={member.user_id === selected}>
            <Cell title={member.name}>
              <Link
                from="/members"
                to="/members"
                search={(before) => ({ ...before, member: member.user_id })}
                resetScroll={false}
                aria-label={say.open(member.name)}
                className="ring-inside type-strong after:absolute after:inset-0"
              >
                {member.name}
              </Link>
              {member.user_id === person.id && <span className="text-ink-3"> {say.you}</span>}
            </Cell>
            <Cell title={member.email} quiet wraps>
              {member.email}
            </Cell>
            <Cell>{framePhrases.roles[member.role]}</Cell>
            <Cell leaves="last" title={formatFull(member.joined_at)} quiet>
              {formatShortDay(member.joined_at)}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}
