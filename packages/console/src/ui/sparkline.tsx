// A sparkline: shape without axis, for a tile. The number beside it says what it means, so it is hidden from
// assistive technology.

const WIDTH = 104;
const HEIGHT = 40;

const MOST_POINTS = 56;

/** Sums neighbours where there are more values than a line of this width can show. */
export function condense(values: readonly number[]): number[] {
  const chunk = Math.ceil(values.length / MOST_POINTS);
  const length = chunk === 0 ? 0 : Math.ceil(values.length / chunk);
  return Array.from({ length }, (_, index) =>
    values.slice(index * chunk, (index + 1) * chunk).reduce((sum, value) => sum + value, 0),
  );
}

/** Points of the line, from zero at the floor to the largest value at the top. */
export function sparkPoints(values: readonly number[]): { x: number; y: number }[] {
  const largest = Math.max(1, ...values);
  const step = values.length > 1 ? (WIDTH - 6) / (values.length - 1) : 0;
  return values.map((value, index) => ({ x: index * step + 1, y: HEIGHT - 5 - (value / largest) * (HEIGHT - 10) }));
}

const STROKES = {
  ink: 'stroke-ink-2 fill-ink-2',
  yes: 'stroke-yes-fill fill-yes-fill',
  no: 'stroke-no-fill fill-no-fill',
  broken: 'stroke-broken-fill fill-broken-fill',
};

export function Sparkline({
  values,
  look,
}: {
  readonly values: readonly number[];
  readonly look: keyof typeof STROKES;
}) {
  const points = sparkPoints(condense(values));
  const last = points.at(-1);
  return (
    <svg aria-hidden width={WIDTH} height={HEIGHT} className={`shrink-0 ${STROKES[look]}`}>
      <line x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="stroke-line" />
      <polyline
        points={points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}
        fill="none"
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
      {last !== undefined && <circle cx={last.x} cy={last.y} r={2} stroke="none" />}
    </svg>
  );
}
