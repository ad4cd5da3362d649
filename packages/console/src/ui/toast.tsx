// One toast at a time, bottom left beside the rail: what was done, and Undo. Never for a problem that needs an act.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';

export interface ToastMessage {
  readonly sentence: string;
  readonly onUndo: (() => void) | null;
}

const ToastContext = createContext<(message: ToastMessage) => void>(() => {});

/** @returns a function that shows a toast, replacing the one before */
export const useToast = () => useContext(ToastContext);

const LASTS_MS = 6000;

export function ToastHost({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<{ readonly key: number; readonly message: ToastMessage } | null>(null);
  const [held, setHeld] = useState(false);
  const show = useCallback(
    (message: ToastMessage) => setShown((before) => ({ key: (before?.key ?? 0) + 1, message })),
    [],
  );
  useEffect(() => {
    if (shown === null || held) return undefined;
    const timer = setTimeout(() => setShown(null), LASTS_MS);
    return () => clearTimeout(timer);
  }, [shown, held]);
  const hold = useMemo(
    () => ({
      onMouseEnter: () => setHeld(true),
      onMouseLeave: () => setHeld(false),
      onFocus: () => setHeld(true),
      onBlur: () => setHeld(false),
    }),
    [],
  );
  return (
    <ToastContext value={show}>
      {children}
      <div role="status" className="fixed bottom-5 left-5 z-50 max-w-[calc(100vw-40px)] rail:left-[244px]">
        {shown !== null && (
          <div
            key={shown.key}
            {...hold}
            className="slide-in flex w-[360px] max-w-full items-center gap-3 rounded-box bg-solid px-4 py-3 text-on-solid shadow-float"
          >
            <span className="grow">{shown.message.sentence}</span>
            {shown.message.onUndo !== null && (
              <button
                type="button"
                className="type-strong min-h-6 rounded-key px-2 underline underline-offset-2 focus-visible:outline-on-solid"
                onClick={() => {
                  shown.message.onUndo?.();
                  setShown(null);
                  setHeld(false);
                }}
              >
                {say.undo}
              </button>
            )}
          </div>
        )}
      </div>
    </ToastContext>
  );
}
