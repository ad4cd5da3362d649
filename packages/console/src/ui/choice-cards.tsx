// A choice with consequences, as cards: real radio buttons underneath, a double ink edge on the chosen one.
import { Check } from '@phosphor-icons/react/dist/csr/Check';
import { type ReactNode, useId } from 'react';

interface Choice<Value extends string> {
  readonly value: Value;
  readonly title: string;
  readonly note: string;
  readonly icon: ReactNode;
}

interface ChoiceCardsProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChange: (value: Value) => void;
}

export function ChoiceCards<Value extends string>({ label, value, choices, onChange }: ChoiceCardsProps<Value>) {
  const name = useId();
  return (
    <fieldset>
      <legend className="sr-only">{label}</legend>
      <div className="flex flex-wrap gap-3">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className="max-w-[230px] flex-1 basis-[190px] cursor-pointer rounded-box border border-line-strong p-3.5 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus hover:bg-hover has-checked:border-ink has-checked:shadow-[inset_0_0_0_1px_var(--ink)] max-phone:max-w-none max-phone:basis-full"
          >
            <input
              type="radio"
              name={name}
              value={choice.value}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
              className="sr-only"
            />
            <span className="type-strong flex items-center gap-2.5">
              {choice.icon}
              {choice.title}
              {choice.value === value && <Check size={14} weight="regular" aria-hidden className="ml-auto" />}
            </span>
            <span className="type-caption mt-1 block text-ink-2">{choice.note}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
