// The explanation of one ledger entry, beside the list, with its link, its JSON and its command line.
import { BracketsCurly } from '@phosphor-icons/react/dist/csr/BracketsCurly';
import { LinkSimple } from '@phosphor-icons/react/dist/csr/LinkSimple';
import { Terminal } from '@phosphor-icons/react/dist/csr/Terminal';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { ledgerPhrases as say } from '../phrases/en/ledger.ts';
import { SOURCE_WORDS } from '../phrases/en/outcomes.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ExplainPanel } from '../ui/explain-panel.tsx';
import { shortId, SidePanel } from '../ui/side-panel.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useLedgerEntry } from './gate.queries.ts';

interface LedgerPanelProps {
  readonly id: string;
  readonly onClose: () => void;
  readonly onPrevious: (() => void) | null;
  readonly onNext: (() => void) | null;
}

export function LedgerPanel({ id, ...moves }: LedgerPanelProps) {
  const entry = useLedgerEntry(id);
  return (
    <SidePanel
      title={say.why}
      reference={shortId(id)}
      {...moves}
      {...(entry.data === undefined
        ? {}
        : {
            foot: (
              <PanelFoot id={id} json={JSON.stringify(entry.data, null, 2)} kept={entry.data.row.messageId !== null} />
            ),
          })}
    >
      {entry.data !== undefined ? (
        <ExplainPanel explanation={entry.data.explanation} place={SOURCE_WORDS[entry.data.row.source]} />
      ) : entry.error instanceof ProblemError && entry.error.status === 404 ? (
        <EmptyState state={{ kind: 'no-results', sentence: say.goneEntry, onClear: null }} />
      ) : entry.isError ? (
        <ProblemView error={entry.error} action="ledger:read" onRetry={() => void entry.refetch()} />
      ) : (
        <Skeleton />
      )}
    </SidePanel>
  );
}

function PanelFoot({ id, json, kept }: { readonly id: string; readonly json: string; readonly kept: boolean }) {
  return (
    <>
      <CopyButton
        text={`${location.origin}/console/ledger?entry=${id}`}
        label={say.link}
        icon={<LinkSimple size={14} aria-hidden />}
      />
      <CopyButton text={json} label={say.json} icon={<BracketsCurly size={14} aria-hidden />} />
      <CopyButton text={`sentinel gate ledger ${id}`} label={say.cli} icon={<Terminal size={14} aria-hidden />} />
      <span className="type-caption ml-auto px-2 text-ink-2">{kept ? say.keptWith : say.countsOnly}</span>
    </>
  );
}
