// The rows of the contact book.
import type { Contact } from '@sentinel/contract';
import { useState } from 'react';
import { bookPhrases as say } from '../phrases/en/book.ts';
import { formatAgo, formatFull, formatNumber } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { Cell, type Column, Row, Table } from '../ui/table.tsx';

const COLUMNS: readonly Column[] = [
  { key: 'name', title: say.columns.name, width: 190 },
  { key: 'addresses', title: say.columns.addresses },
  { key: 'company', title: say.columns.company, width: 160 },
  { key: 'owner', title: say.columns.owner, width: 130 },
  { key: 'kept', title: say.columns.kept, width: 72, align: 'right' },
  { key: 'last', title: say.columns.last, width: 124 },
  { key: 'state', title: say.columns.state, width: 84 },
  { key: 'act', title: say.columns.act, width: 112, align: 'right' },
];

interface BookTableProps {
  readonly rows: readonly Contact[];
  readonly busy: boolean;
  /** Null for those who may not exclude. */
  readonly onChange: ((contact: Contact, excluded: boolean) => void) | null;
}

export function BookTable({ rows, busy, onChange }: BookTableProps) {
  const [now] = useState(() => new Date());
  return (
    <Table caption={say.caption} columns={COLUMNS} minWidth={1000}>
      <tbody>
        {rows.map((contact) => (
          <ContactLine key={contact.id} contact={contact} now={now} busy={busy} onChange={onChange} />
        ))}
      </tbody>
    </Table>
  );
}

function ContactLine({
  contact,
  now,
  busy,
  onChange,
}: {
  readonly contact: Contact;
  readonly now: Date;
  readonly busy: boolean;
  readonly onChange: BookTableProps['onChange'];
}) {
  const name = contact.name ?? say.unnamed;
  const addresses = contact.addresses.join(', ');
  return (
    <Row>
      <Cell title={name}>
        <span className={contact.name === null ? 'text-ink-3' : 'type-strong'}>{name}</span>
      </Cell>
      <Cell title={addresses} quiet>
        {addresses === '' ? '–' : addresses}
      </Cell>
      <Cell title={contact.company ?? ''}>{contact.company ?? '–'}</Cell>
      <Cell title={contact.owner ?? ''}>{contact.owner ?? '–'}</Cell>
      <Cell align="right">{formatNumber(contact.messagesKept)}</Cell>
      <Cell title={contact.lastMessageAt === null ? '' : formatFull(contact.lastMessageAt)} quiet>
        {contact.lastMessageAt === null ? '–' : formatAgo(contact.lastMessageAt, now)}
      </Cell>
      <Cell>
        <span className="type-caption type-strong text-ink-2">{contact.excluded ? say.excluded : say.opens}</span>
      </Cell>
      <Cell align="right">
        {onChange === null ? (
          '–'
        ) : (
          <Button
            look="plain"
            size="small"
            disabled={busy}
            aria-label={contact.excluded ? say.includeNamed(name) : say.excludeNamed(name)}
            onClick={() => onChange(contact, !contact.excluded)}
          >
            {contact.excluded ? say.include : say.exclude}
          </Button>
        )}
      </Cell>
    </Row>
  );
}
