// Shapes that several routes share.
import { z } from 'zod';

export const Id = z.uuid().meta({ description: 'UUID, version 7' });
export const Instant = z.iso.datetime({ offset: true }).meta({ description: 'ISO 8601 instant with zone' });

/** RFC 9457 problem document; `detail` is always a string so that simple clients can show it. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: 'Request id' }),
    code: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** A page of a list: `next` is the cursor of the following page, or null at the end. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

export const Cursor = z.string().max(400);
export const Limit = z.coerce.number().int().min(1).max(200).default(50);
