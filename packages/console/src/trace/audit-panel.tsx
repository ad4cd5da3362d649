// One row of the audit log: its facts, its detail, and the hashes that chain it to its neighbours.
import type { AuditRow } from '@sentinel/contract';
import { BracketsCurly } from '@phosphor-icons/react/dist/csr/BracketsCurly';
import type { ReactNode } from 'react';
import { auditPhrases as say, eventWords } from '../phrases/en/audit.ts';
import { ledgerPhrases } from '../phrases/en/ledger.ts';
import { formatFull, formatNumber } from '../phrases/format.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Token } from '../ui/outcome-pill.tsx';
import { shortId, SidePanel } from '../ui/side-panel.tsx';
import { actorWords } from './audit-table.tsx';

interface AuditPanelProps {
  /** Null when the row is not among those loaded. */
  readonly row: AuditRow | null;
  readonly id: string;
  readonly onClose: () => void;
  readonly onPrevious: (() => void) | null;
  readonly onNext: (() => void) | null;
}

export function AuditPanel({ row, id, ...moves }: AuditPanelProps) {
  const foot = row === null ? {} : { foot: <PanelFoot row={row} /> };
  return (
    <SidePanel title={say.row} reference={shortId(id)} {...moves} {...foot}>
      {row === null ? (
        <EmptyState state={{ kind: 'no-results', sentence: say.notLoaded, onClear: null }} />
      ) : (
        <RowFacts row={row} />
      )}
    </SidePanel>
  );
}

function PanelFoot({ row }: { readonly row: AuditRow }) {
  return (
    <>
      <CopyButton
        text={JSON.stringify(row, null, 2)}
        label={ledgerPhrases.json}
        icon={<BracketsCurly size={14} aria-hidden />}
      />
      <span className="type-caption ml-auto px-2 text-ink-2">{say.chained}</span>
    </>
  );
}

function RowFacts({ row }: { readonly row: AuditRow }) {
  const hasDetail = Object.keys(row.detail).length > 0;
  return (
    <div className="flex flex-col gap-5">
      <div>
        <h3 className="type-verdict">
          {actorWords(row)} {eventWords(row.event)}
        </h3>
        <p className="mt-1">
          <Token>{row.event}</Token>
        </p>
      </div>
      <dl className="flex flex-col gap-2.5">
        <Fact label={say.facts.at}>{formatFull(row.at)}</Fact>
        <Fact label={say.facts.result}>{say.results[row.result]}</Fact>
        <Fact label={say.facts.actor}>
          {actorWords(row)}, {say.actors[row.actorKind]}
        </Fact>
        <Fact label={say.facts.target}>
          {row.target === null ? '–' : <code className="type-mono break-all">{row.target}</code>}
        </Fact>
        <Fact label={say.facts.request}>
          {row.requestId === null ? '–' : <code className="type-mono break-all">{row.requestId}</code>}
        </Fact>
        <Fact label={say.facts.number}>{formatNumber(row.seq)}</Fact>
        <Fact label={say.facts.previous}>
          <code className="type-mono break-all text-ink-2">{row.prevHash}</code>
        </Fact>
        <Fact label={say.facts.hash}>
          <code className="type-mono break-all">{row.hash}</code>
        </Fact>
      </dl>
      <section>
        <h4 className="type-caption type-strong mb-1.5 text-ink-2">{say.detail}</h4>
        {hasDetail ? (
          <pre tabIndex={0} className="type-mono overflow-x-auto rounded-box border border-line bg-code px-3 py-2.5">
            {JSON.stringify(row.detail, null, 2)}
          </pre>
        ) : (
          <p className="text-ink-2">{say.noDetail}</p>
        )}
      </section>
    </div>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="grid grid-cols-[120px_minmax(0,1fr)] gap-3">
      <dt className="text-ink-3">{label}</dt>
      <dd className="type-number">{children}</dd>
    </div>
  );
}
