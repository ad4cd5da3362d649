// What stands around every page: the rail (a drawer on narrow screens), the palette, the shortcuts, the demo banner.
import { List } from '@phosphor-icons/react/dist/csr/List';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { framePhrases as say } from '../phrases/en/frame.ts';
import { IconButton } from '../ui/button.tsx';
import { useShortcuts } from '../ui/shortcuts.ts';
import { Skeleton } from '../ui/skeleton.tsx';
import { ToastHost } from '../ui/toast.tsx';
import { SessionGuard } from './guard.tsx';
import { Rail } from './rail.tsx';
import { useSignedIn } from './session.ts';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));
const ShortcutList = lazy(async () => ({ default: (await import('./shortcut-list.tsx')).ShortcutList }));

export function Frame() {
  return (
    <SessionGuard>
      <ToastHost>
        <FrameInside />
      </ToastHost>
    </SessionGuard>
  );
}

function FrameInside() {
  const [open, setOpen] = useState<'palette' | 'shortcuts' | 'drawer' | null>(null);
  const close = () => setOpen(null);
  const { demo } = useSignedIn();
  useFrameKeys(setOpen);
  return (
    <div className={`flex min-h-dvh ${demo ? '[--banner:31px] max-phone:[--banner:49px]' : '[--banner:0px]'}`}>
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-control focus:bg-surface focus:px-3 focus:py-2"
      >
        {say.skip}
      </a>
      <aside
        aria-label={say.navigation}
        className="sticky top-0 h-dvh w-56 shrink-0 border-r border-line max-rail:hidden"
      >
        <Rail onPalette={() => setOpen('palette')} onLeave={close} />
      </aside>
      <div className="min-w-0 grow">
        <div className="fixed top-[calc(var(--banner)+12px)] left-4 z-30 rail:hidden pointer-coarse:top-[calc(var(--banner)+4px)] pointer-coarse:left-2">
          <IconButton label={say.openMenu} onClick={() => setOpen('drawer')}>
            <List size={18} aria-hidden />
          </IconButton>
        </div>
        {demo && <DemoBanner />}
        <Suspense fallback={<Skeleton />}>
          <Outlet />
        </Suspense>
      </div>
      {open === 'drawer' && <Drawer onClose={close} onPalette={() => setOpen('palette')} />}
      <Suspense fallback={null}>
        {open === 'palette' && <Palette onClose={close} onShortcuts={() => setOpen('shortcuts')} />}
        {open === 'shortcuts' && <ShortcutList onClose={close} />}
      </Suspense>
    </div>
  );
}

function useFrameKeys(setOpen: (what: 'palette' | 'shortcuts') => void): void {
  const navigate = useNavigate();
  useShortcuts({
    'g h': () => void navigate({ to: '/' }),
    'g l': () => void navigate({ to: '/ledger' }),
    'g c': () => void navigate({ to: '/book' }),
    'g a': () => void navigate({ to: '/ask' }),
    'g u': () => void navigate({ to: '/audit' }),
    'g m': () => void navigate({ to: '/members' }),
    'g r': () => void navigate({ to: '/groups' }),
    'g p': () => void navigate({ to: '/apps' }),
    'g s': () => void navigate({ to: '/sessions' }),
    '?': () => setOpen('shortcuts'),
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      setOpen('palette');
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [setOpen]);
}

function DemoBanner() {
  return (
    <aside
      aria-label={say.demoLabel}
      className="type-caption sticky top-0 z-20 h-(--banner) overflow-hidden border-b border-line bg-mute-tint px-6 py-1.5 text-ink-2 max-phone:px-4"
    >
      {say.demo} <span className="max-rail:hidden">{say.demoLeave}</span>
      <span className="rail:hidden">{say.demoLeaveShort}</span>{' '}
      <code className="type-mono whitespace-nowrap text-ink">{say.demoCommand}</code>
    </aside>
  );
}

function Drawer({ onClose, onPalette }: { readonly onClose: () => void; readonly onPalette: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  return (
    // A click on the backdrop lands on the dialog itself; the keyboard has Esc.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      aria-label={say.navigation}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className="m-0 h-dvh max-h-none w-64 max-w-[85vw] border-r border-line text-ink shadow-float"
    >
      <Rail onPalette={onPalette} onLeave={onClose} />
    </dialog>
  );
}
