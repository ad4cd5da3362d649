// An outcome as glyph and word, and a reason token: the two always stand together.
import { OUTCOMES, type OutcomeFamily, type OutcomeToken } from '@sentinel/contract/outcomes';
import { FAMILY_WORDS } from '../phrases/en/outcomes.ts';
import { OutcomeGlyph } from './glyph.tsx';

const TEXT: Record<OutcomeFamily, string> = {
  passed: 'text-yes',
  dropped: 'text-no',
  duplicate: 'text-mute',
  failed_closed: 'text-broken',
};

/** The text colour of a family. */
export const familyText = (family: OutcomeFamily): string => TEXT[family];

export const familyOf = (outcome: OutcomeToken): OutcomeFamily => OUTCOMES[outcome].family;

export function OutcomePill({ outcome }: { readonly outcome: OutcomeToken }) {
  const family = familyOf(outcome);
  return (
    <span
      className={`type-caption type-strong inline-flex items-center gap-1.5 align-middle whitespace-nowrap ${TEXT[family]}`}
    >
      <OutcomeGlyph family={family} />
      {FAMILY_WORDS[family]}
    </span>
  );
}

/** A word the machine reads: reason, rule, action, event. */
export function Token({ children }: { readonly children: string }) {
  return (
    <code className="type-mono inline-block max-w-full break-all rounded-key bg-mute-tint px-1.5 text-ink-2">
      {children}
    </code>
  );
}
