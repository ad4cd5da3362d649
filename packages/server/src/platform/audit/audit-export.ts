// The log as a file of JSON lines that proves itself: a first line that names the workspace, one line per row, and a last line
// with the newest checkpoint and the public key. `verifyExport` needs the file and a key that was kept, and nothing else:
// no database, no network, no settings.
import { z } from 'zod';
import { chainStart, checkCheckpoint, checkRow, type BreakReason } from './audit-chain.ts';
import type { AuditRecord } from './audit-row.ts';
import { checkpointVerifier, type Checkpoint } from './checkpoint.ts';

export const EXPORT_FORMAT = 'sentinel-audit-v1';

const HeaderLine = z.strictObject({
  kind: z.literal('log'),
  format: z.literal(EXPORT_FORMAT),
  workspaceId: z.string(),
});
const RowLine = z.strictObject({
  kind: z.literal('row'),
  seq: z.int(),
  id: z.string(),
  at: z.string(),
  actorKind: z.enum(['person', 'operator', 'system']),
  actorId: z.string().nullable(),
  actorName: z.string().nullable(),
  event: z.string(),
  target: z.string().nullable(),
  result: z.enum(['ok', 'denied', 'failed']),
  requestId: z.string().nullable(),
  /** The canonical JSON text itself, not the object: these are the characters that were hashed. */
  detail: z.string(),
  prevHash: z.string(),
  hash: z.string(),
});
const SignedCheckpoint = z.strictObject({
  workspaceId: z.string(),
  seq: z.int(),
  head: z.string(),
  count: z.int(),
  at: z.string(),
  prev: z.string(),
  keyId: z.string(),
  signature: z.string(),
});
const EndLine = z.strictObject({
  kind: z.literal('end'),
  checkpoint: SignedCheckpoint.nullable(),
  publicKey: z.string(),
});
const Line = z.discriminatedUnion('kind', [HeaderLine, RowLine, EndLine]);
type Line = z.infer<typeof Line>;

/** The first line. */
export function headerLine(workspaceId: string): string {
  return line({ kind: 'log', format: EXPORT_FORMAT, workspaceId });
}

export function rowLine(row: AuditRecord): string {
  return line({ kind: 'row', ...row });
}

/**
 * The last line. Without it a file is known to be cut.
 *
 * @param publicKey PEM, for convenience: a check must use a key that came another way
 */
export function endLine(checkpoint: Checkpoint | null, publicKey: string): string {
  return line({ kind: 'end', checkpoint, publicKey });
}

export type ExportBreakReason =
  | BreakReason
  | 'line_unreadable'
  | 'header_missing'
  | 'export_cut'
  | 'text_after_end'
  | 'checkpoint_absent';

export interface ExportProof {
  readonly intact: boolean;
  readonly workspaceId: string | null;
  readonly rows: number;
  /** When the checkpoint that covers the whole file was signed; null unless intact. */
  readonly signedAt: string | null;
  /** First place where the file does not hold: the row's number and the line of the file, both from 1. */
  readonly brokenAt: { readonly seq: number; readonly line: number; readonly reason: ExportBreakReason } | null;
}

/**
 * Proves an exported log: every row against the one before, and the last row against the signed checkpoint.
 * Reads line by line, so the memory needed does not grow with the file. Never throws on what the file holds.
 *
 * @param lines the file's lines, without their line breaks; empty ones are passed over
 * @param publicKey the installation's public key as PEM, kept from an earlier day
 * @throws a fault when the key is not an Ed25519 public key
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  publicKey: string,
): Promise<ExportProof> {
  const keys = checkpointVerifier(publicKey);
  const state: State = { chain: null, rows: 0, signedAt: null, isEnded: false };
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const reason = step(state, text, keys);
    if (reason !== null) return proofOf(state, number, reason);
  }
  return proofOf(state, number, state.chain === null ? 'header_missing' : state.isEnded ? null : 'export_cut');
}

interface State {
  chain: ReturnType<typeof chainStart> | null;
  rows: number;
  signedAt: string | null;
  isEnded: boolean;
}

/** Takes one line in; answers what is wrong with it, or null. */
function step(state: State, text: string, keys: ReturnType<typeof checkpointVerifier>): ExportBreakReason | null {
  const parsed = parseLine(text);
  if (parsed === null) return 'line_unreadable';
  if (state.isEnded) return 'text_after_end';
  if (parsed.kind === 'log') {
    if (state.chain !== null) return 'line_unreadable';
    state.chain = chainStart(parsed.workspaceId);
    return null;
  }
  if (state.chain === null) return 'header_missing';
  return parsed.kind === 'row'
    ? takeRow(state, state.chain, parsed)
    : takeEnd(state, state.chain, parsed.checkpoint, keys);
}

function takeRow(state: State, chain: NonNullable<State['chain']>, row: AuditRecord): ExportBreakReason | null {
  const broken = checkRow(chain.head, row);
  if (broken !== null) return broken.reason;
  state.chain = { ...chain, head: { seq: row.seq, hash: row.hash } };
  state.rows += 1;
  return null;
}

function takeEnd(
  state: State,
  chain: NonNullable<State['chain']>,
  checkpoint: Checkpoint | null,
  keys: ReturnType<typeof checkpointVerifier>,
): ExportBreakReason | null {
  if (checkpoint === null) return 'checkpoint_absent';
  if (checkpoint.workspaceId === chain.workspaceId && checkpoint.seq > chain.head.seq) return 'tail_missing';
  // The checkpoints before this one are not in the file, so its link to them is taken as it stands; the signature covers it.
  const broken = checkCheckpoint({ ...chain, prevCheckpoint: checkpoint.prev }, checkpoint, keys);
  if (broken !== null) return broken.reason;
  state.isEnded = true;
  state.signedAt = checkpoint.at;
  return null;
}

function proofOf(state: State, number: number, reason: ExportBreakReason | null): ExportProof {
  const seq = (state.chain?.head.seq ?? 0) + 1;
  return {
    intact: reason === null,
    workspaceId: state.chain?.workspaceId ?? null,
    rows: state.rows,
    signedAt: reason === null ? state.signedAt : null,
    brokenAt: reason === null ? null : { seq, line: number, reason },
  };
}

function parseLine(text: string): Line | null {
  try {
    return Line.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function line(value: Line): string {
  return `${JSON.stringify(value)}\n`;
}
