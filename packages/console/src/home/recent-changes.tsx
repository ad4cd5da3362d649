// What changed today, from the audit log.
import type { Home } from '@sentinel/contract';
import { Link } from '@tanstack/react-router';
import { useMay } from '../app/session.ts';
import { actorName, eventWords } from '../phrases/en/audit.ts';
import { homePhrases as say } from '../phrases/en/home.ts';
import { formatFull, formatShortTime, localDay } from '../phrases/format.ts';
import { ResultWord } from '../ui/result-word.tsx';
import { shortId } from '../ui/side-panel.tsx';
import { Cell, type Column, Row, Table } from '../ui/table.tsx';

const COLUMNS: readonly Column[] = [
  { key: 'time', title: say.time, width: 'w-21 max-phone:w-16' },
  { key: 'who', title: say.who, width: 'w-35 max-phone:w-28' },
  { key: 'what', title: say.what },
  { key: 'note', title: say.note, width: 'w-80', leaves: 'first' },
  { key: 'result', title: say.result, width: 'w-17' },
];

interface RecentChangesProps {
  readonly rows: Home['recent'];
  readonly asOf: string;
}

export function RecentChanges({ rows, asOf }: RecentChangesProps) {
  const maySeeAudit = useMay('audit:read');
  const today = rows.filter((row) => localDay(row.at) === localDay(asOf));
  return (
    <section>
      <div className="mb-2.5 flex items-baseline justify-between gap-4 px-8 max-phone:px-4">
        <h2 className="type-section">{say.recent}</h2>
        {maySeeAudit ? (
          <Link
            to="/audit"
            className="type-caption rounded-key py-1 text-ink-2 underline decoration-line-strong underline-offset-2 hover:text-ink"
          >
            {say.allOfIt}
          </Link>
        ) : (
          <span className="type-caption text-ink-3">{say.recentAside}</span>
        )}
      </div>
      {today.length === 0 ? (
        <p className="px-8 text-ink-2 max-phone:px-4">{say.nothingChanged}</p>
      ) : (
        <Table caption={say.recentCaption} columns={COLUMNS} quietHead>
          <tbody>
            {today.map((row) => (
              <Row key={`${row.at} ${row.event} ${row.actor} ${row.note}`}>
                <Cell title={formatFull(row.at)}>{formatShortTime(row.at)}</Cell>
                <Cell>{actorName(row.actor)}</Cell>
                <Cell wraps>{eventWords(row.event)}</Cell>
                <Cell quiet leaves="first" title={row.note}>
                  {row.note === '' ? '–' : shortId(row.note)}
                </Cell>
                <Cell>
                  <ResultWord result={row.result} />
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}
