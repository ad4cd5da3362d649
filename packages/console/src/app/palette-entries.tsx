// What the palette offers: found contacts and ledger entries, acts, and pages, filtered by what was typed and by
// what one may do.
import type { Contact } from '@sentinel/contract';
import type { Action } from '@sentinel/contract/actions';
import { AddressBook } from '@phosphor-icons/react/dist/csr/AddressBook';
import { CircleHalf } from '@phosphor-icons/react/dist/csr/CircleHalf';
import { EnvelopeOpen } from '@phosphor-icons/react/dist/csr/EnvelopeOpen';
import { Keyboard } from '@phosphor-icons/react/dist/csr/Keyboard';
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
  return [...found, ...acts.filter(fits), ...pages.filter(fits)].filter((entry) => entry.action === null || actions.includes(entry.action));
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
    entries.push({ key: id, group: 'find', name: say.openEntry, note: id, icon: <Rows size={16} aria-hidden />, keys: [], action: 'ledger:read', run });
  }
  return entries;
}

function useActs(onShortcuts: () => void): PaletteEntry[] {
  const navigate = useNavigate();
  const signOut = useSignOut();
  const act = (key: string, name: string, icon: ReactNode, run: () => void, action: Action | null = null): PaletteEntry => ({ key, group: 'act', name, note: '', icon, keys: [], action, run });
  return [
    act('ask', framePhrases.pages.ask, <EnvelopeOpen size={16} aria-hidden />, () => void navigate({ to: '/ask' }), 'gate:ask'),
    act('import', say.importContacts, <UploadSimple size={16} aria-hidden />, () => void navigate({ to: '/book', search: { import: true } }), 'book:import'),
    act('verify', say.verify, <ShieldCheck size={16} aria-hidden />, () => void navigate({ to: '/audit' }), 'audit:read'),
    act('theme', say.theme, <CircleHalf size={16} aria-hidden />, () => applyTheme(nextTheme(currentTheme()))),
    act('density', say.density, <Rows size={16} aria-hidden />, toggleDensity),
    { ...act('shortcuts', say.shortcuts, <Keyboard size={16} aria-hidden />, onShortcuts), keys: ['?'] },
    act('sign-out', framePhrases.signOut, <SignOut size={16} aria-hidden />, () => signOut.mutate()),
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
