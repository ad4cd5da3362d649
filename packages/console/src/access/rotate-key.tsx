// A new key for a service, with as long an overlap as its servers need to take it up.
import type { ServiceApp } from '@sentinel/contract';
import { type FormEvent, useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { appPhrases } from '../phrases/en/apps.ts';
import { uiPhrases } from '../phrases/en/ui.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { SelectField } from '../ui/select-field.tsx';
import { useRotateKey } from './apps.queries.ts';

const say = appPhrases.rotate;

const GRACES = { now: 0, hour: 3600, day: 86_400 } as const;
type Grace = keyof typeof GRACES;
const CHOICES = (['now', 'hour', 'day'] as const).map((value) => ({ value, label: say.graces[value] }));

export function RotateKey({ app, onKey }: { readonly app: ServiceApp; readonly onKey: (key: string) => void }) {
  const [asking, setAsking] = useState(false);
  const [grace, setGrace] = useState<Grace>('hour');
  const rotate = useRotateKey();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rotate.mutate(
      { id: app.id, graceSeconds: GRACES[grace] },
      {
        onSuccess: ({ api_key: key }) => {
          setAsking(false);
          onKey(key);
        },
      },
    );
  };
  return (
    <div>
      <Button onClick={() => setAsking(true)}>{say.act}</Button>
      {asking && (
        <Dialog title={say.title(app.name)} onClose={() => setAsking(false)}>
          <form onSubmit={submit} className="flex flex-col gap-5">
            <SelectField label={say.grace} value={grace} choices={CHOICES} onChoose={setGrace} />
            {rotate.isError && <ProblemView error={rotate.error} />}
            <DialogActions>
              <Button onClick={() => setAsking(false)}>{uiPhrases.cancel}</Button>
              <Button type="submit" look="solid" disabled={rotate.isPending}>
                {say.go}
              </Button>
            </DialogActions>
          </form>
        </Dialog>
      )}
    </div>
  );
}
