// A mail as the story knows it, before it is written out: who, when, what about, and of which sort.
import type { Party } from '../correspondents.ts';

export type LetterKind =
  | 'customer'
  | 'prospect'
  | 'internal'
  | 'list'
  | 'private'
  | 'newsletter'
  | 'forged'
  | 'self'
  | 'chat'
  /** Delivered by a test. */
  | 'own';

export interface Attachment {
  readonly filename: string;
  readonly mimeType: string;
  readonly content: Buffer;
}

/** What somebody wrote, word by word, where a test or a draft says so; stories make theirs up when asked. */
export interface Written {
  readonly text: string;
  readonly html: string | null;
  readonly attachments: readonly Attachment[];
  /** Above all others, in this order; the same name may come twice. */
  readonly headers: readonly (readonly [string, string])[];
}

export interface Letter {
  readonly kind: LetterKind;
  /** Milliseconds. */
  readonly at: number;
  /** Its place in its week; drafts and delivered mail have numbers of their own. */
  readonly n: number;
  readonly from: Party;
  readonly to: readonly Party[];
  readonly cc: readonly Party[];
  readonly subject: string;
  readonly messageId: string;
  /** The mail before it in its conversation. */
  readonly answers: Letter | null;
  /** Of what only this mail has: its text, its attachment. */
  readonly seed: number;
  readonly written: Written | null;
}

export function partiesOf({ from, to, cc }: Letter): readonly Party[] {
  return [from, ...to, ...cc];
}

export function concerns({ from, to, cc }: Letter, address: string): boolean {
  const is = (party: Party) => party.address === address;
  return is(from) || to.some(is) || cc.some(is);
}

/** The first of the conversation in which the address takes part. */
export function firstFor(letter: Letter, address: string): Letter {
  let first = letter;
  for (let each: Letter | null = letter; each !== null; each = each.answers) if (concerns(each, address)) first = each;
  return first;
}
