// Filter chips: "field is value" with a remove cell, and a dashed chip that adds one through a native menu.
import { Plus } from '@phosphor-icons/react/dist/csr/Plus';
import { X } from '@phosphor-icons/react/dist/csr/X';
import { type ReactNode, useId } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';

interface ChipProps {
  readonly field: string;
  readonly value: string;
  readonly onRemove: () => void;
}

export function FilterChip({ field, value, onRemove }: ChipProps) {
  return (
    <span className="type-caption inline-flex h-7 items-stretch divide-x divide-line-strong rounded-control border border-line-strong">
      <span className="inline-flex items-center px-2 text-ink-2">{field}</span>
      <span className="inline-flex items-center px-2 text-ink-3">{say.is}</span>
      <span className="type-strong inline-flex items-center px-2">{value}</span>
      <button
        type="button"
        aria-label={say.removeFilter(field)}
        onClick={onRemove}
        className="inline-flex w-6 items-center justify-center text-ink-2 hover:bg-hover hover:text-ink"
      >
        <X size={12} />
      </button>
    </span>
  );
}

export interface FilterChoice {
  readonly value: string;
  readonly label: string;
}

interface AddFilterProps {
  readonly groups: readonly { readonly label: string; readonly choices: readonly FilterChoice[] }[];
  readonly onAdd: (value: string) => void;
}

/** The dashed chip. A native select under it gives keyboard, touch and screen readers what they know. */
export function AddFilter({ groups, onAdd }: AddFilterProps) {
  const id = useId();
  return (
    <span className="type-caption relative inline-flex h-7 items-center gap-1.5 rounded-control border border-dashed border-control px-2.5 text-ink-2 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus hover:bg-hover">
      <Plus size={12} aria-hidden />
      <label htmlFor={id}>{say.addFilter}</label>
      <select
        id={id}
        value=""
        onChange={(event) => onAdd(event.target.value)}
        className="absolute inset-0 cursor-pointer bg-surface text-ink opacity-0"
      >
        <option value="" disabled>
          {say.addFilter}
        </option>
        {groups.map(({ label, choices }) => (
          <optgroup key={label} label={label}>
            {choices.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {choice.label}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </span>
  );
}

/** The line that holds the chips, with the number of rows at its far right. */
export function FilterBar({ count, children }: { readonly count: string; readonly children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-2 px-6 py-2 max-phone:px-4">
      {children}
      <span className="type-caption type-number ml-auto text-ink-2" role="status">
        {count}
      </span>
    </div>
  );
}

interface SegmentsProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly { readonly value: Value; readonly label: string }[];
  readonly onChange: (value: Value) => void;
}

/** One of a few: ranges, themes, kinds. */
export function Segments<Value extends string>({ label, value, choices, onChange }: SegmentsProps<Value>) {
  return (
    <div
      role="group"
      aria-label={label}
      className="inline-flex h-8 overflow-clip rounded-control border border-line-strong shadow-button pointer-coarse:h-11"
    >
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
          className="type-caption ring-inside border-l border-line px-2.5 whitespace-nowrap text-ink-2 first:border-l-0 hover:bg-hover aria-pressed:bg-selected aria-pressed:font-[550] aria-pressed:text-ink"
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
