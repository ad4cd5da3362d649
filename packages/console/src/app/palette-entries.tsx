// What the palette offers: found contacts and ledger entries, acts, and pages, filtered by what was typed and by
// what one may do.
import type { Contact } from '@sentinel/contract';
import type { Action } from '@sentinel/contract/actions';
import { AddressBook } from '@phosphor-icons/react/dist/csr/AddressBook';
import { CircleHalf } from '@phosphor-icons/react/dist/csr/CircleHalf';
import { EnvelopeOpen } from '@phosphor-icons/react/dist/csr/EnvelopeOpen';
import { Keyboard } from '@phosphor-icons/react/dist/csr/Keyboard';
import { Plugs } from '@phosphor-icons/react/dist/csr/Plugs';
import { Rows } from '@phosphor-icons/react/dist/csr/Rows';
import { ShieldCheck } from '@phosphor-icons/react/dist/csr/ShieldCheck';
import { SignOut } from '@phosphor-icons/react/dist/csr/SignOut';
import { UploadSimple } from '@phosphor-icons/react/dist/csr/UploadSimple';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { framePhrases } from '../phrases/en/frame.ts';
import { PAGES } from './pages.ts';
import { useSignedIn, useSignOut } from './session.ts';
import { applyTheme, currentTheme, nextTheme, toggleDensity } from './theme.ts';

const say = framePhrases.palette;

export type PaletteGroup = 'find' | 'act' | 'goTo';

export interface PaletteEntry {
  readonly key: string;
  readonly group: PaletteGroup;
  readonly name: string;
  readonly note: string;
  readonly icon: ReactNode;
  readonly keys: readonly string[];
  readonly action: Action | null;
  readonly run: () => void;
}

interface EntriesRequest {
  readonly text: string;
  readonly contacts: readonly Contact[];
  readonly onShortcuts: () => void;
}

/** Everything that fits the text and that the signed-in person may do, in the order it is shown. */
export function usePaletteEntries({ text, contacts, onShortcuts }: EntriesRequest): PaletteEntry[] {
  const { actions } = useSignedIn();
  const found = useFound(text, contacts);
  const acts = useActs(onShortcuts);
  const pages = usePages();
  const words = text.trim().toLowerCase();
  const fits = (entry: PaletteEntry) => words === '' || entry.name.toLowerCase().includes(words);
  return [...found, ...acts.filter(fits), ...pages.filter(fits)].filter(
    (entry) => entry.action === null || actions.includes(entry.action),
  );
}

const ENTRY_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function useFound(text: string, contacts: readonly Contact[]): PaletteEntry[] {
  const navigate = useNavigate();
  const entries: PaletteEntry[] = contacts.map((contact) => ({
    key: contact.id,
    group: 'find',
    name: contact.name ?? contact.addresses[0] ?? '',
    note: [contact.excluded ? say.excluded : say.contact, contact.company].filter((part) => part !== null).join(', '),
    icon: <AddressBook size={16} aria-hidden />,
    keys: [],
    action: 'book:read',
    run: () => void navigate({ to: '/book', search: { search: contact.addresses[0] ?? contact.name ?? '' } }),
  }));
  const id = text.trim();
  if (ENTRY_ID.test(id)) {
    const run = () => void navigate({ to: '/ledger', search: { range: 'all', entry: id } });
    entries.push({
      key: id,
      group: 'find',
      name: say.openEntry,
      note: id,
      icon: <Rows size={16} aria-hidden />,
      keys: [],
      action: 'ledger:read',
      run,
    });
  }
  return entries;
}

function useActs(onShortcuts: () => void): PaletteEntry[] {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const act = (entry: Pick<PaletteEntry, 'key' | 'name' | 'icon' | 'action' | 'run'>): PaletteEntry => ({
    group: 'act',
    note: '',
    keys: [],
    ...entry,
  });
  const icon = (Icon: typeof Rows) => <Icon size={16} aria-hidden />;
  const theme = () => applyTheme(nextTheme(currentTheme()));
  const toImport = () => void navigate({ to: '/book', search: { import: true } });
  const toConnect = () => void navigate({ to: '/sources', search: { connect: 'choose' } });
  return [
    act({
      key: 'ask',
      name: framePhrases.pages.ask,
      icon: icon(EnvelopeOpen),
      action: 'gate:ask',
      run: () => void navigate({ to: '/ask' }),
    }),
    act({ key: 'connect', name: say.connectAccount, icon: icon(Plugs), action: 'sources:manage', run: toConnect }),
    act({ key: 'import', name: say.importContacts, icon: icon(UploadSimple), action: 'book:import', run: toImport }),
    act({
      key: 'verify',
      name: say.verify,
      icon: icon(ShieldCheck),
      action: 'audit:read',
      run: () => void navigate({ to: '/audit' }),
    }),
    act({ key: 'theme', name: say.theme, icon: icon(CircleHalf), action: null, run: theme }),
    act({ key: 'density', name: say.density, icon: icon(Rows), action: null, run: toggleDensity }),
    {
      ...act({ key: 'shortcuts', name: say.shortcuts, icon: icon(Keyboard), action: null, run: onShortcuts }),
      keys: ['?'],
    },
    act({
      key: 'sign-out',
      name: framePhrases.signOut,
      icon: icon(SignOut),
      action: null,
      run: () => signOut.mutate(),
    }),
  ];
}

function usePages(): PaletteEntry[] {
  const navigate = useNavigate();
  return PAGES.map(({ key, to, icon: Icon, letter, action }) => ({
    key: `page-${key}`,
    group: 'goTo',
    name: framePhrases.pages[key],
    note: '',
    icon: <Icon size={16} aria-hidden />,
    keys: ['g', letter],
    action,
    run: () => void navigate({ to }),
  }));
}
