// What verifying the chain found: it holds, or exactly where it does not.
import type { AuditVerification } from '@sentinel/contract';
import { ProblemView } from '../app/problem-view.tsx';
import { auditPhrases as say } from '../phrases/en/audit.ts';
import { formatTime } from '../phrases/format.ts';
import { Notice } from '../ui/notice.tsx';
import { shortId } from '../ui/side-panel.tsx';

interface ChainNoticeProps {
  readonly verify: {
    readonly isPending: boolean;
    readonly error: Error | null;
    readonly data: AuditVerification | undefined;
  };
}

export function ChainNotice({ verify }: ChainNoticeProps) {
  const content = contentOf(verify);
  return content === null ? null : <div className="px-6 pt-4 max-phone:px-4">{content}</div>;
}

function contentOf({ isPending, error, data }: ChainNoticeProps['verify']) {
  if (isPending) return <Notice look="live" title={say.verifying} />;
  if (error !== null) return <ProblemView error={error} action="audit:read" />;
  if (data === undefined) return null;
  if (data.brokenAt !== null || !data.intact) {
    return (
      <Notice look="broken" urgent title={say.broken(data.brokenAt?.seq ?? 0)}>
        {say.brokenNote(data.brokenAt?.reason ?? '')}
      </Notice>
    );
  }
  return (
    <Notice look="yes" title={say.intact}>
      <span className="type-number">
        {say.intactNote(data.rows, data.checkpoints)} <code className="type-mono">{shortId(data.head)}</code>{' '}
        {formatTime(data.verifiedAt)}
      </span>
    </Notice>
  );
}
