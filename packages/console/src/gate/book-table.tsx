// The rows of the contact book.
import type { Contact } from '@sentinel/contract';
import { useState } from 'react';
import { bookPhrases as say } from '../phrases/en/book.ts';
import { formatAgo, formatFull, formatNumber } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { Cell, type Column, Row, Table } from '../ui/table.tsx';

const COLUMNS: readonly Column[] = [
  { key: 'name', title: say.columns.name, width: 'w-48' },
  { key: 'addresses', title: say.columns.addresses },
  { key: 'company', title: say.columns.company, width: 'w-40', leaves: 'early' },
  { key: 'owner', title: say.columns.owner, width: 'w-32', leaves: 'early' },
  { key: 'kept', title: say.columns.kept, width: 'w-18', align: 'right' },
  { key: 'last', title: say.columns.last, width: 'w-31', leaves: 'early' },
  { key: 'state', title: say.columns.state, width: 'w-21' },
  { key: 'act', title: say.columns.act, width: 'w-24', align: 'right' },
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
    <Table caption={say.caption} columns={COLUMNS} minWidth="max-rail:min-w-250">
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
      <Cell leaves="early" title={contact.company ?? ''}>
        {contact.company ?? '–'}
      </Cell>
      <Cell leaves="early" title={contact.owner ?? ''}>
        {contact.owner ?? '–'}
      </Cell>
      <Cell align="right">{formatNumber(contact.messagesKept)}</Cell>
      <Cell leaves="early" title={contact.lastMessageAt === null ? '' : formatFull(contact.lastMessageAt)} quiet>
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
