// The contact book on the wire.
import { z } from 'zod';
import { Cursor, Id, Instant, Limit, page } from './shapes.ts';

export const Contact = z
  .object({
    id: Id,
    name: z.string().nullable(),
    addresses: z.array(z.string()),
    company: z.string().nullable(),
    owner: z.string().nullable(),
    source: z.string().meta({ description: 'csv, vcard, …' }),
    excluded: z.boolean(),
    messagesKept: z.int(),
    lastMessageAt: Instant.nullable(),
    addedAt: Instant,
    updatedAt: Instant,
  })
  .meta({ id: 'Contact' });
export type Contact = z.infer<typeof Contact>;

export const BookQuery = z.object({ cursor: Cursor.optional(), limit: Limit, search: z.string().max(200).optional() });
export const BookPage = page(Contact).extend({ total: z.int() });
export type BookPage = z.infer<typeof BookPage>;

export const BookSummary = z
  .object({
    contacts: z.int(),
    addresses: z.int(),
    excluded: z.int(),
    revision: z.int(),
    changedAt: Instant.nullable(),
  })
  .meta({ id: 'BookSummary' });
export type BookSummary = z.infer<typeof BookSummary>;

export const BookImportQuery = z.object({
  dryRun: z.stringbool().default(false),
  format: z.enum(['auto', 'csv', 'vcard']).default('auto'),
});
export const BookImportReport = z
  .object({
    format: z.enum(['csv', 'vcard']),
    /** Recognised exporter, e.g. hubspot, salesforce, google, outlook, or generic. */
    layout: z.string(),
    /** Which column was taken for what. */
    columns: z.record(z.string(), z.string()),
    rows: z.int(),
    added: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    skipped: z
      .array(z.object({ row: z.int(), column: z.string().nullable(), reason: z.string() }))
      .meta({ description: 'First 100; values are never echoed' }),
    skippedTotal: z.int(),
    revision: z.int(),
    dryRun: z.boolean(),
  })
  .meta({ id: 'BookImportReport' });
export type BookImportReport = z.infer<typeof BookImportReport>;
