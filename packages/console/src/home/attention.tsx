// What needs somebody, and the first steps until they are done.
import type { Home } from '@sentinel/contract';
import { useOpenHref } from '../app/open-href.ts';
import { homePhrases as say } from '../phrases/en/home.ts';
import { formatNumber, formatShortTime } from '../phrases/format.ts';
import { ButtonAnchor } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { StepGlyph, TriangleGlyph } from '../ui/glyph.tsx';
import { Section } from '../ui/page.tsx';

interface LinkProps {
  readonly href: string;
  readonly title: string;
}

/** A link the server named, opened within the console when it leads there. */
function OpenLink({ href, title }: LinkProps) {
  const openHref = useOpenHref();
  return (
    <ButtonAnchor
      href={href}
      aria-label={say.openThing(title)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        openHref(href);
      }}
    >
      {say.open}
    </ButtonAnchor>
  );
}

export function Attention({ items }: { readonly items: Home['attention'] }) {
  return (
    <Section title={say.attention} aside={formatNumber(items.length)}>
      {items.length === 0 && <EmptyState state={{ kind: 'cleared', sentence: say.nothingNeedsYou }} />}
      <ul className="divide-y divide-line border-t border-line">
        {items.map((item) => (
          <li key={`${item.title} ${item.note}`} className="flex items-center gap-3.5 py-2.5">
            {item.kind === 'broken' ? <TriangleGlyph size={16} /> : <StepGlyph state="not_reached" size={16} />}
            <div className="min-w-0 grow">
              <p className="type-strong">{item.title}</p>
              <p className="type-caption text-ink-2">{item.note}</p>
            </div>
            {item.at !== null && (
              <span className="type-caption type-number text-ink-2">{formatShortTime(item.at)}</span>
            )}
            <OpenLink href={item.href} title={item.title} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Shown until every step is done. */
export function SetupList({ steps }: { readonly steps: Home['setup'] }) {
  const done = steps.filter((step) => step.done).length;
  if (done === steps.length) return null;
  return (
    <Section title={say.setup} aside={say.setupDone(done, steps.length)}>
      <ul className="divide-y divide-line border-t border-line">
        {steps.map((step) => (
          <li key={step.key} className="flex min-h-13 items-center gap-3.5 py-2">
            <StepGlyph state={step.done ? 'passed' : 'not_reached'} size={16} />
            <p className={`min-w-0 grow ${step.done ? 'text-ink-3' : 'type-strong'}`}>{step.title}</p>
            {!step.done && <OpenLink href={step.href} title={step.title} />}
          </li>
        ))}
      </ul>
    </Section>
  );
}
