// What may be sent in a unit of work: reading and writing rows, one statement at a time. A statement that changes the role,
// the session or the tables is refused by its first word, before it reaches the database.

/** Where a statement begins decides what it is: PostgreSQL's grammar knows these for reading and writing rows. */
const ROWS = /^[\s(]*(?:select|with|insert|update|delete|merge|values)\b/i;
const SAVEPOINT = /^(?:savepoint|release savepoint|release|rollback to savepoint|rollback to) "?[\w$]+"?$/i;
const TRANSACTION: ReadonlySet<string> = new Set(['begin', 'commit', 'rollback']);

/**
 * Throws unless the statement reads or writes rows.
 *
 * @param from `driver` also admits the three words with which the driver of a server opens and ends a transaction
 */
export function admitStatement(text: string, from: 'work' | 'driver'): void {
  if (ROWS.test(text) || SAVEPOINT.test(text)) return;
  if (from === 'driver' && TRANSACTION.has(text)) return;
  throw new Error(
    'permission denied: a unit of work only reads and writes rows; anything else is for the owner, in a migration',
  );
}
