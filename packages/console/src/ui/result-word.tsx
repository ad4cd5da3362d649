// How an act ended, as the audit log keeps it: done stays quiet, denied and failed do not look like it.
import type { AuditRow } from '@sentinel/contract';
import { auditPhrases } from '../phrases/en/audit.ts';

const LOOKS: Record<AuditRow['result'], string> = { ok: 'text-ink-2', denied: 'text-no', failed: 'text-broken' };

export function ResultWord({ result }: { readonly result: AuditRow['result'] }) {
  return <span className={`type-caption type-strong ${LOOKS[result]}`}>{auditPhrases.results[result]}</span>;
}
