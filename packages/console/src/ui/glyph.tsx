// The state glyphs: the shape says which kind of question was asked, the inside says the answer.
// Always drawn beside their word, so they are hidden from assistive technology unless given a label.
import type { OutcomeFamily } from '@sentinel/contract/outcomes';
import type { ReactNode } from 'react';

interface GlyphProps {
  readonly size?: number;
  /** Accessible name, for the rare place where no word stands beside the glyph. */
  readonly label?: string;
}

interface CanvasProps extends GlyphProps {
  readonly className: string;
  readonly children: ReactNode;
}

function Canvas({ size = 14, label, className, children }: CanvasProps) {
  const naming = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return (
    <svg
      {...naming}
      width={size}
      height={size}
      viewBox="0 0 14 14"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      className={`shrink-0 ${className}`}
    >
      {children}
    </svg>
  );
}

/** Was it kept? A square for an outcome, a triangle when something is broken. */
export function OutcomeGlyph({ family, ...rest }: GlyphProps & { readonly family: OutcomeFamily }) {
  switch (family) {
    case 'passed':
      return (
        <Canvas {...rest} className="text-yes">
          <rect x={2} y={2} width={10} height={10} rx={1.75} fill="currentColor" stroke="none" />
        </Canvas>
      );
    case 'dropped':
      return (
        <Canvas {...rest} className="text-no">
          <rect x={2} y={2} width={10} height={10} rx={1.75} />
          <path d="M4.8 9.2l4.4-4.4" strokeLinecap="round" />
        </Canvas>
      );
    case 'duplicate':
      return (
        <Canvas {...rest} className="text-mute">
          <rect x={1.9} y={4.6} width={7.4} height={7.4} rx={1.4} strokeWidth={1.5} />
          <path d="M5 2.1h5.4c.9 0 1.5.7 1.5 1.5V9" strokeWidth={1.5} strokeLinecap="round" />
        </Canvas>
      );
    case 'failed_closed':
      return <TriangleGlyph {...rest} />;
  }
}

/** Is it broken? Filled, with the mark cut out. */
export function TriangleGlyph(props: GlyphProps) {
  return (
    <Canvas {...props} className="text-broken">
      <path d="M7 1.9l5.7 10H1.3z" fill="currentColor" strokeLinejoin="round" strokeWidth={1.4} />
      <path d="M7 5.6v2.9M7 10.4v.1" className="stroke-surface" strokeWidth={1.4} strokeLinecap="round" />
    </Canvas>
  );
}

/** May it be relied on? A filled circle with the tick cut out. */
export function HoldsGlyph(props: GlyphProps) {
  return (
    <Canvas {...props} className="text-yes">
      <circle cx={7} cy={7} r={6.2} fill="currentColor" stroke="none" />
      <path
        d="M4.3 7.2l1.9 1.9 3.6-3.9"
        className="stroke-surface"
        strokeWidth={1.6}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </Canvas>
  );
}

/** Is it there? A dot in a thin ring, or a small hollow one. */
export function PresenceGlyph({ present, ...rest }: GlyphProps & { readonly present: boolean }) {
  if (!present) {
    return (
      <Canvas {...rest} className="text-mute">
        <circle cx={7} cy={7} r={3.2} />
      </Canvas>
    );
  }
  return (
    <Canvas {...rest} className="text-yes">
      <circle cx={7} cy={7} r={5.6} strokeWidth={1} strokeOpacity={0.6} />
      <circle cx={7} cy={7} r={3.4} fill="currentColor" stroke="none" />
    </Canvas>
  );
}

/** Is it moving? A quarter arc on a faint ring. */
export function ArcGlyph(props: GlyphProps) {
  return (
    <Canvas {...props} className="turn text-live">
      <circle cx={7} cy={7} r={5.4} strokeOpacity={0.25} />
      <path d="M7 1.6A5.4 5.4 0 0 1 12.4 7" strokeLinecap="round" />
    </Canvas>
  );
}

export function TickGlyph(props: GlyphProps) {
  return (
    <Canvas {...props} className="text-yes">
      <path d="M2.8 7.4l2.9 2.9 5.5-6.4" strokeLinecap="round" strokeLinejoin="round" />
    </Canvas>
  );
}

/** Is it moving? Two bars: no, because somebody said so. */
export function BarsGlyph(props: GlyphProps) {
  return (
    <Canvas {...props} className="text-mute">
      <path d="M4.6 3v8M9.4 3v8" strokeLinecap="round" />
    </Canvas>
  );
}

/** Is it moving? A clock: not now, and again by itself. */
export function ClockGlyph(props: GlyphProps) {
  return (
    <Canvas {...props} className="text-mute">
      <circle cx={7} cy={7} r={5.4} strokeWidth={1.4} />
      <path d="M7 4.2V7l1.9 1.4" strokeWidth={1.4} strokeLinecap="round" strokeLinejoin="round" />
    </Canvas>
  );
}

export type StepState = 'passed' | 'stopped' | 'not_reached' | 'running';

/** Where a step of a trace ended. */
export function StepGlyph({ state, ...rest }: GlyphProps & { readonly state: StepState }) {
  switch (state) {
    case 'passed':
      return <TickGlyph {...rest} />;
    case 'running':
      return <ArcGlyph {...rest} />;
    case 'stopped':
      return (
        <Canvas {...rest} className="text-no">
          <path d="M3.6 3.6l6.8 6.8M10.4 3.6l-6.8 6.8" strokeLinecap="round" />
        </Canvas>
      );
    case 'not_reached':
      return (
        <Canvas {...rest} className="text-mute">
          <circle cx={7} cy={7} r={3.6} strokeDasharray="2 1.77" strokeWidth={1.4} />
        </Canvas>
      );
  }
}

/** The mark of the product: a stem, a bar, two dots beyond it. */
export function ProductMark({ size = 20 }: { readonly size?: number }) {
  return (
    <svg aria-hidden width={size} height={size} viewBox="0 0 20 20" className="shrink-0">
      <rect width={20} height={20} rx={4.5} className="fill-solid" />
      <path d="M10 3.5v7M3.5 10.5h13" className="stroke-on-solid" strokeWidth={2} strokeLinecap="round" />
      <path d="M10 13.4v.1M10 16.4v.1" className="stroke-on-solid" strokeWidth={1.8} strokeLinecap="round" />
    </svg>
  );
}
