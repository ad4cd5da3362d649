// Names and descriptions that people type, and that others are shown: text without markup.
import { z } from 'zod';

/** Comments, and whatever opens like a tag up to the next `>` or the end. `1 < 2` stays. */
const MARKUP = /<!--.*?(?:-->|$)|<[/!?a-z][^>]*(?:>|$)/gis;

/** What no name has in it: controls except tab and line ends, and the marks that reorder what stands around them. */
const UNPRINTABLE = /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Cs}/u;

/** What may come in before the markup goes. */
const RAW_FACTOR = 4;
const MOST_PASSES = 8;

/**
 * Markup gone and trimmed. Taking a tag out can leave a new one behind (`<<b>b>`), so it goes on until none is left; what is
 * nested deeper than anybody types loses its angle brackets.
 */
export function withoutMarkup(text: string): string {
  let rest = text;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) {
    const next = rest.replace(MARKUP, '');
    if (next === rest) return rest.trim();
    rest = next;
  }
  return rest.replaceAll('<', '').trim();
}

/**
 * Text of a length, in UTF-16 units, that is measured after markup and surrounding space are gone, so `<b></b>` is empty.
 * Control characters are refused.
 *
 * @param min shortest
 * @param max longest
 */
export function plainText(min: number, max: number) {
  return z
    .string()
    .max(max * RAW_FACTOR)
    .refine((text) => !UNPRINTABLE.test(text), { message: 'Control characters are not allowed here.', abort: true })
    .transform(withoutMarkup)
    .pipe(z.string().min(min).max(max))
    .meta({ description: `Text of ${min} to ${max} characters; tags are removed first` });
}
