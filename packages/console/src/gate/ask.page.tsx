// Ask the gate: would this message be kept? Paste addresses or drop a file; the answer is the explain panel.
import { framePhrases } from '../phrases/en/frame.ts';
import { askPhrases as say } from '../phrases/en/ask.ts';
import { Page } from '../ui/page.tsx';
import { AskGate } from './ask-gate.tsx';
import { useMay } from '../app/session.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { roleFor } from '../app/session.ts';

export function AskPage() {
  const may = useMay('gate:ask');
  return (
    <Page title={framePhrases.pages.ask}>
      {may ? (
        <div className="p-8 max-phone:p-4">
          <p className="type-sentence">{say.title}</p>
          <p className="mt-1 mb-6 text-ink-2">{say.promise}</p>
          <AskGate />
        </div>
      ) : (
        <EmptyState
          state={{
            kind: 'not-allowed',
            what: framePhrases.mayNot,
            action: 'gate:ask',
            grantedBy: framePhrases.grantedBy(roleFor('gate:ask')),
          }}
        />
      )}
    </Page>
  );
}
