// The frame of a page: the sticky header with breadcrumb, freshness and actions, and the body beside a panel.
import type { ReactNode } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { formatTime } from '../phrases/format.ts';
import { PresenceGlyph, TriangleGlyph } from './glyph.tsx';

interface PageProps {
  readonly title: string;
  readonly freshness?: ReactNode;
  readonly actions?: ReactNode;
  readonly panel?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, freshness, actions, panel, children }: PageProps) {
  return (
    <>
      <title>{`${title} · ${say.product}`}</title>
      <header className="sticky top-(--banner) z-20 flex h-[52px] items-center gap-3 border-b border-line bg-surface px-6 max-rail:pl-16 max-phone:pr-4">
        <h1 className="type-section truncate">{title}</h1>
        <div className="ml-auto flex items-center gap-3">
          {freshness !== undefined && <div className="max-phone:hidden">{freshness}</div>}
          {actions}
        </div>
      </header>
      <div className="flex">
        <main id="content" tabIndex={-1} className="min-w-0 grow pb-10">
          {children}
        </main>
        {panel}
      </div>
    </>
  );
}

/** "as of 15:42:14", and plainly when there has been no answer since. */
export function Freshness({ at, failing }: { readonly at: number; readonly failing: boolean }) {
  if (at === 0) return null;
  return (
    <span className="type-caption type-number flex items-center gap-1.5 whitespace-nowrap text-ink-2">
      {failing ? <TriangleGlyph size={12} /> : <PresenceGlyph present size={12} />}
      {failing ? say.noAnswerSince(formatTime(at)) : say.asOf(formatTime(at))}
    </span>
  );
}

/** A padded part of a page. */
export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section>
      <div className="mb-2.5 flex items-baseline justify-between gap-4">
        <h2 className="type-section">{title}</h2>
        {aside !== undefined && <span className="type-caption type-number text-ink-3">{aside}</span>}
      </div>
      {children}
    </section>
  );
}
