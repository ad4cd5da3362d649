// A page without the rail: signed out, not found, a link that does not work.
import type { ReactNode } from 'react';
import { uiPhrases } from '../phrases/en/ui.ts';
import { ProductMark } from '../ui/glyph.tsx';

export function LonePage({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main id="content" className="mx-auto flex min-h-dvh max-w-[480px] flex-col px-6 py-10">
      <title>{`${title} · ${uiPhrases.product}`}</title>
      <p className="type-section mb-16 flex items-center gap-3">
        <ProductMark />
        {uiPhrases.product}
      </p>
      <h1 className="type-sentence mb-2">{title}</h1>
      <div className="flex flex-col items-start gap-4 text-ink-2">{children}</div>
    </main>
  );
}
