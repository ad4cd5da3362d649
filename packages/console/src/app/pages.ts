// The pages of the console, in one table: the rail, the palette and the shortcuts all read it.
import type { Action } from '@sentinel/contract/actions';
import { AddressBook } from '@phosphor-icons/react/dist/csr/AddressBook';
import { EnvelopeOpen } from '@phosphor-icons/react/dist/csr/EnvelopeOpen';
import { Devices } from '@phosphor-icons/react/dist/csr/Devices';
import { House } from '@phosphor-icons/react/dist/csr/House';
import { Key } from '@phosphor-icons/react/dist/csr/Key';
import { Rows } from '@phosphor-icons/react/dist/csr/Rows';
import { Plugs } from '@phosphor-icons/react/dist/csr/Plugs';
import { Scroll } from '@phosphor-icons/react/dist/csr/Scroll';
import { Users } from '@phosphor-icons/react/dist/csr/Users';
import { UsersThree } from '@phosphor-icons/react/dist/csr/UsersThree';

export const PAGES = [
  { key: 'home', to: '/', icon: House, action: 'home:read', section: null, letter: 'h' },
  { key: 'members', to: '/members', icon: Users, action: 'home:read', section: 'access', letter: 'm' },
  { key: 'groups', to: '/groups', icon: UsersThree, action: 'home:read', section: 'access', letter: 'r' },
  { key: 'apps', to: '/apps', icon: Key, action: 'home:read', section: 'access', letter: 'p' },
  { key: 'ledger', to: '/ledger', icon: Rows, action: 'ledger:read', section: 'gate', letter: 'l' },
  { key: 'book', to: '/book', icon: AddressBook, action: 'book:read', section: 'gate', letter: 'c' },
  { key: 'ask', to: '/ask', icon: EnvelopeOpen, action: 'gate:ask', section: 'gate', letter: 'a' },
  { key: 'sources', to: '/sources', icon: Plugs, action: 'sources:read', section: 'gate', letter: 'o' },
  { key: 'audit', to: '/audit', icon: Scroll, action: 'audit:read', section: 'trace', letter: 'u' },
  { key: 'sessions', to: '/sessions', icon: Devices, action: 'session:read', section: 'me', letter: 's' },
] as const satisfies readonly { action: Action; [field: string]: unknown }[];

export type PageEntry = (typeof PAGES)[number];
