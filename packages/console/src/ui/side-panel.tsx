// The panel beside a list: pushes it aside on a wide screen, covers it on a narrower one, is a full sheet on phones.
import { X } from '@phosphor-icons/react/dist/csr/X';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { IconButton } from './button.tsx';

interface SidePanelProps {
  readonly title: string;
  /** Short form of the id of what is shown. */
  readonly reference: string;
  readonly onClose: () => void;
  /** Goes to the row before or after; null at an end. */
  readonly onPrevious: (() => void) | null;
  readonly onNext: (() => void) | null;
  readonly foot?: ReactNode;
  readonly children: ReactNode;
}

export function SidePanel({ title, reference, onClose, onPrevious, onNext, foot, children }: SidePanelProps) {
  const titleId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    scroller.current?.scrollTo(0, 0);
  }, [reference]);
  return (
    <aside
      aria-labelledby={titleId}
      className="slide-in flex flex-col border-l border-line bg-surface max-phone:fixed max-phone:inset-0 max-phone:z-40 max-phone:border-l-0 max-wide:fixed max-wide:top-[calc(var(--banner)+52px)] max-wide:right-0 max-wide:bottom-0 max-wide:z-30 max-wide:w-[min(520px,100vw)] max-wide:shadow-panel max-phone:top-0 max-phone:w-full wide:sticky wide:top-[calc(var(--banner)+52px)] wide:h-[calc(100dvh-var(--banner)-52px)] wide:w-[520px] wide:shrink-0"
    >
      <header className="flex h-[52px] shrink-0 items-center gap-2.5 border-b border-line pr-3 pl-5 max-phone:pl-4">
        <h2 id={titleId} className="type-section">
          {title}
        </h2>
        <span className="type-mono truncate text-ink-3">{reference}</span>
        <span className="ml-auto flex items-center gap-1">
          <StepButton label={say.previousRow} mark="[" onStep={onPrevious} />
          <StepButton label={say.nextRow} mark="]" onStep={onNext} />
          <IconButton label={say.close} onClick={onClose}>
            <X size={16} />
          </IconButton>
        </span>
      </header>
      <div
        ref={scroller}
        tabIndex={0}
        role="group"
        aria-labelledby={titleId}
        className="ring-inside grow overflow-y-auto overscroll-contain p-5 max-phone:p-4"
      >
        {children}
      </div>
      {foot !== undefined && (
        <footer className="flex min-h-12 shrink-0 flex-wrap items-center gap-1 border-t border-line px-3 py-1">
          {foot}
        </footer>
      )}
    </aside>
  );
}

function StepButton({
  label,
  mark,
  onStep,
}: {
  readonly label: string;
  readonly mark: string;
  readonly onStep: (() => void) | null;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={onStep === null}
      onClick={() => onStep?.()}
      className="group inline-flex size-6 items-center justify-center pointer-coarse:size-11"
    >
      <span className="type-mono inline-flex size-5 items-center justify-center rounded-key border border-line-strong text-ink-2 group-enabled:group-hover:bg-hover group-disabled:text-ink-3">
        {mark}
      </span>
    </button>
  );
}

/** Cuts an id in the middle: first 12 and last 4. */
export function shortId(id: string): string {
  return id.length <= 17 ? id : `${id.slice(0, 12)}…${id.slice(-4)}`;
}
