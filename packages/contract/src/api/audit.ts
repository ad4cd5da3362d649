// The audit log on the wire.
import { z } from 'zod';
import { Cursor, Id, Instant, Limit, page } from './shapes.ts';

export const AuditRow = z
  .object({
    id: Id,
    seq: z.int(),
    at: Instant,
    actorKind: z.enum(['person', 'operator', 'system']),
    actorId: Id.nullable(),
    actorName: z.string().nullable(),
    event: z.string(),
    target: z.string().nullable(),
    result: z.enum(['ok', 'denied', 'failed']),
    requestId: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
    prevHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditRow' });
export type AuditRow = z.infer<typeof AuditRow>;

export const AuditQuery = z.object({
  cursor: Cursor.optional(),
  limit: Limit,
  event: z.string().max(100).optional(),
  actorId: Id.optional(),
  since: Instant.optional(),
  until: Instant.optional(),
});
export const AuditPage = page(AuditRow).extend({ total: z.int() });
export type AuditPage = z.infer<typeof AuditPage>;

export const AuditVerification = z
  .object({
    intact: z.boolean(),
    rows: z.int(),
    checkpoints: z.int(),
    /** First place where the chain does not hold, or null. */
    brokenAt: z.object({ seq: z.int(), reason: z.string() }).nullable(),
    head: z.string(),
    verifiedAt: Instant,
  })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof AuditVerification>;

/** The Ed25519 public key of this installation, as PEM: what an exported log is proven with. */
export const AuditPublicKey = z.object({ publicKey: z.string() });
export type AuditPublicKey = z.infer<typeof AuditPublicKey>;
