// The key of a service, shown once: it goes away only by saying so.
import { Copy } from '@phosphor-icons/react/dist/csr/Copy';
import { appPhrases } from '../phrases/en/apps.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';

const say = appPhrases.key;

export function KeyDialog({ apiKey, onClose }: { readonly apiKey: string; readonly onClose: () => void }) {
  return (
    <Dialog title={say.title} onClose={onClose}>
      <p className="mb-4 text-ink-2">{say.why}</p>
      <code className="type-mono block rounded-box border border-line bg-code px-3 py-2.5 break-all">{apiKey}</code>
      <DialogActions>
        <CopyButton text={apiKey} label={say.copy} icon={<Copy size={14} aria-hidden />} />
        <Button look="solid" onClick={onClose}>
          {say.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
