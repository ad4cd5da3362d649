// Reads what the receiving mail server wrote about the author in Authentication-Results (RFC 8601).
// Only a server the workspace trusts is believed; anybody can write such a field below it.
import { endOfComment, endOfQuoted } from './address-tokens.ts';

/** `other` is any result that neither proves nor refutes (`none`, `temperror`, …); `none` means there is no result. */
export type DmarcResult = 'pass' | 'fail' | 'other' | 'none';

/** RFC 8601 §2.2 methodspec: the method, perhaps with a version, its result, and what should not stand behind it. */
const DMARC = /^\s*dmarc\s*(?:\/\s*\d+\s*)?=\s*([a-z0-9-]+)(\S?)/i;
const DMARC_FAIL_ANYWHERE = /\bdmarc\s*(?:\/\s*\d+\s*)?=\s*fail\b/i;

/** Stands for every quoted string: what is quoted is never a result. */
const QUOTED = '""';

/**
 * Finds the DMARC result that counts: the one in the topmost field of a trusted server that states one, since a server
 * may write a field per method. Fields below it were there before, whoever wrote them. Several results in one field
 * count as the worst of them.
 *
 * A trusted field that breaks off inside a comment or a quoted string counts as a failure when it says `dmarc=fail`
 * anywhere: text the sender chose (an envelope address) must not be able to swallow the result.
 *
 * @param fields raw values, topmost first, still folded
 * @param authservIds names of the servers to believe (RFC 8601 §2.5), compared without regard to case
 */
export function dmarcResult(fields: readonly string[], authservIds: readonly string[]): DmarcResult {
  const trusted = new Set(authservIds.map((id) => id.trim().toLowerCase()));
  if (trusted.size === 0) return 'none';
  for (const field of fields) {
    const { authservId, results, isIntact } = readField(field);
    if (!trusted.has(authservId)) continue;
    if (!isIntact && DMARC_FAIL_ANYWHERE.test(field)) return 'fail';
    const result = worstResult(results);
    if (result !== 'none') return result;
  }
  return 'none';
}

function worstResult(statements: readonly string[]): DmarcResult {
  const found = statements.flatMap((text) => readResult(text) ?? []);
  if (found.length === 0) return 'none';
  if (found.includes('fail')) return 'fail';
  return found.every((result) => result === 'pass') ? 'pass' : 'other';
}

/** `dmarc=pass@…` is a piece of an address that nobody quoted, and no result; a failure counts whatever follows it. */
function readResult(statement: string): string | null {
  const match = DMARC.exec(statement);
  const result = match?.[1]?.toLowerCase() ?? null;
  return match?.[2] === '' || result === 'fail' ? result : null;
}

/** The name of the server and what follows each semicolon; `isIntact` is false when a comment or a quote stays open. */
function readField(field: string): { authservId: string; results: readonly string[]; isIntact: boolean } {
  let text = '';
  let firstQuoted = '';
  let at = 0;
  while (at < field.length) {
    const mark = field.charAt(at);
    if (mark !== '"' && mark !== '(') {
      text += mark;
      at += 1;
      continue;
    }
    const end = mark === '"' ? endOfQuoted(field, at) : endOfComment(field, at);
    if (end === -1) break;
    if (mark === '"') firstQuoted ||= field.slice(at + 1, end - 1);
    text += mark === '"' ? QUOTED : ' ';
    at = end;
  }
  const [head = '', ...results] = text.split(';');
  const [name = ''] = head.trim().split(/\s/, 1);
  const authservId = name === QUOTED ? firstQuoted.replace(/\\(.)/gs, '$1') : name;
  return { authservId: authservId.toLowerCase(), results, isIntact: at === field.length };
}
