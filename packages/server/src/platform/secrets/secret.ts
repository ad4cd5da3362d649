// Wraps a secret text so that it cannot slip out: logs, JSON, templates and inspection show `[secret]`.
// Only `reveal()` gives the text, so every place that reads one can be found by searching for that word.
import { inspect } from 'node:util';

const SHOWN = '[secret]';

export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself. Call it where it is used, never where it is passed on. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
