// What needs somebody, as the overview lists it: each with the page where something can be done about it.
import { ATTENTION_REASONS, type Home, type Trouble, TROUBLES } from '@sentinel/contract';
import type { StoredConnection } from './sources/connection/connection.ts';
import { titleOf } from './sources/connection/providers/source-providers.ts';

export interface AttentionFacts {
  readonly failedClosed: number;
  readonly contacts: number;
  readonly seen: number;
  /** When an import began that was interrupted, or null. */
  readonly interrupted: string | null;
  /** Those that the reader may see. */
  readonly connections: readonly Pick<StoredConnection, 'provider' | 'account' | 'reason' | 'trouble'>[];
}

type Attention = Home['attention'][number];

/** What is broken first. */
export function attentionOf(facts: AttentionFacts): Attention[] {
  const { failedClosed, contacts, seen, interrupted, connections } = facts;
  const attention: Attention[] = [];
  if (failedClosed > 0) {
    attention.push({
      kind: 'broken',
      title: `${failedClosed} ${failedClosed === 1 ? 'message' : 'messages'} failed closed`,
      note: 'Something could not be verified, so nothing of them was stored.',
      href: '/console/ledger?outcome=fail_closed',
      at: null,
    });
  }
  attention.push(...connections.flatMap(sourceAttention));
  if (interrupted !== null) {
    attention.push({
      kind: 'broken',
      title: 'An import was interrupted',
      note: 'Run the same import again: it goes on where it stopped.',
      href: '/console/ledger',
      at: interrupted,
    });
  }
  if (contacts === 0 && seen > 0) {
    attention.push({
      kind: 'todo',
      title: 'The contact book is empty',
      note: 'Nothing can pass until it holds a contact.',
      href: '/console/book',
      at: null,
    });
  }
  return attention;
}

/** These troubles do not mend by themselves: whoever runs the installation has to set something right. */
const NEED_SOMEBODY: ReadonlySet<Trouble> = new Set(['client_refused', 'key_missing']);

function sourceAttention({ provider, account, reason, trouble }: AttentionFacts['connections'][number]): Attention[] {
  const lasting = trouble !== null && NEED_SOMEBODY.has(trouble.kind) ? trouble : null;
  const sentence = reason !== null ? ATTENTION_REASONS[reason] : lasting !== null ? TROUBLES[lasting.kind] : null;
  if (sentence === null) return [];
  return [
    {
      kind: 'broken',
      title: `${titleOf(provider)} needs attention`,
      note: `${account.name ?? account.id}: ${sentence}`,
      href: '/console/sources',
      at: lasting?.since.toISOString() ?? null,
    },
  ];
}
