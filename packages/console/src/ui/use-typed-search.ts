// A search field whose text goes on to where it is used once typing pauses.
import { useEffect, useState } from 'react';

const SEARCH_AFTER_MS = 200;

/**
 * @param text what is searched for now
 * @param onSearch told after a pause; the newest one is called
 */
export function useTypedSearch(text: string, onSearch: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(() => onSearch(typed), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, text, onSearch]);
  return [typed, setTyped];
}
