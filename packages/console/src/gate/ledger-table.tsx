// The rows of the ledger, grouped by day. A dropped row shows no address: there is none to show.
import type { LedgerRow } from '@sentinel/contract';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { ledgerPhrases as say } from '../phrases/en/ledger.ts';
import { FAMILY_WORDS, SOURCE_WORDS } from '../phrases/en/outcomes.ts';
import { formatDay, formatFull, formatNumber, formatTime, localDay } from '../phrases/format.ts';
import { familyOf, OutcomePill } from '../ui/outcome-pill.tsx';
import { Cell, type Column, GroupRow, Row, Table } from '../ui/table.tsx';

const COLUMNS: readonly Column[] = [
  { key: 'time', title: say.columns.time, width: 'w-28 @max-[720px]:w-23 max-phone:w-20' },
  { key: 'outcome', title: say.columns.outcome, width: 'w-32 @max-[720px]:w-28' },
  { key: 'reason', title: say.columns.reason },
  { key: 'source', title: say.columns.source, width: 'w-27 @max-[720px]:w-23', leaves: 'last' },
  { key: 'participants', title: say.columns.participants, width: 'w-24', align: 'right', leaves: 'phone' },
  { key: 'matched', title: say.columns.matched, width: 'w-45 @max-[720px]:w-30', leaves: 'last' },
];

interface LedgerTableProps {
  readonly rows: readonly LedgerRow[];
  readonly selected: string | undefined;
}

export function LedgerTable({ rows, selected }: LedgerTableProps) {
  const days = Map.groupBy(rows, (row) => localDay(row.at));
  return (
    <Table caption={say.caption} columns={COLUMNS}>
      {[...days].map(([day, ofDay]) => (
        <tbody key={day}>
          <GroupRow>{formatDay(ofDay[0]?.at ?? day)}</GroupRow>
          {ofDay.map((row) => (
            <LedgerLine key={row.id} row={row} selected={row.id === selected} />
          ))}
        </tbody>
      ))}
    </Table>
  );
}

function LedgerLine({ row, selected }: { readonly row: LedgerRow; readonly selected: boolean }) {
  const matched = matchedWords(row);
  return (
    <Row selected={selected}>
      <Cell title={formatFull(row.at)}>
        <Link
          from="/ledger"
          to="/ledger"
          search={(before) => ({ ...before, entry: row.id })}
          resetScroll={false}
          aria-label={say.explainRow(formatTime(row.at), FAMILY_WORDS[familyOf(row.outcome)])}
          className="ring-inside after:absolute after:inset-0"
        >
          {formatTime(row.at)}
        </Link>
      </Cell>
      <Cell>
        <OutcomePill outcome={row.outcome} />
      </Cell>
      <Cell wraps>
        <Reason outcome={row.outcome} />
      </Cell>
      <Cell leaves="last">{SOURCE_WORDS[row.source]}</Cell>
      <Cell align="right" leaves="phone">
        {formatNumber(row.participants)}
      </Cell>
      <Cell leaves="last" title={matched}>
        {matched}
      </Cell>
    </Row>
  );
}

/** The token, breaking after its underscores where space is short; an en dash where it would only repeat the outcome. */
function Reason({ outcome }: { readonly outcome: LedgerRow['outcome'] }) {
  if (outcome === familyOf(outcome)) return '–';
  return (
    <span className="type-mono text-ink-2">
      {outcome.split('_').map((word, index) => (
        <Fragment key={word}>
          {index > 0 && '_'}
          {index > 0 && <wbr />}
          {word}
        </Fragment>
      ))}
    </span>
  );
}

/** "Dana Lee, +1"; an en dash where nothing was kept. */
export function matchedWords(row: LedgerRow): string {
  const [first] = row.matched;
  if (first === undefined) return '–';
  const others = row.matched.length - 1;
  return `${first.name ?? first.address}${others > 0 ? say.more(others) : ''}`;
}
