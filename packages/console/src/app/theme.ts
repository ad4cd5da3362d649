// Theme and density: remembered per browser, applied to the root element, where the stylesheet reads them.
import { useSyncExternalStore } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export function currentTheme(): Theme {
  const stored = localStorage.getItem('sentinel.theme');
  return THEMES.find((theme) => theme === stored) ?? 'system';
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem('sentinel.theme');
  else localStorage.setItem('sentinel.theme', theme);
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

const listeners = new Set<() => void>();

/** The chosen theme, wherever it is changed. */
export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentTheme);
}

export const nextTheme = (theme: Theme): Theme => THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';

/** Follows the system while nothing else was chosen. */
export function followSystemTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme(currentTheme()));
}

export function toggleDensity(): void {
  const compact = document.documentElement.dataset['density'] !== 'compact';
  localStorage.setItem('sentinel.density', compact ? 'compact' : 'comfortable');
  document.documentElement.dataset['density'] = compact ? 'compact' : 'comfortable';
}
