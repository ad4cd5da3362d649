// A tinted line that says how something stands: holds, broken, doubtful, running, or just a remark.
import type { ReactNode } from 'react';
import { ArcGlyph, HoldsGlyph, TriangleGlyph } from './glyph.tsx';

export type NoticeLook = 'yes' | 'broken' | 'live' | 'mute';

const LOOKS: Record<NoticeLook, string> = {
  yes: 'border-yes-edge bg-yes-tint',
  broken: 'border-broken-edge bg-broken-tint',
  live: 'border-live-edge bg-live-tint',
  mute: 'border-mute-edge bg-mute-tint',
};

interface NoticeProps {
  readonly look: NoticeLook;
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  /** Problems interrupt; the rest is read when there is time. */
  readonly urgent?: boolean;
}

export function Notice({ look, title, children, action, urgent = false }: NoticeProps) {
  return (
    <div
      role={urgent ? 'alert' : 'status'}
      className={`flex flex-wrap items-center gap-x-3 gap-y-2 rounded-box border px-4 py-3 ${LOOKS[look]}`}
    >
      {look === 'yes' && <HoldsGlyph size={16} />}
      {look === 'broken' && <TriangleGlyph size={16} />}
      {look === 'live' && <ArcGlyph size={16} />}
      <div className="min-w-0 flex-1 basis-48">
        <p className="type-strong">{title}</p>
        {children !== undefined && <div className="type-caption text-ink-2">{children}</div>}
      </div>
      {action}
    </div>
  );
}
