// The rows of where one is signed in.
import type { SignedInPlace } from '@sentinel/contract';
import { useState } from 'react';
import { sessionPhrases as say } from '../phrases/en/access.ts';
import { formatAgo, formatFull } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { Cell, type Column, Row, Table } from '../ui/table.tsx';

const COLUMNS: readonly Column[] = [
  { key: 'place', title: say.columns.place },
  { key: 'workspace', title: say.columns.workspace, width: 'w-36', leaves: 'first' },
  { key: 'how', title: say.columns.how, width: 'w-52', leaves: 'first' },
  { key: 'began', title: say.columns.began, width: 'w-28', leaves: 'last' },
  { key: 'used', title: say.columns.used, width: 'w-28 max-phone:w-24' },
  { key: 'act', title: say.columns.act, width: 'w-26 max-phone:w-22', align: 'right' },
];

/** What a place is called: the application, else what it said of itself, else its kind. */
export function placeName({ app, label, kind }: SignedInPlace): string {
  return app ?? label ?? say.kind(kind);
}

interface PlaceTableProps {
  readonly rows: readonly SignedInPlace[];
  readonly busy: boolean;
  readonly onEnd: (place: SignedInPlace) => void;
}

export function PlaceTable({ rows, busy, onEnd }: PlaceTableProps) {
  const [now] = useState(() => new Date());
  return (
    <Table caption={say.caption} columns={COLUMNS}>
      <tbody>
        {rows.map((place) => (
          <Row key={place.id}>
            <Cell title={placeName(place)}>
              <span className="type-strong">{placeName(place)}</span>
              {place.current && <span className="text-ink-3"> {say.here}</span>}
            </Cell>
            <Cell leaves="first" title={place.workspace.name}>
              {place.workspace.name}
            </Cell>
            <Cell leaves="first" quiet>
              {howWords(place)}
            </Cell>
            <Cell leaves="last" title={formatFull(place.createdAt)} quiet>
              {formatAgo(place.createdAt, now)}
            </Cell>
            <Cell title={formatFull(place.usedAt)} quiet>
              {formatAgo(place.usedAt, now)}
            </Cell>
            <Cell align="right">
              <Button
                look="plain"
                size="small"
                disabled={busy}
                aria-label={say.endNamed(placeName(place))}
                onClick={() => onEnd(place)}
              >
                {say.end}
              </Button>
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function howWords({ kind, via, app, label }: SignedInPlace): string {
  if (kind === 'app') return label === null ? say.byApp : label;
  if (kind === 'program') return say.byProgram;
  return via === null ? (app ?? '–') : say.via(via);
}
