// A form field: label above, help under it, the mistake and its fix under that.
import { type ComponentProps, useId } from 'react';
import { TriangleGlyph } from './glyph.tsx';

interface FieldProps extends ComponentProps<'input'> {
  readonly label: string;
  readonly help?: string;
  /** What is wrong and how to fix it; null when nothing is. */
  readonly mistake?: string | null;
}

export function Field({ label, help, mistake = null, ...input }: FieldProps) {
  const id = useId();
  const notes = [help === undefined ? null : `${id}-help`, mistake === null ? null : `${id}-mistake`].filter(
    (note) => note !== null,
  );
  return (
    <div className="flex max-w-[480px] flex-col gap-1.5">
      <label htmlFor={id} className="type-body type-strong">
        {label}
      </label>
      <input
        {...input}
        id={id}
        aria-invalid={mistake !== null}
        aria-describedby={notes.length > 0 ? notes.join(' ') : undefined}
        className="type-body h-9 w-full rounded-box border border-control bg-surface px-3 text-ink placeholder:text-ink-3 focus:border-ink aria-invalid:border-broken pointer-coarse:h-11"
      />
      {help !== undefined && (
        <p id={`${id}-help`} className="type-caption text-ink-2">
          {help}
        </p>
      )}
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

interface SearchProps extends Omit<ComponentProps<'input'>, 'onChange'> {
  readonly label: string;
  readonly onSearch: (text: string) => void;
}

/** A search box whose label is read but not shown. */
export function SearchField({ label, onSearch, ...input }: SearchProps) {
  return (
    <input
      {...input}
      type="search"
      aria-label={label}
      placeholder={label}
      onChange={(event) => onSearch(event.target.value)}
      className="type-body h-8 w-full max-w-[320px] rounded-box border border-control bg-surface px-3 text-ink placeholder:text-ink-3 focus:border-ink pointer-coarse:h-11"
    />
  );
}
