// Asks before an account is disconnected, and what becomes of what it brought.
import type { Connection, Disconnected } from '@sentinel/contract';
import { Archive } from '@phosphor-icons/react/dist/csr/Archive';
import { Trash } from '@phosphor-icons/react/dist/csr/Trash';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { sourcePhrases } from '../phrases/en/sources.ts';
import { ChoiceCards } from '../ui/choice-cards.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useDisconnect } from './sources.queries.ts';

const say = sourcePhrases.disconnecting;

interface DisconnectDialogProps {
  readonly connection: Connection;
  /** What stays connected on the same consent, by name. */
  readonly other: string | null;
  readonly onDone: (answer: Disconnected) => void;
  readonly onClose: () => void;
}

export function DisconnectDialog({ connection, other, onDone, onClose }: DisconnectDialogProps) {
  const disconnect = useDisconnect();
  const [data, setData] = useState<'keep' | 'purge'>('keep');
  return (
    <ConfirmDialog
      title={say.title(sourcePhrases.providers[connection.provider])}
      losses={[other === null ? say.givenBack : say.shared(other), say.readNoMore]}
      go={say.go}
      busy={disconnect.isPending}
      onGo={() => disconnect.mutate({ id: connection.id, data }, { onSuccess: onDone })}
      onClose={onClose}
    >
      <div className="mt-5 flex flex-col gap-4">
        <ChoiceCards
          label={say.data}
          value={data}
          choices={[
            { value: 'keep', ...say.keep, icon: <Archive size={16} aria-hidden /> },
            { value: 'purge', ...say.purge, icon: <Trash size={16} aria-hidden /> },
          ]}
          onChange={setData}
        />
        {disconnect.error !== null && <ProblemView error={disconnect.error} action="sources:manage" />}
      </div>
    </ConfirmDialog>
  );
}
