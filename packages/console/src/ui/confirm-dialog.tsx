// Asks before something that cannot be taken back: what will happen as the title, what is lost as a list.
import type { ReactNode } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { Button } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly losses: readonly string[];
  readonly go: string;
  readonly busy: boolean;
  readonly onGo: () => void;
  readonly onClose: () => void;
  /** A problem of the last try. */
  readonly children?: ReactNode;
}

export function ConfirmDialog({ title, losses, go, busy, onGo, onClose, children }: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <ul className="flex list-disc flex-col gap-1.5 pl-4 text-ink-2">
        {losses.map((loss) => (
          <li key={loss}>{loss}</li>
        ))}
      </ul>
      {children}
      <DialogActions>
        <Button onClick={onClose}>{say.cancel}</Button>
        <Button look="danger" disabled={busy} onClick={onGo}>
          {go}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
