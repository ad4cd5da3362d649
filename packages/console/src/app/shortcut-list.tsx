// The list of shortcuts, and the switch that turns them off.
import { useState } from 'react';
import { framePhrases } from '../phrases/en/frame.ts';
import { Button, KeyCap } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { shortcutsAreOn, switchShortcuts } from '../ui/shortcuts.ts';

const say = framePhrases.shortcuts;

export function ShortcutList({ onClose }: { readonly onClose: () => void }) {
  const [on, setOn] = useState(shortcutsAreOn);
  return (
    <Dialog title={say.title} onClose={onClose}>
      <dl className="grid grid-cols-2 gap-x-8 gap-y-2 max-phone:grid-cols-1">
        {say.list.map(({ keys, does }) => (
          <div key={does} className="flex items-center justify-between gap-3">
            <dt>{does}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <KeyCap key={key}>{key}</KeyCap>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <DialogActions>
        <Button
          aria-pressed={on}
          onClick={() => {
            switchShortcuts(!on);
            setOn(!on);
          }}
        >
          {on ? say.on : say.off}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
