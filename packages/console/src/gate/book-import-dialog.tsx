// The import as a dialog over the contact book.
import { bookPhrases } from '../phrases/en/book.ts';
import { Dialog } from '../ui/dialog.tsx';
import { useToast } from '../ui/toast.tsx';
import { BookImport } from './book-import.tsx';

const say = bookPhrases.importDialog;

export function BookImportDialog({ onClose }: { readonly onClose: () => void }) {
  const toast = useToast();
  return (
    <Dialog title={say.title} wide onClose={onClose}>
      <BookImport
        onDone={(report) => {
          toast({ sentence: say.done(report.added, report.changed), onUndo: null });
          onClose();
        }}
      />
    </Dialog>
  );
}
