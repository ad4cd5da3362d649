// An owner's help for a member who cannot come in by themselves: a one-time link, shown once.
import type { Member } from '@sentinel/contract';
import { Copy } from '@phosphor-icons/react/dist/csr/Copy';
import { ProblemView } from '../app/problem-view.tsx';
import { memberPhrases } from '../phrases/en/access.ts';
import { formatFull } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { useSignInLink } from './members.queries.ts';

const say = memberPhrases.link;

export function SignInLinkFor({ member }: { readonly member: Member }) {
  const link = useSignInLink();
  return (
    <div className="flex flex-col items-start gap-3">
      <Button disabled={link.isPending} onClick={() => link.mutate(member.email)}>
        {say.act}
      </Button>
      {link.isError && <ProblemView error={link.error} action="operator:sign-in-link" />}
      {link.data !== undefined && (
        <Dialog title={say.title(member.name)} onClose={link.reset}>
          <p className="mb-4 text-ink-2">{say.why}</p>
          <code className="type-mono block rounded-box border border-line bg-code px-3 py-2.5 break-all">
            {link.data.url}
          </code>
          <p className="type-caption mt-2 text-ink-2">{say.ends(formatFull(link.data.expiresAt))}</p>
          <DialogActions>
            <CopyButton text={link.data.url} label={say.copy} icon={<Copy size={14} aria-hidden />} />
            <Button look="solid" onClick={link.reset}>
              {say.close}
            </Button>
          </DialogActions>
        </Dialog>
      )}
    </div>
  );
}
