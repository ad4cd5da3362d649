// The public keys of checkpoints, kept so that old ones can be verified when the master key they were signed with is gone.
// They stand in the database sealed by the vault: who can write there, but has no key, cannot add a public key of theirs.
import { sql } from 'kysely';
import type { ControlTx, Database } from '../db/database.ts';
import { open, seal, type SealContext } from '../secrets/envelope.ts';
import { type ControlPlace, sealedPrefix } from '../secrets/sealed-place.ts';
import type { Vault } from '../secrets/vault.ts';
import { publicKeysOf } from './checkpoint.ts';

export interface KeptKeys {
  /** PEM by key id, as read last. */
  known(): ReadonlyMap<string, string>;
  /** Reads what is kept. What does not open is passed over: a checkpoint signed with it counts as signed by a stranger. */
  refresh(): Promise<void>;
  /** Keeps the public keys of all master keys at hand. At the start, and before a master key goes. */
  keep(): Promise<void>;
}

type KeptTables = { audit_public_key: { key_id: string; sealed: string } };

export function keptKeys(db: Pick<Database, 'control'>, vault: Vault): KeptKeys {
  let known: ReadonlyMap<string, string> = new Map();
  return {
    known: () => known,
    async refresh() {
      const rows = await db.control(listKept);
      known = new Map(
        rows.flatMap(({ key_id, sealed }) => {
          const opened = open(vault, contextOf(key_id), sealed);
          return opened.kind === 'opened' ? [[key_id, opened.plaintext] as const] : [];
        }),
      );
    },
    async keep() {
      await db.control(async (tx) => {
        const rows = await listKept(tx);
        for (const [keyId, pem] of publicKeysOf(vault)) {
          const found = rows.find((row) => row.key_id === keyId)?.sealed ?? null;
          const opened = found === null ? null : open(vault, contextOf(keyId), found);
          // A row that does not open keeps nothing, and after its master key is gone nobody could write it again.
          if (opened?.kind !== 'opened' || opened.plaintext !== pem)
            await writeKept(tx, { key_id: keyId, sealed: seal(vault, contextOf(keyId), pem) }, found);
        }
      });
    },
  };
}

/** Where they stand, for a change of the master key. */
export const keptKeyPlace: ControlPlace = {
  name: 'public keys of checkpoints',
  plane: 'control',
  async list(tx, { currentKeyId, after, limit }) {
    const rows = await tx
      .withTables<KeptTables>()
      .selectFrom('audit_public_key')
      .selectAll()
      .where(sql<boolean>`not starts_with(sealed, ${sealedPrefix(currentKeyId)}::text)`)
      .where('key_id', '>', after ?? '')
      .orderBy('key_id')
      .limit(limit)
      .execute();
    return rows.map(({ key_id: key, sealed: value }) => ({ key, context: contextOf(key), value }));
  },
  async replace(tx, key, previous, next) {
    const { numUpdatedRows } = await tx
      .withTables<KeptTables>()
      .updateTable('audit_public_key')
      .set({ sealed: next })
      .where('key_id', '=', key)
      .where('sealed', '=', previous)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },
};

function contextOf(keyId: string): SealContext {
  return { workspaceId: null, holder: 'audit', field: `public_key:${keyId}` };
}

function listKept(tx: ControlTx): Promise<readonly KeptTables['audit_public_key'][]> {
  return tx.withTables<KeptTables>().selectFrom('audit_public_key').selectAll().execute();
}

/** @param found what stood there and is replaced; a row that somebody else wrote meanwhile stays */
async function writeKept(tx: ControlTx, row: KeptTables['audit_public_key'], found: string | null): Promise<void> {
  await tx
    .withTables<KeptTables>()
    .insertInto('audit_public_key')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('key_id')
        .doUpdateSet({ sealed: row.sealed })
        .where('audit_public_key.sealed', '=', found ?? ''),
    )
    .execute();
}
