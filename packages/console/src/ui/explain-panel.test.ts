// The sentence of an explanation: its lead is coloured, so it must be found in whatever the server says.
import { describe, expect, it } from 'vitest';
import { splitSentence } from './explain-panel.tsx';

describe('the sentence', () => {
  it('gives its own lead to be coloured', () => {
    expect(splitSentence('Dropped: none of the 3 is a contact.', 'Dropped')).toEqual({
      lead: 'Dropped:',
      rest: 'none of the 3 is a contact.',
    });
  });

  it('gets the lead of its family when it has none', () => {
    expect(splitSentence('Kept before, nothing new was stored.', 'Duplicate')).toEqual({
      lead: 'Duplicate:',
      rest: 'kept before, nothing new was stored.',
    });
  });
});
