// A modal dialog on the native element: focus is trapped and given back by the browser, Esc closes it.
import { X } from '@phosphor-icons/react/dist/csr/X';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { IconButton } from './button.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Dialog({ title, onClose, wide = false, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // The title first: it says what will happen; the browser would choose the close button.
    heading.current?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={`m-auto max-h-[calc(100dvh-32px)] w-[calc(100vw-32px)] overflow-y-auto rounded-float bg-surface p-6 text-ink shadow-float ${wide ? 'max-w-[640px]' : 'max-w-[480px]'}`}
    >
      <div className="mb-4 flex items-start justify-between gap-4">
        <h2 id={titleId} ref={heading} tabIndex={-1} className="type-verdict focus-visible:outline-none">
          {title}
        </h2>
        <IconButton label={say.close} onClick={onClose}>
          <X size={16} />
        </IconButton>
      </div>
      {children}
    </dialog>
  );
}

/** The row of buttons that ends a dialog, at the right. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return <div className="mt-6 flex flex-wrap items-center justify-end gap-2">{children}</div>;
}
