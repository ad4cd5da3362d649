import { describe, expect, it } from 'vitest';
import { readParticipants } from '../admission/participants.ts';
import { readCalendar } from './calendar-file.ts';
import { readMailHeader, readMessageId, type MailHeader } from './mime-headers.ts';

function header(text: string): MailHeader {
  const read = readMailHeader(Buffer.from(text));
  if (read.kind === 'refused') throw new Error(read.reason);
  return read.header;
}

const authors = (text: string): readonly string[] => readParticipants({ form: 'headers', ...header(text) }).authors;
const everybody = (text: string): readonly string[] => readParticipants({ form: 'headers', ...header(text) }).all;

describe('a header', () => {
  it('names no author when another reader could find another one', () => {
    expect(authors('From: ann@example.com\n\n')).toEqual(['ann@example.com']);
    for (const name of [
      'From :',
      'from\t :',
      'From\n :',
      'From\r\n\t:',
      '>From :',
      '>>From\t:',
      'From\0:',
      'From\v:',
    ]) {
      expect(authors(`${name} eve@example.org\nFrom: ann@example.com\n\n`)).toEqual([]);
      expect(authors(`From: ann@example.com\n${name} eve@example.org\n\n`)).toEqual([]);
      expect(authors(`${name} ann@example.com\n\n`)).toEqual([]);
    }
  });

  it('names nobody of a recipient field that another reader could read otherwise', () => {
    for (const field of ['To', 'Cc', 'Bcc'])
      expect(everybody(`From: a@example.com\n${field}: b@example.com\n${field} : c@example.com\n\n`)).toEqual([
        'a@example.com',
      ]);
  });

  it('reads other fields with white space before the colon', () => {
    const read = header(
      'Keywords : Private\nMessage-ID : <1@example.com>\nList-Id\t: x\nAuthentication-Results : a; b\n\n',
    );
    expect(read.labels).toEqual(['Private']);
    expect(read.messageId).toBe('<1@example.com>');
    expect(read.fromList).toBe(true);
    expect(read.authenticationResults).toEqual([' a; b']);
  });

  it('keeps every label, so that none is pushed out by those a sender writes', () => {
    const forged = Array.from({ length: 5_000 }, (_, n) => `l${n}`).join(',');
    const bytes = Buffer.from(`X-Gmail-Labels: ${forged}\nKeywords: Private\nFrom: ann@example.com\n\n`);
    const { labels } = header(bytes.toString());
    expect(labels).toHaveLength(5_001);
    expect(labels).toContain('Private');
  });

  it('keeps every category of an event', () => {
    const forged = Array.from({ length: 5_000 }, (_, n) => `l${n}`).join(',');
    const lines = `CATEGORIES:${forged}\nCATEGORIES:Private\n`;
    const [item] = readCalendar(Buffer.from(`BEGIN:VCALENDAR\nBEGIN:VEVENT\n${lines}END:VEVENT\nEND:VCALENDAR\n`));
    expect(item?.kind === 'message' && item.message.labels.includes('Private')).toBe(true);
  });

  it('takes a Message-ID that is not of the form for none', () => {
    const malformed = ['', '<>', '< >', '<@>', '<a@>', '<@b>', '<a>', 'a@b', '<a @b>', '<a\tb@c>', '<a@b', '<<a@b>>'];
    const odd = ['<a@b> <c@d>', '<a\x01@b>', '<a\x85@b>', '<a\u00a0@b>', '<a@b> x', '<a@b> (x', '<a@b> )('];
    const long = `<${'a'.repeat(995)}@b>`;
    expect([...malformed, ...odd, long].filter((value) => readMessageId(` ${value}`) !== null)).toEqual([]);
  });

  it('takes a Message-ID of the form as the key, comments left out', () => {
    const ids = ['<a@b>', '<a@b@c>', '<"a"@[b]>', '<\u00e4@b>', '<a(b)@c>', `<${'a'.repeat(994)}@b>`];
    expect(ids.map((id) => readMessageId(`\r\n ${id} (sent (again)) `))).toEqual(ids);
  });
});
