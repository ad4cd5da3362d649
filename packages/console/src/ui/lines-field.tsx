// A form field for several lines, one entry each.
import { type ComponentProps, useId } from 'react';
import { TriangleGlyph } from './glyph.tsx';

interface LinesFieldProps extends ComponentProps<'textarea'> {
  readonly label: string;
  readonly help: string;
  readonly mistake?: string | null;
}

export function LinesField({ label, help, mistake = null, ...area }: LinesFieldProps) {
  const id = useId();
  return (
    <div className="flex max-w-[480px] flex-col gap-1.5">
      <label htmlFor={id} className="type-body type-strong">
        {label}
      </label>
      <textarea
        {...area}
        id={id}
        rows={3}
        spellCheck={false}
        aria-invalid={mistake !== null}
        aria-describedby={mistake === null ? `${id}-help` : `${id}-help ${id}-mistake`}
        className="type-mono w-full rounded-box border border-control bg-surface px-3 py-2 text-ink focus:border-ink aria-invalid:border-broken"
      />
      <p id={`${id}-help`} className="type-caption text-ink-2">
        {help}
      </p>
      {mistake !== null && (
        <p id={`${id}-mistake`} className="type-caption flex items-start gap-1.5 text-broken">
          <span className="pt-0.5">
            <TriangleGlyph />
          </span>
          {mistake}
        </p>
      )}
    </div>
  );
}

/** The entries of such a field: trimmed, without empty lines. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
