// State of the installation and the overview of a workspace.
import { z } from 'zod';
import { AuditRow } from './audit.ts';
import { Instant } from './shapes.ts';
import { OutcomeSeries } from './gate.ts';

export const Health = z.object({ status: z.enum(['ok', 'starting', 'unwell']), version: z.string() });
export type Health = z.infer<typeof Health>;

export const Check = z.object({
  name: z.string(),
  state: z.enum(['ok', 'warning', 'failed']),
  finding: z.string(),
  fix: z.string().nullable(),
});
export type Check = z.infer<typeof Check>;

export const SystemState = z
  .object({
    version: z.string(),
    startedAt: Instant,
    database: z.object({ kind: z.enum(['embedded', 'server']), version: z.string(), bytes: z.int() }),
    checks: z.array(Check),
    jobs: z.object({ waiting: z.int(), running: z.int(), failed: z.int() }),
  })
  .meta({ id: 'SystemState' });
export type SystemState = z.infer<typeof SystemState>;

export const HomeQuery = z.object({ range: z.enum(['24h', '7d', '30d']).default('24h') });
export const Attention = z.object({
  kind: z.enum(['broken', 'todo']),
  title: z.string(),
  note: z.string(),
  href: z.string(),
  at: Instant.nullable(),
});
export const Home = z
  .object({
    asOf: Instant,
    boundaryHolds: z.boolean(),
    /** Messages whose outcome was fail_closed in the range: held back, nothing stored. */
    failedClosed: z.int(),
    kept: z.int(),
    seen: z.int(),
    contacts: z.int(),
    lastImportAt: Instant.nullable(),
    series: OutcomeSeries,
    attention: z.array(Attention),
    setup: z.array(z.object({ key: z.string(), title: z.string(), done: z.boolean(), href: z.string() })),
    recent: z.array(
      z.object({
        at: Instant,
        actor: z.string(),
        event: z.string(),
        note: z.string(),
        result: AuditRow.shape.result,
      }),
    ),
  })
  .meta({ id: 'Home' });
export type Home = z.infer<typeof Home>;
