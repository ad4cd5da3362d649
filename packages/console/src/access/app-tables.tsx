// The rows of services and of applications.
import type { ClientApp, ServiceApp } from '@sentinel/contract';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { appPhrases as say } from '../phrases/en/apps.ts';
import { formatAgo, formatFull } from '../phrases/format.ts';
import { PresenceGlyph } from '../ui/glyph.tsx';
import { Cell, type Column, Row, Table } from '../ui/table.tsx';

const SERVICE_COLUMNS: readonly Column[] = [
  { key: 'name', title: say.services.columns.name },
  { key: 'service', title: say.services.columns.service, width: 'w-48 max-phone:w-28' },
  { key: 'key', title: say.services.columns.key, width: 'w-36', leaves: 'first' },
  { key: 'used', title: say.services.columns.used, width: 'w-31', leaves: 'last' },
  { key: 'state', title: say.services.columns.state, width: 'w-18' },
];

const CLIENT_COLUMNS: readonly Column[] = [
  { key: 'name', title: say.clients.columns.name, width: 'w-60 max-phone:w-32' },
  { key: 'redirects', title: say.clients.columns.redirects },
  { key: 'state', title: say.clients.columns.state, width: 'w-18' },
];

interface TableProps<App> {
  readonly rows: readonly App[];
  readonly selected: string | undefined;
}

export function ServiceTable({ rows, selected }: TableProps<ServiceApp>) {
  const [now] = useState(() => new Date());
  if (rows.length === 0) return <Nothing>{say.services.none}</Nothing>;
  return (
    <Table caption={say.services.caption} columns={SERVICE_COLUMNS}>
      <tbody>
        {rows.map((app) => (
          <Row key={app.id} selected={app.id === selected}>
            <Cell title={app.name}>
              <AppLink id={app.id} name={app.name} />
            </Cell>
            <Cell title={app.service_name}>
              <span className="type-mono">{app.service_name}</span>
            </Cell>
            <Cell leaves="first" quiet>
              <span className="type-mono">{app.key_prefix}</span>
            </Cell>
            <Cell leaves="last" title={app.last_used_at === null ? '' : formatFull(app.last_used_at)} quiet>
              {app.last_used_at === null ? say.services.never : formatAgo(app.last_used_at, now)}
            </Cell>
            <Cell>
              <OnOff on={app.is_active} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

export function ClientTable({ rows, selected }: TableProps<ClientApp>) {
  if (rows.length === 0) return <Nothing>{say.clients.none}</Nothing>;
  return (
    <Table caption={say.clients.caption} columns={CLIENT_COLUMNS}>
      <tbody>
        {rows.map((app) => (
          <Row key={app.id} selected={app.id === selected}>
            <Cell title={app.name}>
              <AppLink id={app.id} name={app.name} />
            </Cell>
            <Cell title={app.redirect_uris.join(', ')} quiet>
              <span className="type-mono">{app.redirect_uris.join(', ')}</span>
            </Cell>
            <Cell>
              <OnOff on={app.is_active} />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function AppLink({ id, name }: { readonly id: string; readonly name: string }) {
  return (
    <Link
      to="/apps"
      search={{ app: id }}
      resetScroll={false}
      aria-label={say.open(name)}
      className="ring-inside type-strong after:absolute after:inset-0"
    >
      {name}
    </Link>
  );
}

export function OnOff({ on }: { readonly on: boolean }) {
  return (
    <span className="type-caption type-strong inline-flex items-center gap-1.5">
      <PresenceGlyph present={on} size={12} />
      {on ? say.on : say.off}
    </span>
  );
}

const Nothing = ({ children }: { readonly children: string }) => (
  <p className="border-t border-line px-6 py-4 text-ink-2 max-phone:px-4">{children}</p>
);
