// Adding somebody by their address: whoever is known becomes a member at once, anybody else when they first sign in.
import { WORKSPACE_ROLES, type WorkspaceRole } from '@sentinel/contract/actions';
import { type FormEvent, useState } from 'react';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { useSignedIn } from '../app/session.ts';
import { memberPhrases } from '../phrases/en/access.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { uiPhrases } from '../phrases/en/ui.ts';
import { useProviders } from '../sign-in/sign-in.queries.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { SelectField } from '../ui/select-field.tsx';
import { useToast } from '../ui/toast.tsx';
import { useInvite } from './members.queries.ts';

const say = memberPhrases.inviting;

export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const invite = useInvite();
  const providers = useProviders();
  const toast = useToast();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<WorkspaceRole>('viewer');
  const [missing, setMissing] = useState(false);
  const roles = useGivableRoles();
  const taken = invite.error instanceof ProblemError && invite.error.code === 'already_exists';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isAddress = /^\S+@\S+\.\S+$/.test(email.trim());
    setMissing(!isAddress);
    if (!isAddress) return;
    invite.mutate(
      { email: email.trim(), role },
      {
        onSuccess: (member) => {
          toast({ sentence: member === null ? say.invited : say.added(member.name), onUndo: null });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog title={say.title} onClose={onClose}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <p className="text-ink-2">{say.why}</p>
        {providers.data?.providers.length === 0 && <Notice look="mute" title={say.noProvider} />}
        <Field
          label={say.email}
          type="email"
          value={email}
          maxLength={254}
          autoComplete="off"
          onChange={(event) => {
            setMissing(false);
            invite.reset();
            setEmail(event.target.value);
          }}
          mistake={missing ? say.missing : taken ? say.exists : null}
        />
        <SelectField
          label={say.role}
          help={memberPhrases.roleNote(role)}
          value={role}
          choices={roles.map((each) => ({ value: each, label: framePhrases.roles[each] }))}
          onChoose={setRole}
        />
        {invite.isError && !taken && <ProblemView error={invite.error} />}
        <DialogActions>
          <Button onClick={onClose}>{uiPhrases.cancel}</Button>
          <Button type="submit" look="solid" disabled={invite.isPending}>
            {say.go}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** Owners are made by owners. */
export function useGivableRoles(): readonly WorkspaceRole[] {
  const { role } = useSignedIn();
  return role === 'owner' ? WORKSPACE_ROLES : WORKSPACE_ROLES.filter((each) => each !== 'owner');
}
