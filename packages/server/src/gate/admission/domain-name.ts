// Turns the domain of an address into the one form the gate compares: lower-case ASCII host names.
// Strict on purpose: what only a compatibility mapping would make valid (full-width letters, soft hyphens,
// ligatures, symbols) is no domain here, because one reader sees another name than the next (IDNA 2008).
import { domainToASCII, domainToUnicode } from 'node:url';

const MAX_DOMAIN_OCTETS = 253;
const MAX_LABEL_OCTETS = 63;
/** Longer texts are not even looked at; a valid name of 253 octets never has more UTF-16 units. */
const MAX_DOMAIN_UNITS = 1024;

/** Nearly every domain: short, ASCII, ending in letters. Such a domain needs no second look unless it holds `xn--`. */
const PLAIN_DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]+$/;

const ASCII_ONLY = /^[!-~]*$/;
const ASCII_ANYWHERE = /[ -~]/;
const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const DIGITS = /^[0-9]+$/;

/** RFC 5892 §2.1 LetterDigits, and the PVALID exceptions of §2.6 that are no letters. */
const LETTER_DIGITS = /^[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}\u06fd\u06fe\u0f0b\u3007]$/u;
/** RFC 5892 §2.4, §2.6 (disallowed exceptions) and §2.9: letters and marks that no label may hold. */
const DISALLOWED =
  /[\u20d0-\u20ff\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb\u{1d100}-\u{1d24f}]/u;
/** Allowed only beside certain characters (RFC 5892 appendix A.3 to A.9). A.1 and A.2 (joiners) Node checks itself. */
const CONTEXTUAL = /^[\u200d\u200c\u00b7\u0375\u05f3\u05f4\u30fb-]$/u;
const OUT_OF_CONTEXT = [
  /(?<!l)\u00b7|\u00b7(?!l)/u,
  /\u0375(?!\p{Script=Greek})/u,
  /(?<!\p{Script=Hebrew})[\u05f3\u05f4]/u,
  /^(?=.*\u30fb)(?!.*[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}])/u,
  /^(?=.*[\u0660-\u0669])(?=.*[\u06f0-\u06f9])/u,
];

/**
 * Normalises a domain: lower case, international labels in their `xn--` form, one trailing dot taken off.
 *
 * @param text a domain without white space or comments
 * @returns the domain, or null when it is no host name of at least two labels (RFC 1123 §2.1, RFC 5890 to 5893)
 */
export function normaliseDomain(text: string): string | null {
  if (text.length > MAX_DOMAIN_UNITS) return null;
  const bare = text.endsWith('.') ? text.slice(0, -1) : text;
  if (bare.length <= MAX_LABEL_OCTETS && PLAIN_DOMAIN.test(bare)) {
    const lower = bare.toLowerCase();
    if (!lower.includes('xn--')) return lower;
  }
  return normaliseLabels(bare.split('.'));
}

function normaliseLabels(labels: readonly string[]): string | null {
  if (labels.length < 2) return null;
  const ascii: string[] = [];
  for (const label of labels) {
    const normalised = normaliseLabel(label);
    if (normalised === null) return null;
    ascii.push(normalised);
  }
  const domain = ascii.join('.');
  return domain.length > MAX_DOMAIN_OCTETS || DIGITS.test(ascii.at(-1) ?? '') ? null : domain;
}

function normaliseLabel(label: string): string | null {
  if (!ASCII_ONLY.test(label)) return encodeLabel(label);
  const lower = label.toLowerCase();
  if (lower.length > MAX_LABEL_OCTETS || !HOST_LABEL.test(lower)) return null;
  if (!lower.startsWith('xn--')) return lower;
  // A label that decodes to nothing valid, or to something whose encoding differs, names nobody for certain.
  const decoded = domainToUnicode(lower);
  return !ASCII_ONLY.test(decoded) && encodeLabel(decoded) === lower ? lower : null;
}

/** A label with letters outside ASCII in its `xn--` form, or null when IDNA 2008 does not allow it. */
function encodeLabel(label: string): string | null {
  if (turnsIntoAscii(label)) return null;
  const folded = lowerCase(label).normalize('NFC');
  if (!isAllowed(folded)) return null;
  // Node maps (UTS 46) before it encodes; only what the mapping leaves alone decodes to itself again. This keeps
  // `ß`, checks joiners and the Bidi rule, and refuses unassigned and ignorable characters.
  const encoded = domainToASCII(folded);
  const isFaithful = encoded.startsWith('xn--') && domainToUnicode(encoded) === folded;
  return isFaithful && encoded.length <= MAX_LABEL_OCTETS ? encoded : null;
}

/** Hyphens, a mark in front, and every character of a label (RFC 5891 §4.2.3). */
function isAllowed(label: string): boolean {
  if (label.startsWith('-') || label.endsWith('-') || label.slice(2, 4) === '--') return false;
  if (/^\p{M}/u.test(label) || DISALLOWED.test(label)) return false;
  for (const character of label) {
    if (!LETTER_DIGITS.test(character) && !CONTEXTUAL.test(character)) return false;
  }
  return !OUT_OF_CONTEXT.some((rule) => rule.test(label));
}

/** Letter by letter, so that a final sigma does not depend on its place. Cherokee folds to upper case instead. */
function lowerCase(label: string): string {
  return label.replace(/\P{Script=Cherokee}/gu, (character) => character.toLowerCase());
}

/**
 * Whether some character outside ASCII becomes ASCII when folded (Kelvin sign, long s, full-width letters):
 * readers differ on such a text, so neither a domain nor a local part may hold one.
 */
export function turnsIntoAscii(text: string): boolean {
  for (const character of text) {
    if (character > '\u007f' && ASCII_ANYWHERE.test(character.normalize('NFKC').toLowerCase())) return true;
  }
  return false;
}
