import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParticipantFields } from './message.ts';
import { participantsReader, readParticipants } from './participants.ts';

const value = fc.constantFrom(
  'a@one.example',
  'A@ONE.example',
  '"Ann, the one" <a@one.example>',
  'b@two.example, c@three.example',
  'Team: b@two.example, d@four.example;',
  'a@one.example, broken <',
  'undisclosed-recipients:;',
  '',
);
const values = fc.array(value, { maxLength: 3 });
const fields: fc.Arbitrary<ParticipantFields> = fc.record({
  form: fc.constantFrom('headers', 'addresses'),
  from: values,
  to: values,
  cc: values,
  bcc: values,
});

describe('reading participants', () => {
  it('reads a message the same whatever one reader has read before it', () => {
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 8 }), (messages) => {
        const reader = participantsReader();
        expect(messages.map(reader)).toEqual(messages.map(readParticipants));
      }),
      { numRuns: 500 },
    );
  });

  it('names each participant once, authors first, in the order of appearance', () => {
    fc.assert(
      fc.property(fields, (message) => {
        const { authors, recipients, all } = readParticipants(message);
        expect(all).toEqual([...new Set([...authors, ...recipients])]);
        expect(recipients).toEqual([...new Set(recipients)]);
      }),
    );
  });

  it('still takes a repeated From for nobody when its value was read before', () => {
    const reader = participantsReader();
    const message = (from: string[]): ParticipantFields => ({ form: 'headers', from, to: [], cc: [], bcc: [] });
    expect(reader(message(['a@one.example'])).authors).toEqual(['a@one.example']);
    expect(reader(message(['a@one.example', 'a@one.example'])).authors).toEqual([]);
  });
});
