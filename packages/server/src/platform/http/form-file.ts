// Takes the one file out of a form (`multipart/form-data`, RFC 7578). Small and strict on purpose: exactly one part, no text
// before or after, no encoding; whatever could be read in two ways is refused. The body is read up to a limit and no further.
import { problem } from '../problem.ts';

export interface FormFileRules {
  /** What the field is called. */
  readonly field: string;
  /** Largest file, in bytes. */
  readonly maxBytes: number;
}

/**
 * Reads the file of a form.
 *
 * @param contentType the whole header, which names the boundary
 * @throws ProblemError `too_large`, or `file_invalid` when the body is not exactly one file under that name
 */
export async function readFormFile(
  body: AsyncIterable<Uint8Array>,
  contentType: string | null,
  rules: FormFileRules,
): Promise<Uint8Array> {
  const boundary = boundaryOf(contentType ?? '');
  if (boundary === null) throw invalid('The content type names no usable boundary.');
  const file = takeFile(await readWhole(body, rules.maxBytes + MOST_AROUND), boundary, rules.field);
  if (file.length > rules.maxBytes) throw tooLarge(rules.maxBytes);
  return file;
}

/** What may stand around the file: two boundaries and the headers of the part. */
const MOST_AROUND = 4096;
const MOST_HEADERS = 2048;

/** RFC 2046 §5.1.1, with the space that may not come last. */
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/;
const PARAMETER = /;[ \t]*([!#$&+.^_`|~0-9A-Za-z*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))[ \t]*/y;

/** The boundary a content type names; null when it names none, several, or one that RFC 2046 does not allow. */
export function boundaryOf(contentType: string): string | null {
  const parameters = parametersOf(contentType, /^multipart\/form-data[ \t]*/iy);
  const boundary = parameters?.get('boundary') ?? '';
  return BOUNDARY.test(boundary) ? boundary : null;
}

/** The parameters behind a value, names in lower case; null when one is given twice or anything cannot be read. */
function parametersOf(header: string, value: RegExp): ReadonlyMap<string, string> | null {
  if (!value.test(header)) return null;
  const parameters = new Map<string, string>();
  for (let at = value.lastIndex; at < header.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const [whole, name = '', quoted, plain] = PARAMETER.exec(header) ?? [];
    if (whole === undefined || parameters.has(name.toLowerCase())) return null;
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
  }
  return parameters;
}

async function readWhole(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > most) throw tooLarge(most - MOST_AROUND);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function takeFile(body: Buffer, boundary: string, field: string): Buffer {
  const opening = Buffer.from(`--${boundary}\r\n`);
  if (!body.subarray(0, opening.length).equals(opening)) throw invalid('The form does not begin with its boundary.');
  const headersEnd = body.subarray(0, opening.length + MOST_HEADERS).indexOf('\r\n\r\n', opening.length - 2);
  if (headersEnd === -1) throw invalid('The headers of the file are too long, or do not end.');
  checkHeaders(body.subarray(opening.length, Math.max(headersEnd, opening.length)).toString('utf8'), field);
  const contentAt = headersEnd + 4;
  // From the blank line's own line end on, so that an empty file is found too.
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const contentEnd = body.indexOf(delimiter, contentAt - 2);
  if (contentEnd === -1) throw invalid('The form does not end with its boundary.');
  const rest = body.subarray(contentEnd + delimiter.length).toString('latin1');
  if (rest !== '--' && rest !== '--\r\n') throw invalid('The form holds more than one file, or does not end cleanly.');
  return body.subarray(contentAt, Math.max(contentEnd, contentAt));
}

/** One `Content-Disposition` that names the field and a file, and nothing that would have to be decoded. */
function checkHeaders(text: string, field: string): void {
  const headers = text.split('\r\n').map((line) => /^([A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$/.exec(line));
  const named = (name: string) => headers.filter((each) => each?.[1]?.toLowerCase() === name).map((each) => each?.[2]);
  const dispositions = named('content-disposition');
  const parameters = parametersOf(dispositions[0] ?? '', /^form-data[ \t]*/iy);
  if (headers.includes(null) || dispositions.length !== 1 || parameters === null)
    throw invalid('The headers of the file cannot be read.');
  if (named('content-transfer-encoding').some((encoding) => !/^(?:binary|8bit|7bit)$/i.test(encoding ?? '')))
    throw invalid('Send the file as it is, without an encoding.');
  if (parameters.get('name') !== field || !(parameters.has('filename') || parameters.has('filename*')))
    throw invalid(`Send one file in the field ${field}.`);
}

const invalid = (detail: string) => problem('file_invalid', detail);
const tooLarge = (most: number) => problem('too_large', `The file may have at most ${most} bytes.`);
