// What a link page shows when its link cannot be used: used or expired, missing, or the setup is done.
import { setupPhrases as say } from '../phrases/en/setup.ts';
import { CommandLine } from '../ui/copy-button.tsx';

function LinkState({
  title,
  detail,
  command,
}: {
  readonly title: string;
  readonly detail: string;
  readonly command: string | null;
}) {
  return (
    <div className="flex max-w-[480px] flex-col items-start gap-4">
      <h1 className="type-sentence">{title}</h1>
      <p className="text-ink-2">{detail}</p>
      {command !== null && <CommandLine command={command} />}
    </div>
  );
}

const OPEN = 'npx --no sentinel open';

export const LinkInvalid = () => <LinkState {...say.linkInvalid} command={OPEN} />;
export const AlreadySetUp = () => <LinkState {...say.alreadySetUp} command={OPEN} />;
export const NoToken = () => <LinkState {...say.noToken} command={null} />;
