// The rows of the audit log, grouped by day.
import type { AuditRow } from '@sentinel/contract';
import { Link } from '@tanstack/react-router';
import { auditPhrases as say, eventWords } from '../phrases/en/audit.ts';
import { formatDay, formatFull, formatTime, localDay } from '../phrases/format.ts';
import { ResultWord } from '../ui/result-word.tsx';
import { shortId } from '../ui/side-panel.tsx';
import { Cell, type Column, GroupRow, Row, Table } from '../ui/table.tsx';

const COLUMNS: readonly Column[] = [
  { key: 'time', title: say.columns.time, width: 'w-28 @max-[720px]:w-23 max-phone:w-20' },
  { key: 'who', title: say.columns.who, width: 'w-35 max-phone:w-24' },
  { key: 'what', title: say.columns.what },
  { key: 'event', title: say.columns.event, width: 'w-42', leaves: 'first' },
  { key: 'target', title: say.columns.target, width: 'w-38', leaves: 'first' },
  { key: 'result', title: say.columns.result, width: 'w-17' },
];

export function AuditTable({
  rows,
  selected,
}: {
  readonly rows: readonly AuditRow[];
  readonly selected: string | undefined;
}) {
  const days = Map.groupBy(rows, (row) => localDay(row.at));
  return (
    <Table caption={say.caption} columns={COLUMNS}>
      {[...days].map(([day, ofDay]) => (
        <tbody key={day}>
          <GroupRow>{formatDay(ofDay[0]?.at ?? day)}</GroupRow>
          {ofDay.map((row) => (
            <AuditLine key={row.id} row={row} selected={row.id === selected} />
          ))}
        </tbody>
      ))}
    </Table>
  );
}

/** The actor's name, or what kind of actor it is. */
export const actorWords = (row: AuditRow): string => row.actorName ?? say.actors[row.actorKind];

function AuditLine({ row, selected }: { readonly row: AuditRow; readonly selected: boolean }) {
  return (
    <Row selected={selected}>
      <Cell title={formatFull(row.at)}>
        <Link
          from="/audit"
          to="/audit"
          search={(before) => ({ ...before, row: row.id })}
          resetScroll={false}
          aria-label={say.openRow(formatTime(row.at), eventWords(row.event))}
          className="ring-inside after:absolute after:inset-0"
        >
          {formatTime(row.at)}
        </Link>
      </Cell>
      <Cell>{actorWords(row)}</Cell>
      <Cell wraps>{eventWords(row.event)}</Cell>
      <Cell leaves="first" title={row.event}>
        <span className="type-mono text-ink-2">{row.event}</span>
      </Cell>
      <Cell leaves="first" title={row.target ?? ''} quiet>
        {row.target === null ? '–' : <span className="type-mono">{shortId(row.target)}</span>}
      </Cell>
      <Cell>
        <ResultWord result={row.result} />
      </Cell>
    </Row>
  );
}
