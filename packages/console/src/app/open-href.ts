// Opens an address the server gave us: within the console without loading anew, elsewhere as any link.
import { useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';

/** @returns a function that opens an absolute path */
export function useOpenHref(): (href: string) => void {
  const router = useRouter();
  return useCallback(
    (href: string) => {
      if (href === '/console' || href.startsWith('/console/') || href.startsWith('/console?'))
        router.history.push(href);
      else location.assign(href);
    },
    [router],
  );
}
