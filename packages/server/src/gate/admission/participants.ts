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
  const authors = readField('From', fields.from, fields.form);
  const recipients = unique([
    ...readField('To', fields.to, fields.form),
    ...readField('Cc', fields.cc, fields.form),
    ...readField('Bcc', fields.bcc, fields.form),
  ]);
  return { authors, recipients, all: unique([...authors, ...recipients]) };
}

function readField(field: 'From' | 'To' | 'Cc' | 'Bcc', values: readonly string[], form: ParticipantFields['form']): readonly Address[] {
  if (values.length === 0) return [];
  if (form === 'headers') return parseAddressField(field, values);
  return unique(values.map(normaliseAddress).filter((address) => address !== null));
}

function unique(addresses: readonly Address[]): readonly Address[] {
  return addresses.length < 2 ? addresses : [...new Set(addresses)];
}
