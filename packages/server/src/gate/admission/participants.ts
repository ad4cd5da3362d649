// Who takes part in a message: the addresses of From, To, Cc and Bcc (or organizer and attendees), normalised,
// each once, in the order of first appearance. Reply-To, Sender and List-* never take part.
import { type Address, normaliseAddress } from './address.ts';
import { parseAddressField } from './address-list.ts';
import type { ParticipantFields } from './message.ts';

export interface Participants {
  readonly authors: readonly Address[];
  readonly recipients: readonly Address[];
  /** Authors and recipients, each address once. */
  readonly all: readonly Address[];
}

export function readParticipants(fields: ParticipantFields): Participants {
  return participantsReader()(fields);
}

/**
 * A reader for many messages. In a mailbox the same few people stand in nearly every message, so what a value reads as
 * is remembered as long as the reader lives; use one for a page, not longer.
 */
export function participantsReader(): (fields: ParticipantFields) => Participants {
  const known = new Map<string, readonly Address[]>();
  return (fields) => {
    const authors = readField('From', fields.from, fields.form, known);
    const recipients = union(
      union(readField('To', fields.to, fields.form, known), readField('Cc', fields.cc, fields.form, known)),
      readField('Bcc', fields.bcc, fields.form, known),
    );
    return { authors, recipients, all: union(authors, recipients) };
  };
}

const NOBODY: readonly Address[] = [];

function readField(
  field: 'From' | 'To' | 'Cc' | 'Bcc',
  values: readonly string[],
  form: ParticipantFields['form'],
  known: Map<string, readonly Address[]>,
): readonly Address[] {
  const [only] = values;
  if (only === undefined) return NOBODY;
  if (form === 'addresses') return [...new Set(values.map(normaliseAddress).filter((address) => address !== null))];
  // A field that stands once reads the same whatever its name is; only the repeated ones differ.
  if (values.length > 1) return parseAddressField(field, values);
  const before = known.get(only);
  if (before !== undefined) return before;
  const addresses = parseAddressField(field, values);
  known.set(only, addresses);
  return addresses;
}

/** Both lists hold each address once; so does the union, in their order. */
function union(first: readonly Address[], second: readonly Address[]): readonly Address[] {
  if (second.length === 0) return first;
  if (first.length === 0) return second;
  if (first.length + second.length > FEW) return [...new Set([...first, ...second])];
  return [...first, ...second.filter((address) => !first.includes(address))];
}

/** Up to here comparing each with each is quicker than making a set. */
const FEW = 16;
