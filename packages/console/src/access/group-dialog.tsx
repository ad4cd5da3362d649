// Creating a group, or changing its name and what it is for.
import type { Group } from '@sentinel/contract';
import { type FormEvent, useState } from 'react';
import { ProblemError } from '../app/problem-error.ts';
import { ProblemView } from '../app/problem-view.tsx';
import { groupPhrases } from '../phrases/en/access.ts';
import { uiPhrases } from '../phrases/en/ui.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { useSaveGroup } from './groups.queries.ts';

const say = groupPhrases.form;

interface GroupDialogProps {
  /** Null for a new one. */
  readonly group: Group | null;
  readonly onSaved: (group: Group) => void;
  readonly onClose: () => void;
}

export function GroupDialog({ group, onSaved, onClose }: GroupDialogProps) {
  const save = useSaveGroup(group?.id ?? null);
  const [name, setName] = useState(group?.name ?? '');
  const [description, setDescription] = useState(group?.description ?? '');
  const [missing, setMissing] = useState(false);
  const taken = save.error instanceof ProblemError && save.error.code === 'already_exists';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setMissing(name.trim() === '');
    if (name.trim() === '') return;
    save.mutate(
      { name, description },
      {
        onSuccess: (saved) => {
          onClose();
          onSaved(saved);
        },
      },
    );
  };
  return (
    <Dialog title={group === null ? say.create : say.edit} onClose={onClose}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <Field
          label={say.name}
          value={name}
          maxLength={255}
          autoComplete="off"
          onChange={(event) => {
            setMissing(false);
            save.reset();
            setName(event.target.value);
          }}
          mistake={missing ? say.missing : taken ? say.taken : null}
        />
        <Field
          label={say.description}
          value={description}
          maxLength={2000}
          autoComplete="off"
          onChange={(event) => setDescription(event.target.value)}
        />
        {save.isError && !taken && <ProblemView error={save.error} />}
        <DialogActions>
          <Button onClick={onClose}>{uiPhrases.cancel}</Button>
          <Button type="submit" look="solid" disabled={save.isPending}>
            {group === null ? say.go : say.save}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
