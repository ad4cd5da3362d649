// How a connection stands, as one word with its glyph.
import type { Connection } from '@sentinel/contract';
import { sourcePhrases as say, type SourceStanding } from '../phrases/en/sources.ts';
import { BarsGlyph, ClockGlyph, TickGlyph, TriangleGlyph } from '../ui/glyph.tsx';

const LOOKS: Record<SourceStanding, string> = {
  connected: 'bg-yes-tint text-yes',
  waiting: 'bg-mute-tint text-ink-2',
  paused: 'bg-mute-tint text-ink-2',
  needs_attention: 'bg-broken-tint text-broken',
};

/** A connection in trouble that mends by itself is waiting, not broken. */
export function standingOf({ state, trouble }: Pick<Connection, 'state' | 'trouble'>): SourceStanding {
  return state === 'connected' && trouble !== null ? 'waiting' : state;
}

export function StandingGlyph({ standing }: { readonly standing: SourceStanding }) {
  switch (standing) {
    case 'connected':
      return <TickGlyph size={12} />;
    case 'waiting':
      return <ClockGlyph size={12} />;
    case 'paused':
      return <BarsGlyph size={12} />;
    case 'needs_attention':
      return <TriangleGlyph size={12} />;
  }
}

export function StandingPill({ standing }: { readonly standing: SourceStanding }) {
  return (
    <span
      className={`type-caption type-strong inline-flex h-[22px] items-center gap-1.5 rounded-[5px] px-2 whitespace-nowrap ${LOOKS[standing]}`}
    >
      <StandingGlyph standing={standing} />
      {say.standing(standing)}
    </span>
  );
}
