// Broken, hostile and merely odd mail, each with what reading it has to answer: messages, skips with their reason, or a problem.
// Every entry is written for this table; nobody in it exists (RFC 2606 domains).
import type { BrokenMail } from './broken-mail.ts';

const HEAD = 'From: ann@example.com\r\nTo: bob@example.net\r\n';
const ENVELOPE = 'From ann@example.com Thu Jan  1 00:00:00 1970\n';
const deepParts = (depth: number): string => {
  const opened = Array.from(
    { length: depth },
    (_, level) => `--b${level}\r\nContent-Type: multipart/mixed; boundary=b${level + 1}\r\n\r\n`,
  );
  return `${HEAD}Content-Type: multipart/mixed; boundary=b0\r\n\r\n${opened.join('')}--b${depth}\r\n\r\ndeep\r\n`;
};

export const BROKEN_MAILS: readonly BrokenMail[] = [
  // Files that are no mail, or hardly any.
  { name: 'an empty file holds nothing', format: 'auto', bytes: '', expect: [] },
  { name: 'a file of blank lines holds nothing', format: 'auto', bytes: '\r\n\r\n\n', expect: [] },
  { name: 'a picture is no mail', format: 'auto', bytes: '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', expect: 'file_invalid' },
  {
    name: 'a table of contacts is no mail',
    format: 'auto',
    bytes: 'name,email\nAnn,ann@example.com\n',
    expect: 'file_invalid',
  },
  {
    name: 'a contact card is no mail',
    format: 'auto',
    bytes: 'BEGIN:VCARD\r\nFN:Ann\r\nEND:VCARD\r\n',
    expect: 'file_invalid',
  },
  { name: 'JSON is no mail', format: 'auto', bytes: '{"from": "ann@example.com"}', expect: 'file_invalid' },
  {
    name: 'prose that begins with "From " is no mbox',
    format: 'auto',
    bytes: 'From here on nobody knows.\n\nFrom there neither.\n',
    expect: 'file_invalid',
  },
  {
    name: 'the two magic bytes of gzip alone cannot be unpacked',
    format: 'auto',
    bytes: '\x1f\x8b\x08',
    expect: 'file_invalid',
  },
  {
    name: 'gzip magic before nonsense cannot be unpacked',
    format: 'auto',
    bytes: '\x1f\x8b\x08\0\0\0\0\0\0\x03nonsense that is no deflate',
    expect: 'file_invalid',
  },
  { name: 'something else named as mbox is refused', format: 'mbox', bytes: HEAD, expect: 'file_invalid' },
  { name: 'something else named as calendar is refused', format: 'ics', bytes: HEAD, expect: 'file_invalid' },
  // Headers.
  {
    name: 'a mail without a body or an empty line',
    format: 'auto',
    bytes: HEAD,
    expect: [{ from: [' ann@example.com'], to: [' bob@example.net'], text: '' }],
  },
  {
    name: 'a mail without any line end',
    format: 'eml',
    bytes: 'From: ann@example.com',
    expect: [{ from: [' ann@example.com'] }],
  },
  {
    name: 'a mail that is only a body',
    format: 'eml',
    bytes: 'hello\r\n\r\nFrom: ann@example.com\r\n',
    expect: ['no_header'],
  },
  { name: 'a named mail without a byte', format: 'eml', bytes: '', expect: [] },
  {
    name: 'random bytes named as mail',
    format: 'eml',
    bytes: '\0\x01\xff\xfe\x80\r\r\r\0:::\n\x7f',
    expect: ['no_header'],
  },
  {
    name: 'a byte order mark and blank lines before the header',
    format: 'auto',
    bytes: `\xef\xbb\xbf\r\n\r\n${HEAD}\r\nhi`,
    expect: [{ from: [' ann@example.com'], text: 'hi' }],
  },
  {
    name: 'an envelope line before a single mail',
    format: 'eml',
    bytes: `${ENVELOPE}${HEAD}\r\nhi`,
    expect: [{ from: [' ann@example.com'], text: 'hi' }],
  },
  {
    name: 'an address field with white space before its colon counts, but cannot be read',
    format: 'auto',
    bytes: `From : eve@example.org\r\n${HEAD}to\t : ann@example.com\r\nSubject : x\r\n\r\n`,
    expect: [{ from: ['\0', ' ann@example.com'], to: [' bob@example.net', '\0'], subject: 'x' }],
  },
  {
    name: 'an address field with its colon on the next line cannot be read',
    format: 'auto',
    bytes: `${HEAD}From\r\n : eve@example.org\r\nSubject: x\r\n\r\n`,
    expect: [{ from: [' ann@example.com', '\0'], subject: 'x' }],
  },
  {
    name: 'a From field that a mailbox quoted like an envelope line cannot be read',
    format: 'auto',
    bytes: `${ENVELOPE}>From : eve@example.org\n${HEAD}\nhi\n`,
    expect: [{ from: ['\0', ' ann@example.com'], text: 'hi' }],
  },
  {
    name: 'a From field with white space before its colon is no envelope line',
    format: 'auto',
    bytes: `From : eve@example.org\r\n${HEAD}\r\nhi`,
    expect: [{ from: ['\0', ' ann@example.com'], text: 'hi' }],
  },
  {
    name: 'a line without a colon is passed over with its continuation',
    format: 'auto',
    bytes: `${HEAD}what is this\r\n To: eve@example.org\r\nSubject: x\r\n\r\n`,
    expect: [{ to: [' bob@example.net'], subject: 'x' }],
  },
  {
    name: 'a field name with a non-breaking space is another name',
    format: 'auto',
    bytes: `\xa0From: eve@example.org\r\n${HEAD}Subject: x\r\n\r\n`,
    expect: 'file_invalid',
  },
  {
    name: 'field names in any case, topmost first',
    format: 'auto',
    bytes: 'FROM: a@example.com\nfrom: b@example.com\nSubject: x\n\n',
    expect: [{ from: [' a@example.com', ' b@example.com'] }],
  },
  {
    name: 'a continuation line before any field belongs to nothing',
    format: 'eml',
    bytes: ` eve@example.org\r\n${HEAD}\r\n`,
    expect: [{ from: [' ann@example.com'] }],
  },
  {
    name: 'folded values stay folded for the address rules',
    format: 'auto',
    bytes: 'To: a@example.com,\r\n\tb@example.com\r\nSubject: x\r\n\r\n',
    expect: [{ to: [' a@example.com,\r\n\tb@example.com'] }],
  },
  {
    name: 'a NUL and a bare CR in an address stay to be refused there',
    format: 'auto',
    bytes: 'From: a\0b@example.com\rX\r\nSubject: a\0b\r\n\r\nt\0t',
    expect: [{ from: [' a\0b@example.com\rX'], subject: 'ab', text: 'tt' }],
  },
  {
    name: 'raw UTF-8 is read as such',
    format: 'auto',
    bytes: 'From: J\xc3\xbcrgen <j@example.com>\r\nSubject: \xc3\xbc\r\n\r\n',
    expect: [{ from: [' J\u00fcrgen <j@example.com>'], subject: '\u00fc' }],
  },
  {
    name: 'raw Latin-1 is not lost',
    format: 'auto',
    bytes: 'From: J\xfcrgen <j@example.com>\r\nSubject: \xfc\r\n\r\n',
    expect: [{ from: [' J\u00fcrgen <j@example.com>'], subject: '\u00fc' }],
  },
  {
    name: 'a header of two thousand and more lines',
    format: 'auto',
    bytes: `${HEAD}${'X-A: b\r\n'.repeat(2_001)}\r\n`,
    expect: ['header_too_large'],
  },
  {
    name: 'a field folded into two thousand lines',
    format: 'auto',
    bytes: `${HEAD}X-A: b\r\n${' b\r\n'.repeat(2_001)}\r\n`,
    expect: ['header_too_large'],
  },
  {
    name: 'a To field of a million characters and more',
    format: 'auto',
    bytes: `${HEAD}Cc: ${'a@example.com,'.repeat(90_000)}\r\n\r\n`,
    expect: ['header_too_large'],
  },
  { name: 'one line of two million bytes', format: 'eml', bytes: 'x'.repeat(2_000_000), expect: ['header_too_large'] },
  {
    name: 'a Message-ID with words around it',
    format: 'auto',
    bytes: `${HEAD}Message-ID: see <1@example.com> (sic)\r\n\r\n`,
    expect: [{ key: null }],
  },
  {
    name: 'a Message-ID with comments around it',
    format: 'auto',
    bytes: `${HEAD}Message-ID:\r\n (see) <1@example.com> (sic)\r\n\r\n`,
    expect: [{ key: '<1@example.com>' }],
  },
  {
    name: 'a Message-ID without brackets is none',
    format: 'auto',
    bytes: `${HEAD}Message-ID:  1@example.com \r\n\r\n`,
    expect: [{ key: null }],
  },
  {
    name: 'an empty Message-ID is none',
    format: 'auto',
    bytes: `${HEAD}Message-ID: \0 \r\n\r\n`,
    expect: [{ key: null }],
  },
  {
    name: 'an endless Message-ID is none',
    format: 'auto',
    bytes: `${HEAD}Message-ID: <${'a'.repeat(100_000)}@example.com>\r\n\r\n`,
    expect: [{ key: null }],
  },
  {
    name: 'labels in encoded words, quotes and twice',
    format: 'auto',
    bytes: `${HEAD}X-Gmail-Labels: =?UTF-8?Q?Ge=C3=B6ffnet,Spam?=\r\nKeywords: "Board", Spam\r\nX-Keywords: seen $todo\r\n\r\n`,
    expect: [{ labels: ['Ge\u00f6ffnet', 'Spam', 'Board', 'seen', '$todo'] }],
  },
  {
    name: 'a mailing list is told',
    format: 'auto',
    bytes: `${HEAD}List-Post: <mailto:l@example.org>\r\n\r\n`,
    expect: [{ fromList: true }],
  },
  // Dates and subjects.
  {
    name: 'a date that is none',
    format: 'auto',
    bytes: `${HEAD}Date: yesterday 1\r\n\r\n`,
    expect: [{ sentAt: null }],
  },
  {
    name: 'a day no month has',
    format: 'auto',
    bytes: `${HEAD}Date: Mon, 31 Feb 2026 10:00:00 +0000\r\n\r\n`,
    expect: [{ sentAt: null }],
  },
  {
    name: 'an old date with a named zone and a comment',
    format: 'auto',
    bytes: `${HEAD}Date: 1 Mar 99 10:00 EST (winter)\r\n\r\n`,
    expect: [{ sentAt: '1999-03-01T15:00:00.000Z' }],
  },
  {
    name: 'a date of the year ninety thousand',
    format: 'auto',
    bytes: `${HEAD}Date: Mon, 1 Jan 90000 10:00:00 +0000\r\n\r\n`,
    expect: [{ sentAt: null }],
  },
  {
    name: 'an encoded subject in a charset nobody knows',
    format: 'auto',
    bytes: `${HEAD}Subject: =?x-none?Q?a=41?= =?utf-8?B?w6Q=?=\r\n\r\n`,
    expect: [{ subject: 'aA\u00e4' }],
  },
  {
    name: 'an encoded subject that is cut',
    format: 'auto',
    bytes: `${HEAD}Subject: =?utf-8?B?w6\r\n\r\n`,
    expect: [{ subject: '=?utf-8?B?w6' }],
  },
  {
    name: 'half a surrogate pair in a subject',
    format: 'auto',
    bytes: `${HEAD}Subject: =?utf-16be?B?2AA=?=x\r\n\r\n`,
    expect: [{ subject: '\ufffdx' }],
  },
  // Bodies.
  {
    name: 'base64 that is none',
    format: 'auto',
    bytes: `${HEAD}Content-Transfer-Encoding: base64\r\n\r\n!!!!\0\0====\r\n`,
    expect: [{ text: '' }],
  },
  {
    name: 'base64 with padding on every line and foreign characters',
    format: 'auto',
    bytes: `${HEAD}Content-Transfer-Encoding: BASE64\r\n\r\nYQ==\r\n Y*mM=\r\nZGVm\r\n`,
    expect: [{ text: 'abcdef' }],
  },
  {
    name: 'quoted-printable cut in the middle',
    format: 'auto',
    bytes: `${HEAD}Content-Transfer-Encoding: quoted-printable\r\n\r\nab=4`,
    expect: [{ text: 'ab=4' }],
  },
  {
    name: 'a multipart without its boundary',
    format: 'auto',
    bytes: `${HEAD}Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhi\r\n--x--\r\n`,
    expect: [{ attachments: [] }],
  },
  {
    name: 'a multipart that never ends',
    format: 'auto',
    bytes: `${HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n--x\r\nContent-Type: application/pdf; name="a\0b.pdf"\r\n\r\nxx`,
    expect: [{ text: 'hi', attachments: ['ab.pdf'] }],
  },
  {
    name: 'parts nested deeper than any mail',
    format: 'auto',
    bytes: deepParts(2_000),
    expect: [{ from: [' ann@example.com'], text: '' }],
  },
  { name: 'parts nested fifteen times', format: 'auto', bytes: deepParts(15), expect: [{ text: 'deep' }] },
  {
    name: 'more parts than any mail has',
    format: 'auto',
    bytes: `${HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n${'--x\r\n\r\nhi\r\n'.repeat(50_000)}`,
    expect: [{ attachments: [], text: Array.from({ length: 1_000 }, () => 'hi').join('\n') }],
  },
  {
    name: 'an alternative says it once, in plain text',
    format: 'auto',
    bytes: `${HEAD}Content-Type: multipart/alternative;\r\n boundary="=_x y"\r\n\r\n--=_x y\r\nContent-Type: text/html\r\n\r\n<p>marked\r\n--=_x y \r\nContent-Type: text/plain; format=flowed\r\n\r\nplain \r\ntext\r\n--=_x yz\r\n--=_x y--\r\nafter`,
    expect: [{ text: 'plain text\n--=_x yz' }],
  },
  {
    name: 'file names in both ways to encode them',
    format: 'auto',
    bytes: `${HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: image/png; name="=?utf-8?Q?=C3=A4.png?="\r\n\r\nx\r\n--x\r\nContent-Disposition: attachment; filename*0*=utf-8''%c3%a4; filename*1=".txt"\r\n\r\nx\r\n--x--\r\n`,
    expect: [{ text: '', attachments: ['\u00e4.png', '\u00e4.txt'] }],
  },
  {
    name: 'a part that says what it is at length is bytes without a name',
    format: 'auto',
    bytes: `${HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; name=a.txt${'; a=b'.repeat(2_000)}\r\n\r\nx\r\n--x\r\nContent-Disposition: attachment; filename=b.txt${'; a=b'.repeat(2_000)}\r\n\r\nx\r\n--x\r\n\r\nhi\r\n--x--\r\n`,
    expect: [{ text: 'hi', attachments: ['', ''] }],
  },
  {
    name: 'HTML with everything left open',
    format: 'auto',
    bytes: `${HEAD}Content-Type: text/html\r\n\r\n<p>a<script>alert(1)</script>b<style>c</style><!-- d --><b title="x>y">e</b> &lt;f&gt; <p>g<script>never closed`,
    expect: [{ text: 'a b e <f>\n\ng' }],
  },
  {
    name: 'a mail in a mail is an attachment',
    format: 'auto',
    bytes: `${HEAD}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nsecret\r\n--x--\r\n`,
    expect: [{ text: 'hi', attachments: [''] }],
  },
  // Mailboxes.
  { name: 'an envelope line and nothing else', format: 'auto', bytes: ENVELOPE, expect: ['empty'] },
  {
    name: 'two envelope lines and a mail',
    format: 'auto',
    bytes: `${ENVELOPE}\n${ENVELOPE}${HEAD}\r\nhi\n`,
    expect: ['empty', { text: 'hi' }],
  },
  {
    name: 'running text that begins with "From " does not cut',
    format: 'auto',
    bytes: `${ENVELOPE}${HEAD}\r\na\r\n\r\nFrom here on it is b\r\n\r\nc\r\n`,
    expect: [{ text: 'a\n\nFrom here on it is b\n\nc' }],
  },
  {
    name: 'an envelope line in the middle of a paragraph does not cut',
    format: 'auto',
    bytes: `${ENVELOPE}${HEAD}\na\n${ENVELOPE}b\n`,
    expect: [{ text: `a\n${ENVELOPE}b` }],
  },
  {
    name: 'quoted envelope lines lose one ">"',
    format: 'auto',
    bytes: `${ENVELOPE}${HEAD}\n>From a\n>>From b\n> From c\n`,
    expect: [{ text: 'From a\n>From b\n> From c' }],
  },
  {
    name: 'envelopes without a date, before a header',
    format: 'auto',
    bytes: `From ann@example.com\n${HEAD}\na\n\nFrom bob@example.net\n${HEAD}\nb\n`,
    expect: [{ text: 'a' }, { text: 'b' }],
  },
  {
    name: 'envelopes as exports write them',
    format: 'auto',
    bytes: `From 17@xxx Sat Apr 18 10:00:00 +0000 2026\r\n${HEAD}\r\na\r\n\r\nFrom - Sat Apr 18 10:00:00 2026\r\n${HEAD}\r\nb\r\n\r\nFrom x Sat, 18 Apr 2026 10:00:00 +0200\r\n${HEAD}\r\nc`,
    expect: [{ text: 'a' }, { text: 'b' }, { text: 'c' }],
  },
  {
    name: 'a Content-Length that lies is not believed',
    format: 'auto',
    bytes: `${ENVELOPE}${HEAD}Content-Length: 99999\n\na\n\n${ENVELOPE}${HEAD}Content-Length: -1\n\nb\n`,
    expect: [{ text: 'a' }, { text: 'b' }],
  },
  {
    name: 'a mailbox with one mail of garbage',
    format: 'auto',
    bytes: `${ENVELOPE}${HEAD}\na\n\n${ENVELOPE}\xff\xfe\0\n\n${ENVELOPE}${HEAD}\nb\n`,
    expect: [{ text: 'a' }, 'no_header', { text: 'b' }],
  },
];
