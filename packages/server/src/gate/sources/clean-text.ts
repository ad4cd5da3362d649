// Makes text from a stranger storable: PostgreSQL refuses NUL, and JSON and UTF-8 refuse lone surrogates.

/** The text without NUL, with lone surrogates replaced by U+FFFD. */
export function cleanText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole;
}

/** The same, cut to at most `length` UTF-16 units, never in the middle of a character. */
export function cleanTextTo(text: string, length: number): string {
  const cleaned = cleanText(text.length > length * 2 ? text.slice(0, length * 2) : text);
  if (cleaned.length <= length) return cleaned;
  const last = cleaned.charCodeAt(length - 1);
  return cleaned.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}
