// How coming back from a provider ended; stays on the page until somebody has read it.
import type { Connection } from '@sentinel/contract';
import { X } from '@phosphor-icons/react/dist/csr/X';
import { getRouteApi } from '@tanstack/react-router';
import { sourcePhrases as say } from '../phrases/en/sources.ts';
import { IconButton } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

const route = getRouteApi('/frame/sources');

export function CameBack({ connections }: { readonly connections: readonly Connection[] }) {
  const { connected, refused } = route.useSearch();
  const navigate = route.useNavigate();
  const dismiss = <DismissButton onDismiss={() => void navigate({ search: {} })} />;
  const made = connections.find(({ id }) => id === connected);
  if (made !== undefined) {
    const { provider, account } = made;
    const title = say.connected(say.providers[provider], account.name ?? account.id);
    return <Notice look="yes" title={title} action={dismiss} />;
  }
  if (refused === undefined) return null;
  // Whoever pressed Cancel over there got what they wanted.
  const isAnswer = refused === 'denied';
  return (
    <Notice look={isAnswer ? 'mute' : 'broken'} urgent={!isAnswer} title={say.refused(refused)} action={dismiss} />
  );
}

export function DismissButton({ onDismiss }: { readonly onDismiss: () => void }) {
  return (
    <IconButton label={say.dismiss} onClick={onDismiss}>
      <X size={16} aria-hidden />
    </IconButton>
  );
}
