// A choice of a few in a form: label above, the native menu, help under it.
import { type ComponentProps, useId } from 'react';

interface SelectFieldProps<Value extends string> extends Omit<ComponentProps<'select'>, 'value' | 'onChange'> {
  readonly label: string;
  readonly help?: string;
  readonly value: Value;
  readonly choices: readonly { readonly value: Value; readonly label: string }[];
  readonly onChoose: (value: Value) => void;
}

export function SelectField<Value extends string>({
  label,
  help,
  value,
  choices,
  onChoose,
  ...select
}: SelectFieldProps<Value>) {
  const id = useId();
  return (
    <div className="flex max-w-[480px] flex-col gap-1.5">
      <label htmlFor={id} className="type-body type-strong">
        {label}
      </label>
      <select
        {...select}
        id={id}
        value={value}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.value === event.target.value);
          if (chosen !== undefined) onChoose(chosen.value);
        }}
        className="type-body h-9 w-full rounded-box border border-control bg-surface px-2.5 text-ink focus:border-ink disabled:opacity-60 pointer-coarse:h-11"
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      {help !== undefined && (
        <p id={`${id}-help`} className="type-caption text-ink-2">
          {help}
        </p>
      )}
    </div>
  );
}
