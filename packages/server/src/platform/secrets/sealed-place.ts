// Where sealed values stand: each table that holds some says so here, so that a change of the master key finds them all.
// A place lists and replaces; it never opens a value and never sees a key.
import type { ControlTx, WorkspaceTx } from '../db/database.ts';
import type { SealContext } from './envelope.ts';

/** One sealed value, and the reader it was sealed for. */
export interface SealedValue {
  /** Names the value within its place, such as `<connection id>/refresh_token`; sorts in the place's own order. */
  readonly key: string;
  readonly context: SealContext;
  readonly value: string;
}

export interface SealedQuery {
  /** Values that begin with `sealedPrefix(currentKeyId)` are not asked for. */
  readonly currentKeyId: string;
  /** Only values behind this key, in the place's own order; null begins at the first. */
  readonly after: string | null;
  readonly limit: number;
}

export interface PlaceOn<Tx> {
  /** Shown to people and kept as progress, such as `connection credentials`. Never changes. */
  readonly name: string;
  /** Values not under the current key, in a stable order by `key`. What looks unsealed or damaged is listed like any other. */
  list(tx: Tx, query: SealedQuery): Promise<readonly SealedValue[]>;
  /** Compare-and-set: writes `next` only where `previous` still stands. @returns whether it did */
  replace(tx: Tx, key: string, previous: string, next: string): Promise<boolean>;
}

/** A table of the control plane. */
export interface ControlPlace extends PlaceOn<ControlTx> {
  readonly plane: 'control';
}

/** A table that every workspace has one of. */
export interface WorkspacePlace extends PlaceOn<WorkspaceTx> {
  readonly plane: 'workspace';
}

export type SealedPlace = ControlPlace | WorkspacePlace;

/** What every value sealed with this key begins with: for `where not starts_with(column, …)`. */
export function sealedPrefix(keyId: string): string {
  return `enc:v2:${keyId}:`;
}
