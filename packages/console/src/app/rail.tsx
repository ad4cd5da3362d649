// The left rail: the workspace, the palette's field, the pages, and at the bottom health, docs, theme and me.
import type { Health } from '@sentinel/contract';
import { BookOpen } from '@phosphor-icons/react/dist/csr/BookOpen';
import { MagnifyingGlass } from '@phosphor-icons/react/dist/csr/MagnifyingGlass';
import { Monitor } from '@phosphor-icons/react/dist/csr/Monitor';
import { Moon } from '@phosphor-icons/react/dist/csr/Moon';
import { SignOut } from '@phosphor-icons/react/dist/csr/SignOut';
import { Sun } from '@phosphor-icons/react/dist/csr/Sun';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { framePhrases as say } from '../phrases/en/frame.ts';
import { IconButton, KeyCap } from '../ui/button.tsx';
import { PresenceGlyph, ProductMark, TriangleGlyph } from '../ui/glyph.tsx';
import { get } from './api.ts';
import { PAGES, type PageEntry } from './pages.ts';
import { useSignedIn, useSignOut } from './session.ts';
import { applyTheme, nextTheme, useTheme } from './theme.ts';

interface RailProps {
  readonly onPalette: () => void;
  /** Called when a page was chosen, so that a drawer can close. */
  readonly onLeave: () => void;
}

export function Rail({ onPalette, onLeave }: RailProps) {
  const session = useSignedIn();
  return (
    <div className="flex h-full flex-col gap-3 overflow-y-auto bg-canvas px-2 pt-2 pb-3">
      <p className="type-section flex h-9 items-center gap-2.5 px-2">
        <ProductMark />
        <span className="truncate">{session.workspace.name}</span>
      </p>
      <button
        type="button"
        onClick={onPalette}
        className="flex h-8 shrink-0 items-center gap-2.5 rounded-box border border-line-strong bg-surface px-2 text-ink-2 hover:text-ink pointer-coarse:h-11"
      >
        <MagnifyingGlass size={16} aria-hidden />
        {say.search}
        <span aria-hidden className="ml-auto flex">
          <KeyCap>{/mac/i.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'}</KeyCap>
        </span>
      </button>
      <nav aria-label={say.navigation} className="flex flex-col gap-4">
        <Entries section={null} onLeave={onLeave} />
        <Entries section="access" onLeave={onLeave} />
        <Entries section="gate" onLeave={onLeave} />
        <Entries section="trace" onLeave={onLeave} />
      </nav>
      <RailFoot onLeave={onLeave} />
    </div>
  );
}

interface EntriesProps {
  /** Pages about oneself are reached by one's own name. */
  readonly section: Exclude<PageEntry['section'], 'me'>;
  readonly onLeave: () => void;
}

function Entries({ section, onLeave }: EntriesProps) {
  return (
    <div>
      {section !== null && <p className="type-label type-strong px-2 pb-1 text-ink-3">{say.sections[section]}</p>}
      <ul>
        {PAGES.filter((page) => page.section === section).map(({ key, to, icon: Icon }) => (
          <li key={key}>
            <Link
              to={to}
              onClick={onLeave}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              activeProps={{ className: 'bg-selected text-ink type-strong' }}
              inactiveProps={{ className: 'text-ink-2 hover:bg-hover hover:text-ink' }}
              className="ring-inside flex h-7 items-center gap-2.5 rounded-control px-2 pointer-coarse:h-11"
            >
              <Icon size={16} aria-hidden />
              {say.pages[key]}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function RailFoot({ onLeave }: { readonly onLeave: () => void }) {
  const session = useSignedIn();
  const signOut = useSignOut();
  return (
    <div className="mt-auto flex flex-col gap-1 px-2 pt-4">
      <div className="flex items-center gap-1">
        <HealthLine />
        <span className="ml-auto flex">
          <a
            href="/docs/api"
            aria-label={say.apiDocs}
            title={say.apiDocs}
            className="inline-flex size-7 items-center justify-center rounded-control text-ink-2 hover:bg-hover hover:text-ink pointer-coarse:size-11"
          >
            <BookOpen size={16} aria-hidden />
          </a>
          <ThemeButton />
        </span>
      </div>
      <div className="flex items-center gap-2">
        <Link
          to="/sessions"
          onClick={onLeave}
          className="-ml-1 flex min-w-0 items-center gap-2 rounded-control px-1 py-1 hover:bg-hover pointer-coarse:min-h-11"
        >
          <span
            aria-hidden
            className="type-label flex size-5 shrink-0 items-center justify-center rounded-full bg-selected font-semibold text-ink-2"
          >
            {initials(session.person.name)}
          </span>
          <span className="truncate">{session.person.name}</span>
          <span className="type-caption text-ink-3">{say.roles[session.role]}</span>
          <span className="sr-only">{say.mySessions}</span>
        </Link>
        <span className="ml-auto flex">
          <IconButton label={say.signOut} onClick={() => signOut.mutate()}>
            <SignOut size={16} aria-hidden />
          </IconButton>
        </span>
      </div>
    </div>
  );
}

/** First letters of the first and the last word of a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => (word ?? '').charAt(0).toUpperCase()).join('');
}

function HealthLine() {
  const health = useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => get<Health>('/health', signal),
    refetchInterval: 30_000,
    retry: false,
  });
  const status = health.isError ? 'silent' : (health.data?.status ?? 'ok');
  return (
    <span className="type-caption flex items-center gap-2 text-ink-2">
      {status === 'ok' ? <PresenceGlyph present /> : <TriangleGlyph />}
      {say.health[status]}
    </span>
  );
}

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

function ThemeButton() {
  const theme = useTheme();
  const Icon = THEME_ICONS[theme];
  return (
    <IconButton label={say.themes[theme]} onClick={() => applyTheme(nextTheme(theme))}>
      <Icon size={16} aria-hidden />
    </IconButton>
  );
}
