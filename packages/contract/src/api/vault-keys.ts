// The vault's master keys as whoever runs the installation sees them: their names, never the keys.
import { z } from 'zod';
import { Id, Instant } from './shapes.ts';

/** Derived from the key; tells nothing about it. */
export const VaultKeyId = z.string().regex(/^[0-9a-f]{16}$/);

export const VaultRotation = z
  .object({
    id: Id,
    /** The key that everything is to be sealed with. */
    keyId: VaultKeyId,
    /** `announced`: not every process knows the key yet; `sealing`: older values are being sealed anew. */
    state: z.enum(['announced', 'sealing', 'done', 'abandoned']),
    /** Processes that do not know the key yet, or still seal with the one before. */
    waitingFor: z.array(z.string()),
    places: z.array(
      z.object({
        name: z.string(),
        /** Values sealed anew so far. */
        resealed: z.int(),
        /** Values that no key at hand opens; they stay as they are. */
        unreadable: z.int(),
        done: z.boolean(),
      }),
    ),
    startedAt: Instant,
    finishedAt: Instant.nullable(),
  })
  .meta({ id: 'VaultRotation' });
export type VaultRotation = z.infer<typeof VaultRotation>;

export const VaultKeyList = z
  .object({
    /** `setting`: SENTINEL_VAULT_KEY, which only the operator can change. */
    origin: z.enum(['setting', 'file']),
    keys: z.array(
      z.object({
        id: VaultKeyId,
        /** `next`: known, has never sealed; `opens`: an older one; `missing`: not at hand although values are sealed with it. */
        state: z.enum(['seals', 'next', 'opens', 'missing']),
        sealingSince: Instant.nullable(),
        stoppedAt: Instant.nullable(),
        /** Values sealed with it; null for the key that seals, whose values are not counted. */
        sealed: z.int().nullable(),
      }),
    ),
    places: z.array(
      z.object({
        name: z.string(),
        /** Values that are not sealed with the key that seals. */
        older: z.int(),
        /** Those among them that are no sealed values at all. */
        unsealed: z.int(),
      }),
    ),
    /** The newest one. */
    rotation: VaultRotation.nullable(),
  })
  .meta({ id: 'VaultKeyList' });
export type VaultKeyList = z.infer<typeof VaultKeyList>;

export const VaultRotationParams = z.object({ rotationId: Id });
export const VaultKeyParams = z.object({ keyId: VaultKeyId });

export const RetireVaultKey = z.object({
  /** Does not wait until what the key signed for people's browsers has expired; they begin again. */
  now: z.boolean().default(false),
});
export const RetiredVaultKey = z
  .object({
    keyId: VaultKeyId,
    /** False when the keys come from the setting: there the operator takes it out. */
    removed: z.boolean(),
  })
  .meta({ id: 'RetiredVaultKey' });
export type RetiredVaultKey = z.infer<typeof RetiredVaultKey>;
