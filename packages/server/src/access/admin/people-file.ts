// A CSV of people to import: email, name, workspace and role. Each row is judged by itself; a bad one costs only itself.
import { plainText, WORKSPACE_ROLES, type WorkspaceRole } from '@sentinel/contract';
import { type CsvRecord, csvRecordsOf } from '../../platform/csv/csv-records.ts';
import { problem } from '../../platform/problem.ts';
import { parsePersonEmail } from '../identity/person-email.ts';

export const MAX_FILE_BYTES = 5 * 1024 * 1024;
/** Rows of one import; every one of them is a transaction of its own. */
export const MAX_ROWS = 10_000;

/** A row as it was written. */
export interface WrittenRow {
  /** As a spreadsheet counts: the header is row 1. */
  readonly row: number;
  readonly email: string;
  readonly name: string;
  readonly workspaceSlug: string;
  readonly role: string;
}

/** What a good row asks for. */
export interface PersonOrder {
  readonly email: string;
  readonly name: string;
  /** Null where the person is only to be known. */
  readonly workspaceSlug: string | null;
  readonly role: WorkspaceRole;
}

export type JudgedRow = WrittenRow &
  ({ readonly order: PersonOrder; readonly error: null } | { readonly order: null; readonly error: string });

const COLUMNS = ['email', 'name', 'workspace_slug', 'role'] as const;

/**
 * Reads the file.
 *
 * @throws ProblemError `file_invalid` when it is not UTF-8 or the header lacks a column; `too_large` for too many rows
 */
export function readPeopleFile(bytes: Uint8Array): readonly JudgedRow[] {
  const records = csvRecordsOf(textOf(bytes), ',');
  const header = records.next();
  const at = columnsOf(header.done === true ? null : header.value);
  const rows: JudgedRow[] = [];
  const seen = new Set<string>();
  for (const record of records) {
    if (record.kind === 'record' && record.cells.length === 1 && record.cells[0]?.trim() === '') continue;
    if (rows.length === MAX_ROWS) throw problem('too_large', `A file may have at most ${MAX_ROWS} rows.`);
    rows.push(judge(record, at, seen));
  }
  return rows;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw problem('file_invalid', 'The file is not UTF-8 text. Save it as CSV in UTF-8.');
  }
}

function columnsOf(header: CsvRecord | null): readonly number[] {
  const names = header?.kind === 'record' ? header.cells.map((cell) => cell.trim().toLowerCase()) : [];
  const at = COLUMNS.map((name) => names.indexOf(name));
  if (at.includes(-1) || new Set(names).size !== names.length)
    throw problem('file_invalid', `The first line must name the columns ${COLUMNS.join(', ')}, each once.`);
  return at;
}

/** Longest cell that is repeated in an answer. */
const SHOWN = 255;

function judge(record: CsvRecord, at: readonly number[], seen: Set<string>): JudgedRow {
  const cells = record.kind === 'record' ? record.cells : [];
  const [email = '', name = '', workspaceSlug = '', role = ''] = at.map((index) => (cells[index] ?? '').trim());
  const show = (cell: string) => cell.slice(0, SHOWN).toWellFormed();
  const written = {
    row: record.row,
    email: show(email),
    name: show(name),
    workspaceSlug: show(workspaceSlug),
    role: show(role),
  };
  if (record.kind === 'broken') return { ...written, order: null, error: 'The line cannot be read as CSV.' };
  const order = orderOf({ email, name, workspaceSlug, role });
  if (typeof order === 'string') return { ...written, order: null, error: order };
  const key = `${order.email} ${order.workspaceSlug ?? ''}`;
  if (seen.has(key)) return { ...written, order: null, error: 'An earlier row says the same.' };
  seen.add(key);
  return { ...written, order, error: null };
}

const PersonName = plainText(1, 120);
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$/;

/** What the cells ask for, or what is wrong with them. */
function orderOf(cells: Omit<WrittenRow, 'row'>): PersonOrder | string {
  const email = parsePersonEmail(cells.email)?.toLowerCase() ?? null;
  if (email === null) return 'The address cannot be used for mail.';
  const name = PersonName.safeParse(cells.name);
  if (!name.success) return 'The name is missing, too long, or holds control characters.';
  const slug = cells.workspaceSlug;
  if (slug !== '' && !SLUG.test(slug)) return 'There is no such workspace.';
  const wanted = cells.role === '' ? 'viewer' : cells.role.toLowerCase();
  const role = WORKSPACE_ROLES.find((each) => each === wanted);
  if (role === undefined) return `The role must be one of ${WORKSPACE_ROLES.join(', ')}.`;
  return { email, name: name.data, workspaceSlug: slug === '' ? null : slug, role };
}
