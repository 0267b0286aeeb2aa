import type { JSX } from "preact";

export interface ChoiceProps<T extends string> {
  /** What is chosen, for those who do not see it. */
  readonly label: string;
  readonly options: readonly T[];
  readonly chosen: T;
  readonly nameOf: (option: T) => string;
  readonly choose: (option: T) => void;
}

/** One of a few, side by side. */
export function Choice<T extends string>(props: ChoiceProps<T>): JSX.Element {
  const { label, options, chosen, nameOf, choose } = props;
  return (
    <fieldset class="choice">
      <legend class="unseen">{label}</legend>
      {options.map((option) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === chosen}
          onClick={() => choose(option)}
        >
          {nameOf(option)}
        </button>
      ))}
    </fieldset>
  );
}
