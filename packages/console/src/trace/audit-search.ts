// What the address of the audit page says: filters and the open row.

export const AUDIT_RANGES = ['24h', '7d', '30d'] as const;
export type AuditRange = (typeof AUDIT_RANGES)[number];

export interface AuditSearch {
  readonly event?: string;
  /** Left out for all time. */
  readonly range?: AuditRange;
  readonly row?: string;
}

export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const event =
    typeof search['event'] === 'string' && /^[a-z]+\.[a-z_]+$/.test(search['event']) ? search['event'] : undefined;
  const range = AUDIT_RANGES.find((known) => known === search['range']);
  const row =
    typeof search['row'] === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(search['row'])
      ? search['row']
      : undefined;
  return {
    ...(event === undefined ? {} : { event }),
    ...(range === undefined ? {} : { range }),
    ...(row === undefined ? {} : { row }),
  };
}

const DAYS = { '24h': 1, '7d': 7, '30d': 30 } as const;

/** Where a range begins, at a whole hour; undefined for all time. */
export function auditSince(range: AuditRange | undefined, now: Date): string | undefined {
  if (range === undefined) return undefined;
  const hour = Math.floor(now.getTime() / 3_600_000) * 3_600_000;
  return new Date(hour - DAYS[range] * 86_400_000).toISOString();
}
