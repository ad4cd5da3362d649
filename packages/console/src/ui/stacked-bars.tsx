// Outcomes over time as stacked bars. The title is the question; each bar is a link to the rows behind it; hatch and
// dots say what colour says; the same numbers stand in the legend, in a table and in each bar's name.
import { Table as TableIcon } from '@phosphor-icons/react/dist/csr/Table';
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { formatNumber } from '../phrases/format.ts';
import { type FamilyCounts, labelEvery, roundTop, stackParts, sumOf } from './bar-layout.ts';
import { type Bar, BarTable, type FamilyLink, Legend } from './bar-table.tsx';
import { useWidth } from './use-width.ts';

interface StackedBarsProps {
  readonly question: string;
  /** Unit and range, at the right of the title. */
  readonly unit: string;
  readonly bars: readonly Bar[];
  readonly totals: FamilyCounts;
  readonly height: number;
  /** Opens the list behind a bar without loading the page anew. */
  readonly onOpen: (href: string) => void;
  readonly familyLink?: FamilyLink;
}

export function StackedBars(props: StackedBarsProps) {
  const [pointed, setPointed] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const titleId = useId();
  const bar = pointed === null ? null : (props.bars[pointed] ?? null);
  return (
    <section aria-labelledby={titleId}>
      <div className="mb-3 flex items-baseline justify-between gap-4">
        <h2 id={titleId} className="type-section">
          {props.question}
        </h2>
        <span className="type-caption type-number text-right text-ink-3">{bar === null ? props.unit : bar.span}</span>
      </div>
      {asTable ? (
        <BarTable {...props} />
      ) : (
        <BarDrawing {...props} titleId={titleId} pointed={pointed} onPoint={setPointed} />
      )}
      <div className="type-caption mt-1.5 flex flex-wrap items-center gap-x-4 text-ink-2">
        <Legend counts={bar?.counts ?? props.totals} familyLink={bar === null ? props.familyLink : undefined} />
        <span className="inline-flex items-center gap-x-4">
          <button
            type="button"
            aria-expanded={asTable}
            onClick={() => setAsTable(!asTable)}
            className="inline-flex h-7 items-center gap-1.5 rounded-control hover:text-ink pointer-coarse:h-11"
          >
            <TableIcon size={14} aria-hidden />
            {asTable ? say.showAsChart : say.showAsTable}
          </button>
          <span className="type-number text-ink-3">{say.partsSum(sumOf(bar?.counts ?? props.totals))}</span>
        </span>
      </div>
    </section>
  );
}

interface DrawingProps extends StackedBarsProps {
  readonly titleId: string;
  readonly pointed: number | null;
  readonly onPoint: (index: number | null) => void;
}

const AXIS = 20;
/** Room for the values of the guides, where the chart is tall enough to name them. */
const gutterOf = (height: number): number => (height > 100 ? 40 : 0);

function BarDrawing({ bars, height, titleId, onPoint, onOpen }: DrawingProps) {
  const [box, boxWidth] = useWidth<HTMLDivElement>();
  const width = Math.max(0, boxWidth - gutterOf(height));
  const patternId = useId();
  const [cursor, setCursor] = useState(bars.length - 1);
  const links = useRef<(HTMLAnchorElement | null)[]>([]);
  const top = roundTop(Math.max(0, ...bars.map(({ counts }) => sumOf(counts))));
  const pitch = bars.length === 0 ? 0 : width / bars.length;
  const move = (event: KeyboardEvent) => {
    const target = { ArrowLeft: cursor - 1, ArrowRight: cursor + 1, Home: 0, End: bars.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(bars.length - 1, target));
    setCursor(next);
    links.current[next]?.focus();
  };
  return (
    <div ref={box} className="overflow-x-clip" style={{ height: height + AXIS }}>
      {width > 0 && (
        <svg width={boxWidth} height={height + AXIS} role="group" aria-labelledby={titleId}>
          <Patterns id={patternId} />
          <Guides width={width} height={height} top={top} />
          {bars.map((bar, index) => (
            <a
              key={bar.key}
              ref={(element) => {
                links.current[index] = element;
              }}
              href={bar.href}
              tabIndex={index === Math.min(cursor, bars.length - 1) ? 0 : -1}
              aria-label={say.bar(bar.span, bar.counts)}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                onOpen(bar.href);
              }}
              onKeyDown={move}
              onFocus={() => {
                setCursor(index);
                onPoint(index);
              }}
              onBlur={() => onPoint(null)}
              onMouseEnter={() => onPoint(index)}
              onMouseLeave={() => onPoint(null)}
              className="group"
            >
              <rect
                x={index * pitch}
                y={0}
                width={pitch}
                height={height}
                className="fill-transparent group-hover:fill-hover"
              />
              <BarShape
                counts={bar.counts}
                x={index * pitch + airOf(pitch) / 2}
                width={Math.max(1, pitch - airOf(pitch))}
                top={top}
                height={height}
                patternId={patternId}
              />
            </a>
          ))}
          <line x1={0} x2={width} y1={height + 0.5} y2={height + 0.5} className="stroke-line-strong" />
          <Axis bars={bars} pitch={pitch} y={height + 15} />
        </svg>
      )}
    </div>
  );
}

/** Three pixels between bars, less where they are thin. */
const airOf = (pitch: number): number => (pitch < 12 ? pitch / 4 : 3);

interface ShapeProps {
  readonly counts: FamilyCounts;
  readonly x: number;
  readonly width: number;
  readonly top: number;
  readonly height: number;
  readonly patternId: string;
}

const FILLS = {
  passed: 'fill-yes-fill',
  dropped: 'fill-no-fill',
  duplicate: 'fill-mute-fill',
  failed_closed: 'fill-broken-fill',
};

function BarShape({ counts, x, width, top, height, patternId }: ShapeProps) {
  return stackParts(counts, top, height).map(({ family, y, height: size }) => (
    <g key={family}>
      <rect
        x={x}
        y={y}
        width={width}
        height={size}
        className={FILLS[family]}
        opacity={width >= 6 && (family === 'dropped' || family === 'duplicate') ? 0.62 : 1}
      />
      {width >= 6 && (family === 'dropped' || family === 'duplicate') && (
        <rect x={x} y={y} width={width} height={size} fill={`url(#${patternId}-${family})`} />
      )}
    </g>
  ));
}

function Patterns({ id }: { readonly id: string }) {
  return (
    <defs>
      <pattern id={`${id}-dropped`} width={5} height={5} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width={2} height={5} className="fill-no-fill" />
      </pattern>
      <pattern id={`${id}-duplicate`} width={4} height={4} patternUnits="userSpaceOnUse">
        <circle cx={2} cy={2} r={1} className="fill-mute" />
      </pattern>
    </defs>
  );
}

function Guides({ width, height, top }: { readonly width: number; readonly height: number; readonly top: number }) {
  return [1, 0.5].map((share) => {
    const y = Math.round(height * (1 - share)) + 0.5;
    return (
      <g key={share}>
        <line x1={0} x2={width} y1={y} y2={y} className="stroke-line-strong" strokeDasharray="2 4" />
        {height > 100 && (
          <text
            x={width + gutterOf(height)}
            y={Math.max(10, y + 4)}
            textAnchor="end"
            className="type-label type-number fill-ink-3"
          >
            {formatNumber(top * share)}
          </text>
        )}
      </g>
    );
  });
}

/** Labels under the bars. Where only some bars have one (midnights of an hourly week), exactly those are drawn. */
function Axis({ bars, pitch, y }: { readonly bars: readonly Bar[]; readonly pitch: number; readonly y: number }) {
  const chosen = bars.some(({ label }) => label === '');
  const every = chosen ? 1 : labelEvery(bars.length, bars.length * pitch);
  return bars.map((bar, index) =>
    bar.label !== '' && index % every === 0 && (index + 0.5) * pitch < bars.length * pitch - 8 ? (
      <text key={bar.key} x={index * pitch + 1.5} y={y} className="type-label type-number fill-ink-3">
        {bar.label}
      </text>
    ) : null,
  );
}
