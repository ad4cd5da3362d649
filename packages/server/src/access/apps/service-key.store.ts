// SQL of service keys. Of each app one key is the current one; those before it may live on for a while.
import type { ControlTx } from '../../platform/db/database.ts';
import { newId, parseId, type ServiceAppId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import type { MintedServiceKey } from './service-key.ts';

export interface LiveServiceKey {
  readonly hash: Uint8Array;
  readonly appId: ServiceAppId;
  /** Null on the current key. */
  readonly expiresAt: Date | null;
}

/** The keys that are still good. */
export async function listLiveServiceKeys(tx: ControlTx, now: Date): Promise<readonly LiveServiceKey[]> {
  const rows = await tx
    .withTables<AccessTables>()
    .selectFrom('service_key')
    .select(['key_hash', 'service_app_id', 'expires_at'])
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .execute();
  return rows.flatMap((row) => {
    const appId = parseId<ServiceAppId>(row.service_app_id);
    return appId === null ? [] : [{ hash: row.key_hash, appId, expiresAt: row.expires_at }];
  });
}

export async function insertServiceKey(
  tx: ControlTx,
  service_app_id: ServiceAppId,
  { hash, prefix }: MintedServiceKey,
  now: Date,
): Promise<void> {
  await tx
    .withTables<AccessTables>()
    .insertInto('service_key')
    .values({ id: newId(now.getTime()), service_app_id, key_hash: hash, prefix, created_at: now })
    .execute();
}

/**
 * Ends the keys of an app.
 *
 * @param which `graceSeconds`: how long the current key is good from now on; 0 ends every key at once, those before it included
 */
export async function retireServiceKeys(
  tx: ControlTx,
  { appId, graceSeconds }: { readonly appId: ServiceAppId; readonly graceSeconds: number },
  now: Date,
): Promise<void> {
  const tables = tx.withTables<AccessTables>();
  if (graceSeconds > 0)
    await tables
      .updateTable('service_key')
      .set({ expires_at: new Date(now.getTime() + graceSeconds * 1000) })
      .where('service_app_id', '=', appId)
      .where('expires_at', 'is', null)
      .execute();
  await tables
    .deleteFrom('service_key')
    .where('service_app_id', '=', appId)
    .where((eb) =>
      graceSeconds === 0 ? eb.lit(true) : eb.and([eb('expires_at', 'is not', null), eb('expires_at', '<=', now)]),
    )
    .execute();
}
