// Before anybody is sent to a provider: which one, what will be asked for and why. The yes itself is said over there.
import type { ConnectableProvider, ConnectionProvider } from '@sentinel/contract';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { sourcePhrases } from '../phrases/en/sources.ts';
import { uiPhrases } from '../phrases/en/ui.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { Token } from '../ui/outcome-pill.tsx';
import { SelectField } from '../ui/select-field.tsx';
import { useAuthorize } from './sources.queries.ts';

const say = sourcePhrases.dialog;

interface ConnectDialogProps {
  readonly providers: readonly ConnectableProvider[];
  readonly first: ConnectionProvider;
  readonly onClose: () => void;
}

export function ConnectDialog({ providers, first, onClose }: ConnectDialogProps) {
  const authorize = useAuthorize();
  const [chosen, setChosen] = useState<ConnectionProvider>(first);
  const provider = providers.find((each) => each.provider === chosen);
  const title = sourcePhrases.providers[chosen];
  return (
    <Dialog title={say.title} wide onClose={onClose}>
      <div className="flex flex-col gap-5">
        <SelectField
          label={say.choose}
          help={sourcePhrases.gives[chosen]}
          value={chosen}
          choices={providers.map((each) => ({ value: each.provider, label: each.title }))}
          onChoose={setChosen}
        />
        {provider !== undefined && <Asked provider={provider} />}
        {authorize.error !== null && <ProblemView error={authorize.error} action="sources:manage" />}
        <DialogActions>
          <Button onClick={onClose}>{uiPhrases.cancel}</Button>
          <Button
            look="solid"
            disabled={authorize.isPending || authorize.isSuccess || provider?.configured !== true}
            onClick={() => authorize.mutate(chosen, { onSuccess: ({ location: address }) => location.assign(address) })}
          >
            {say.go(title)}
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

function Asked({ provider }: { readonly provider: ConnectableProvider }) {
  return (
    <>
      <section>
        <h3 className="type-strong mb-2">{say.asks}</h3>
        <ul className="flex flex-col gap-2">
          {provider.scopes.map(({ scope, purpose }) => (
            <li key={scope}>
              <Token>{scope}</Token>
              <span className="type-caption block text-ink-2">{purpose}</span>
            </li>
          ))}
        </ul>
        {provider.caution !== null && <p className="type-caption mt-3 text-ink-2">{provider.caution}</p>}
      </section>
      {!provider.configured && (
        <Notice look="mute" title={say.notConfigured(provider.title)}>
          <p>{say.settings}</p>
          <ul className="mt-1 flex flex-wrap gap-1.5">
            {provider.missingSettings.map((name) => (
              <li key={name}>
                <Token>{name}</Token>
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}
