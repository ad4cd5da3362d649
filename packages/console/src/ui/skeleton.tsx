// Grey lines where content will stand; shown only when loading takes longer than one would notice.
import { uiPhrases as say } from '../phrases/en/ui.ts';

export function Skeleton({ lines = 6 }: { readonly lines?: number }) {
  return (
    <div role="status" className="appear-late flex flex-col gap-4 p-6 max-phone:p-4">
      <span className="sr-only">{say.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} aria-hidden className={`h-3 rounded-key bg-mute-tint ${line % 3 === 0 ? 'w-2/5' : 'w-4/5'}`} />
      ))}
    </div>
  );
}
