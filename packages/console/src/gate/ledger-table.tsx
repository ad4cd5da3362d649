// The rows of the ledger, grouped by day. A dropped row shows no address: there is none to show.
import type { LedgerRow } from '@sentinel/contract';
import { Link } from '@tanstack/react-router';
import { ledgerPhrases as say } from '../phrases/en/ledger.ts';
import { FAMILY_WORDS, SOURCE_WORDS } from '../phrases/en/outcomes.ts';
import { formatDay, formatFull, formatNumber, formatTime, localDay } from '../phrases/format.ts';
import { familyOf, OutcomePill } from '../ui/outcome-pill.tsx';
import { Cell, type Column, GroupRow, Row, Table } from '../ui/table.tsx';

const WIDE: readonly Column[] = [
  { key: 'time', title: say.columns.time, width: 112 },
  { key: 'outcome', title: say.columns.outcome, width: 130 },
  { key: 'reason', title: say.columns.reason },
  { key: 'source', title: say.columns.source, width: 108, leaves: 'last' },
  { key: 'participants', title: say.columns.participants, width: 96, align: 'right' },
  { key: 'matched', title: say.columns.matched, width: 180, leaves: 'last' },
];
const BESIDE_PANEL: Readonly<Record<string, number>> = { time: 92, outcome: 112, source: 92, matched: 120 };
const NARROW: readonly Column[] = WIDE.map((column) => {
  const width = BESIDE_PANEL[column.key];
  return width === undefined ? column : { ...column, width };
});

interface LedgerTableProps {
  readonly rows: readonly LedgerRow[];
  readonly selected: string | undefined;
  /** Whether a panel stands beside it. */
  readonly narrow: boolean;
}

export function LedgerTable({ rows, selected, narrow }: LedgerTableProps) {
  const days = Map.groupBy(rows, (row) => localDay(row.at));
  return (
    <Table caption={say.caption} columns={narrow ? NARROW : WIDE} minWidth={540}>
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
      <Cell title={row.outcome}>
        <span className="type-mono text-ink-2">{row.outcome}</span>
      </Cell>
      <Cell leaves="last">{SOURCE_WORDS[row.source]}</Cell>
      <Cell align="right">{formatNumber(row.participants)}</Cell>
      <Cell leaves="last" title={matched}>
        {matched}
      </Cell>
    </Row>
  );
}

/** "Dana Lee, +1"; an en dash where nothing was kept. */
export function matchedWords(row: LedgerRow): string {
  const [first] = row.matched;
  if (first === undefined) return '–';
  const others = row.matched.length - 1;
  return `${first.name ?? first.address}${others > 0 ? say.more(others) : ''}`;
}
