// Keyboard shortcuts: one listener, which never takes a key from a field, a menu or a modifier combination.
import { useEffect, useRef } from 'react';

/** What a key does. Two keys in a row are written with a space: "g l". */
export type Shortcuts = Readonly<Record<string, () => void>>;

const OFF_KEY = 'sentinel.shortcuts';
const SECOND_KEY_WITHIN_MS = 1200;

export const shortcutsAreOn = (): boolean => localStorage.getItem(OFF_KEY) !== 'off';

export function switchShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(OFF_KEY);
  else localStorage.setItem(OFF_KEY, 'off');
}

/** Whether typing goes somewhere that wants the letter itself. */
export function wantsLetters(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/**
 * Binds shortcuts while the component is mounted.
 *
 * @param shortcuts keys as `KeyboardEvent.key` writes them; the newest functions are always the ones called
 */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  });
  useEffect(() => {
    let first: { readonly key: string; readonly at: number } | null = null;
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (wantsLetters(event.target) || document.querySelector('dialog[open]') !== null || !shortcutsAreOn()) return;
      const pair =
        first !== null && event.timeStamp - first.at < SECOND_KEY_WITHIN_MS ? `${first.key} ${event.key}` : null;
      first = { key: event.key, at: event.timeStamp };
      const act = (pair === null ? undefined : current.current[pair]) ?? current.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
