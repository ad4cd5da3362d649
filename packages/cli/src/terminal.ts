// How commands speak: results to stdout, everything else to stderr; colour and a progress bar only on a terminal.
export interface Terminal {
  /** The result, for people or for `--json`. */
  result(text: string): void;
  json(value: unknown): void;
  /** Anything that is not the result. */
  note(text: string): void;
  readonly paint: Paint;
  progress(total: number | null): Progress;
}

export interface Paint {
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly yes: (text: string) => string;
  readonly no: (text: string) => string;
  readonly broken: (text: string) => string;
}

export interface Progress {
  update(done: number, note: string): void;
  end(): void;
}

const REDRAW_MS = 100;
const BAR_CELLS = 24;

export function createTerminal(
  streams: { out: NodeJS.WriteStream; err: NodeJS.WriteStream },
  options: { quiet: boolean; noColor: boolean },
): Terminal {
  const colour = streams.out.isTTY && !options.noColor;
  const live = streams.err.isTTY && !options.quiet;
  return {
    result: (text) => void streams.out.write(`${text}\n`),
    json: (value) => void streams.out.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (text) => {
      if (!options.quiet) streams.err.write(`${text}\n`);
    },
    paint: painter(colour),
    progress: (total) => (live ? bar(streams.err, total) : { update: () => {}, end: () => {} }),
  };
}

function painter(colour: boolean): Paint {
  const style = (open: number, close: number) => (text: string) =>
    colour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { dim: style(2, 22), strong: style(1, 22), yes: style(36, 39), no: style(33, 39), broken: style(31, 39) };
}

/** Redraws one line; without a known total it counts instead of inventing a percentage. */
function bar(stream: NodeJS.WriteStream, total: number | null): Progress {
  const startedAt = Date.now();
  let drawnAt = 0;
  return {
    update: (done, note) => {
      const now = Date.now();
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      const head = total === null || total === 0 ? 'counting…' : drawBar(done / total, (now - startedAt) / 1000);
      stream.write(`\r\u001b[2K${head}  ${note}`);
    },
    end: () => void stream.write('\r\u001b[2K'),
  };
}

function drawBar(share: number, seconds: number): string {
  const done = Math.min(1, share);
  const filled = Math.round(done * BAR_CELLS);
  const left = done > 0.02 ? `, ${formatSeconds((seconds / done) * (1 - done))} left` : '';
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${Math.floor(done * 100)} %${left}`;
}

function formatSeconds(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

/** Lines up cells; numbers (of type number) are right-aligned and grouped. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => (row[column] ?? '').length)));
  return texts
    .map((row, index) =>
      row
        .map((text, column) =>
          typeof rows[index]?.[column] === 'number'
            ? text.padStart(widths[column] ?? 0)
            : text.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
