// One connected account: how it stands, one sentence, what is needed of somebody, four facts, and what one can do.
import type { Connection, ConnectionProvider } from '@sentinel/contract';
import { UNENDING_TOKENS } from '@sentinel/contract/connections';
import { AddressBook } from '@phosphor-icons/react/dist/csr/AddressBook';
import { CalendarBlank } from '@phosphor-icons/react/dist/csr/CalendarBlank';
import { ChatCircleDots } from '@phosphor-icons/react/dist/csr/ChatCircleDots';
import { EnvelopeSimple } from '@phosphor-icons/react/dist/csr/EnvelopeSimple';
import { useSignedIn } from '../app/session.ts';
import { formatAgo, formatDay, formatFull, formatShortTime } from '../phrases/format.ts';
import { reasonToken, sourcePhrases as say } from '../phrases/en/sources.ts';
import { Button } from '../ui/button.tsx';
import { Token } from '../ui/outcome-pill.tsx';
import { StandingPill, standingOf } from './source-standing.tsx';

const ICONS = {
  hubspot: AddressBook,
  salesforce: AddressBook,
  gmail: EnvelopeSimple,
  calendar: CalendarBlank,
  slack: ChatCircleDots,
} as const satisfies Record<ConnectionProvider, unknown>;

export type ConnectionAct = 'check' | 'pause' | 'resume' | 'reconnect' | 'disconnect';

interface SourceCardProps {
  readonly connection: Connection;
  readonly busy: boolean;
  readonly now: Date;
  readonly onAct: (act: ConnectionAct) => void;
}

export function SourceCard({ connection, busy, now, onAct }: SourceCardProps) {
  const { provider, account, state, reason, trouble } = connection;
  const Icon = ICONS[provider];
  const token = reason ?? trouble?.kind ?? null;
  return (
    <li className="flex flex-col gap-4 rounded-[10px] border border-line px-[18px] py-4">
      <div className="flex flex-wrap items-start gap-3">
        <span className="flex size-8 shrink-0 items-center justify-center rounded-box border border-line text-ink-2">
          <Icon size={18} aria-hidden />
        </span>
        <div className="mr-auto min-w-0">
          <h3 className="type-section flex flex-wrap items-center gap-x-2.5 gap-y-1">
            {say.providers[provider]} <StandingPill standing={standingOf(connection)} />
          </h3>
          <p className="type-caption truncate text-ink-2">{account.name ?? account.id}</p>
        </div>
        <Acts connection={connection} busy={busy} onAct={onAct} />
      </div>
      {token === null ? (
        <p>{state === 'paused' ? say.paused : say.well}</p>
      ) : (
        <Trouble connection={connection} token={reasonToken(token)} busy={busy} onAct={onAct} />
      )}
      <CardFacts connection={connection} now={now} />
    </li>
  );
}

type ActsProps = Pick<SourceCardProps, 'connection' | 'busy' | 'onAct'>;

function Acts({ connection, busy, onAct }: ActsProps) {
  const may = useSignedIn().actions.includes('sources:manage');
  if (!may) return null;
  const acts = connection.state === 'connected' ? (['check', 'pause'] as const) : [];
  const shown = [...acts, ...(connection.state === 'paused' ? (['resume'] as const) : []), 'disconnect'] as const;
  // Busy buttons keep the focus; whoever presses one again is not heard.
  const press = (act: ConnectionAct) => (busy ? undefined : onAct(act));
  return (
    <div className="flex flex-wrap gap-2">
      {shown.map((act) => (
        <Button
          // Pausing and resuming are one button, so that the focus stays on it.
          key={act === 'resume' ? 'pause' : act}
          size="small"
          look={act === 'disconnect' ? 'plain' : 'quiet'}
          aria-disabled={busy}
          aria-label={nameOf(act, connection)}
          onClick={() => press(act)}
        >
          {say[act]}
        </Button>
      ))}
    </div>
  );
}

function nameOf(act: ConnectionAct, { provider, account }: Connection): string {
  return say.named(say[act], say.providers[provider], account.name ?? account.id);
}

function Trouble({ connection, token, busy, onAct }: ActsProps & { readonly token: string }) {
  const may = useSignedIn().actions.includes('sources:manage');
  const broken = connection.state === 'needs_attention';
  return (
    <>
      <p>{connection.sentence}</p>
      <div
        className={`flex flex-wrap items-center gap-3 rounded-box px-3.5 py-3 ${broken ? 'bg-broken-tint' : 'bg-mute-tint'}`}
      >
        <div className="mr-auto">
          <code className="type-mono block break-all text-ink-2">{token}</code>
          <p className="type-caption text-ink-2">{say.safe}</p>
        </div>
        {broken && may && (
          <Button
            look="solid"
            disabled={busy}
            aria-label={nameOf('reconnect', connection)}
            onClick={() => onAct('reconnect')}
          >
            {say.reconnect}
          </Button>
        )}
      </div>
    </>
  );
}

function CardFacts({ connection, now }: Pick<SourceCardProps, 'connection' | 'now'>) {
  const { checkedAt, refreshedAt, lane, scopes, connectedAt, connectedBy } = connection;
  const day = formatDay(connectedAt);
  return (
    <div className="mt-auto flex flex-col gap-4">
      <dl className="grid grid-cols-4 gap-x-4 gap-y-3 border-t border-line pt-3.5 max-phone:grid-cols-2">
        <CardFact label={say.facts.checked} at={checkedAt} now={now} none={say.never} />
        <div>
          <dt className="type-caption text-ink-2">{say.facts.token}</dt>
          <TokenLife connection={connection} now={now} />
        </div>
        <CardFact label={say.facts.refreshed} at={refreshedAt} now={now} none={say.never} />
        <div>
          <dt className="type-caption text-ink-2">{say.facts.requests}</dt>
          <dd className="type-number" title={say.queue(lane.running, lane.waiting)}>
            {lane.openUntil === null ? say.requests[lane.breaker] : say.openUntil(formatShortTime(lane.openUntil))}
          </dd>
        </div>
      </dl>
      <details className="type-caption text-ink-2">
        <summary className="cursor-pointer rounded-key">{say.scopes}</summary>
        <ul className="mt-2 flex flex-wrap gap-1.5">
          {scopes.map((scope) => (
            <li key={scope}>
              <Token>{scope}</Token>
            </li>
          ))}
        </ul>
        <p className="mt-2">{connectedBy === null ? say.since(day) : say.by(connectedBy, day)}</p>
      </details>
    </div>
  );
}

/** How long the access token at hand is good for. That the provider did not say is not that it lasts for ever. */
function TokenLife({ connection, now }: Pick<SourceCardProps, 'connection' | 'now'>) {
  const { provider, state, expiresAt } = connection;
  const words = say.token;
  if (state === 'needs_attention') return <dd>{words.unusable}</dd>;
  if (expiresAt === null)
    return UNENDING_TOKENS.includes(provider) ? (
      <dd>{words.unending}</dd>
    ) : (
      <dd title={say.tokenHelp.untold}>{words.untold}</dd>
    );
  if (new Date(expiresAt) <= now) return <dd title={say.tokenHelp.over}>{words.over}</dd>;
  return (
    <dd className="type-number" title={formatFull(expiresAt)}>
      {words.until(formatShortTime(expiresAt))}
    </dd>
  );
}

interface CardFactProps {
  readonly label: string;
  readonly at: string | null;
  readonly now: Date;
  readonly none: string;
}

function CardFact({ label, at, now, none }: CardFactProps) {
  return (
    <div>
      <dt className="type-caption text-ink-2">{label}</dt>
      <dd className="type-number" title={at === null ? undefined : formatFull(at)}>
        {at === null ? none : formatAgo(at, now)}
      </dd>
    </div>
  );
}
