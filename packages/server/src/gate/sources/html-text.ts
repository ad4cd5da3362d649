// Reduces HTML to plain text in one pass: no tags, no scripts, no styles, no comments.
// The time is linear in the input, whatever is left open, and the output is bounded.

/** How much HTML is looked at; a newsletter is far below. */
const MAX_HTML_LENGTH = 4 * 1024 * 1024;
/** Elements whose content is not text. */
const RAW = new Set([
  'script',
  'style',
  'title',
  'template',
  'noscript',
  'svg',
  'math',
  'iframe',
  'object',
  'textarea',
  'select',
]);
const BLOCKS = new Set([
  'p',
  'div',
  'table',
  'tr',
  'ul',
  'ol',
  'dl',
  'dt',
  'dd',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'blockquote',
  'pre',
  'section',
  'article',
  'header',
  'footer',
  'aside',
  'main',
  'nav',
  'figure',
  'hr',
  'form',
  'body',
  'head',
  'html',
]);
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
  sect: '§',
  deg: '°',
  middot: '·',
  bull: '•',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  ecirc: 'ê',
  agrave: 'à',
  aacute: 'á',
  acirc: 'â',
  atilde: 'ã',
  aring: 'å',
  ccedil: 'ç',
  iacute: 'í',
  ntilde: 'ñ',
  oacute: 'ó',
  ocirc: 'ô',
  otilde: 'õ',
  oslash: 'ø',
  uacute: 'ú',
  ugrave: 'ù',
  ucirc: 'û',
  times: '×',
  divide: '÷',
  frac12: '½',
  rarr: '→',
  larr: '←',
};

/**
 * @param maxLength the answer is at most about this long (UTF-16 units; cut it exactly afterwards)
 */
export function htmlToPlainText(html: string, maxLength: number): string {
  const input = html.slice(0, MAX_HTML_LENGTH);
  let output = '';
  let at = 0;
  while (at < input.length && output.length < maxLength * 2) {
    const open = input.indexOf('<', at);
    const textEnd = open === -1 ? input.length : open;
    output += collapse(input.slice(at, textEnd));
    if (open === -1) break;
    const tag = readTag(input, open);
    output += tag.text;
    at = tag.end;
  }
  return tidy(output).slice(0, maxLength);
}

/** What a tag (or a lone "<") turns into, and where the input goes on after it. */
function readTag(input: string, open: number): { readonly text: string; readonly end: number } {
  if (input.startsWith('<!--', open)) return { text: ' ', end: after(input, '-->', open + 4) };
  const next = input[open + 1] ?? '';
  if (next === '!' || next === '?') return { text: '', end: after(input, '>', open) };
  TAG_NAME.lastIndex = open + 1;
  const match = TAG_NAME.exec(input);
  if (match === null) return { text: '<', end: open + 1 };
  const name = (match[2] ?? '').toLowerCase();
  const end = findTagEnd(input, TAG_NAME.lastIndex);
  const closing = match[1] === '/';
  if (!closing && RAW.has(name)) return { text: ' ', end: afterClosing(input, name, end) };
  if (name === 'br') return { text: '\n', end };
  if (name === 'li') return { text: closing ? '' : '\n- ', end };
  if (name === 'td' || name === 'th') return { text: closing ? '\t' : '', end };
  return { text: BLOCKS.has(name) ? '\n\n' : '', end };
}

const TAG_NAME = /(\/?)([a-zA-Z][a-zA-Z0-9:-]{0,40})/y;

function after(input: string, mark: string, from: number): number {
  const at = input.indexOf(mark, from);
  return at === -1 ? input.length : at + mark.length;
}

/** The byte after the ">" of a tag; a ">" inside a quoted attribute value does not end it. */
function findTagEnd(input: string, from: number): number {
  let quote = '';
  let previous = '';
  for (let at = from; at < input.length; at += 1) {
    const char = input[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '>') return at + 1;
    else if ((char === '"' || char === "'") && previous === '=') quote = char;
    if (char.trim() !== '') previous = char;
  }
  return input.length;
}

function afterClosing(input: string, name: string, from: number): number {
  const closing = new RegExp(`</${name}`, 'gi');
  closing.lastIndex = from;
  return closing.exec(input) === null ? input.length : after(input, '>', closing.lastIndex);
}

function collapse(text: string): string {
  const decoded = text.includes('&')
    ? text.replace(/&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8}\d{0,2});?/g, decodeEntity)
    : text;
  return decoded.replace(/[ \t\r\n\f\u00a0]+/g, ' ');
}

function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith('#')) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? whole) : whole;
  const hex = name[1] === 'x' || name[1] === 'X';
  const code = Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10);
  return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code);
}

/** At most one empty line in a row, no blanks around line ends. */
function tidy(text: string): string {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const trimmed = line.trim().replace(/ {2,}/g, ' ');
    if (trimmed !== '' || (lines.length > 0 && lines.at(-1) !== '')) lines.push(trimmed);
  }
  return lines.join('\n').trim();
}
