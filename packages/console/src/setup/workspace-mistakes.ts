// What is wrong with the first form, field by field: obvious mistakes before anything is sent, and afterwards what
// the server refused, at the field it came from.
import type { ProblemPlace } from '../app/problem-error.ts';
import { setupPhrases } from '../phrases/en/setup.ts';

const say = setupPhrases.form;

export interface FormFields {
  readonly workspaceName: string;
  readonly ownerName: string;
  readonly ownerEmail: string;
  readonly domains: string;
}

export type Mistakes = Readonly<Record<keyof FormFields, string | null>>;

/** What is missing or cannot be right. */
export function mistakesOf(fields: FormFields): Mistakes {
  const unlikely = domainsOf(fields.domains).find((domain) => !looksLikeDomain(domain));
  return {
    workspaceName: fields.workspaceName.trim() === '' ? say.missing.workspace : null,
    ownerName: fields.ownerName.trim() === '' ? say.missing.name : null,
    ownerEmail: looksLikeAddress(fields.ownerEmail.trim()) ? null : say.missing.email,
    domains: unlikely === undefined ? null : say.noDomain(unlikely),
  };
}

/** Domains as typed, apart and trimmed; an @ before one is no mistake worth telling. */
export const domainsOf = (text: string): string[] =>
  text
    .split(/[\s,;]+/)
    .map((domain) => domain.replace(/^@/, ''))
    .filter((domain) => domain !== '');

/** At least two labels, none of them empty, nothing of an address or a URL. The server decides over the rest. */
const looksLikeDomain = (text: string): boolean =>
  /^([^\s@/:.-]([^\s@/:.]*[^\s@/:.-])?\.)+[^\s@/:.-]([^\s@/:.]*[^\s@/:.-])?\.?$/.test(text) && !/\.\d+\.?$/.test(text);

function looksLikeAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  return at > 0 && !/\s|@.*@/.test(text) && looksLikeDomain(text.slice(at + 1));
}

/** Where the server may find a mistake, and the field it came from. The first policy is made from the same fields. */
const PLACES: readonly (readonly [RegExp, keyof FormFields])[] = [
  [/^\/body\/workspaceName$/, 'workspaceName'],
  [/^\/body\/ownerName$/, 'ownerName'],
  [/^\/body\/ownerEmail$|^\/policy\/ownAddresses\b/, 'ownerEmail'],
  [/^\/(?:body|policy)\/ownDomains\b/, 'domains'],
];

/**
 * What the server refused, field by field.
 *
 * @param sent the fields as they were sent
 * @returns the mistakes, and whether each place belonged to a field: what did not is told otherwise
 */
export function refusedOf(places: readonly ProblemPlace[], sent: FormFields): { mistakes: Mistakes; whole: boolean } {
  const mistakes: Record<keyof FormFields, string | null> = { ...NO_MISTAKES };
  let whole = places.length > 0;
  for (const place of places) {
    const field = PLACES.find(([pointer]) => pointer.test(place.pointer))?.[1];
    if (field === undefined) whole = false;
    else mistakes[field] ??= sentenceFor(field, place, sent);
  }
  return { mistakes, whole };
}

const NO_MISTAKES: Mistakes = { workspaceName: null, ownerName: null, ownerEmail: null, domains: null };

function sentenceFor(field: keyof FormFields, { pointer, detail }: ProblemPlace, sent: FormFields): string {
  const isSentence = /^\p{Lu}.*\.$/u.test(detail);
  if (field === 'ownerEmail') return isSentence ? detail : say.missing.email;
  if (field !== 'domains') return detail;
  const domain = domainsOf(sent.domains)[Number(/\/(\d+)$/.exec(pointer)?.[1] ?? Number.NaN)];
  if (domain === undefined) return isSentence ? detail : say.noDomains;
  return isSentence ? say.aboutDomain(domain, detail) : say.noDomain(domain);
}
