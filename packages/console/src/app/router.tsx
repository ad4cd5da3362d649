// Every address of the console. Filters, range and the open panel live in the search part, parsed once here; pages
// load when they are first opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router';
import { readAppsSearch, readGroupsSearch, readMembersSearch } from '../access/access-search.ts';
import { readBookSearch } from '../gate/book-search.ts';
import { readLedgerSearch } from '../gate/ledger-search.ts';
import { readHomeSearch } from '../home/home-search.ts';
import { readSetupSearch } from '../setup/setup-search.ts';
import { readDeviceSearch } from '../sign-in/user-code.ts';
import { readSourcesSearch } from '../sources/sources-search.ts';
import { readAuditSearch } from '../trace/audit-search.ts';
import { Frame } from './frame.tsx';
import { FaultPage, NotFound } from './not-found.tsx';
import { understood } from './search.ts';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: FaultPage });
const frame = createRoute({ getParentRoute: () => root, id: 'frame', component: Frame });

const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  validateSearch: understood(readHomeSearch),
  component: lazyRouteComponent(() => import('../home/home.page.tsx'), 'HomePage'),
});
const ledger = createRoute({
  getParentRoute: () => frame,
  path: '/ledger',
  validateSearch: understood(readLedgerSearch),
  component: lazyRouteComponent(() => import('../gate/ledger.page.tsx'), 'LedgerPage'),
});
const book = createRoute({
  getParentRoute: () => frame,
  path: '/book',
  validateSearch: understood(readBookSearch),
  component: lazyRouteComponent(() => import('../gate/book.page.tsx'), 'BookPage'),
});
// Asking keeps nothing in the address: a question holds addresses, and addresses stay out of URLs.
const ask = createRoute({
  getParentRoute: () => frame,
  path: '/ask',
  component: lazyRouteComponent(() => import('../gate/ask.page.tsx'), 'AskPage'),
});
const sources = createRoute({
  getParentRoute: () => frame,
  path: '/sources',
  validateSearch: understood(readSourcesSearch),
  component: lazyRouteComponent(() => import('../sources/sources.page.tsx'), 'SourcesPage'),
});
const audit = createRoute({
  getParentRoute: () => frame,
  path: '/audit',
  validateSearch: understood(readAuditSearch),
  component: lazyRouteComponent(() => import('../trace/audit.page.tsx'), 'AuditPage'),
});
const members = createRoute({
  getParentRoute: () => frame,
  path: '/members',
  validateSearch: understood(readMembersSearch),
  component: lazyRouteComponent(() => import('../access/members.page.tsx'), 'MembersPage'),
});
const groups = createRoute({
  getParentRoute: () => frame,
  path: '/groups',
  validateSearch: understood(readGroupsSearch),
  component: lazyRouteComponent(() => import('../access/groups.page.tsx'), 'GroupsPage'),
});
const apps = createRoute({
  getParentRoute: () => frame,
  path: '/apps',
  validateSearch: understood(readAppsSearch),
  component: lazyRouteComponent(() => import('../access/apps.page.tsx'), 'AppsPage'),
});
const sessions = createRoute({
  getParentRoute: () => frame,
  path: '/sessions',
  component: lazyRouteComponent(() => import('../access/sessions.page.tsx'), 'SessionsPage'),
});
const callback = createRoute({
  getParentRoute: () => root,
  path: '/callback',
  component: lazyRouteComponent(() => import('../sign-in/callback.page.tsx'), 'CallbackPage'),
});
const device = createRoute({
  getParentRoute: () => root,
  path: '/device',
  validateSearch: understood(readDeviceSearch),
  component: lazyRouteComponent(() => import('../sign-in/device.page.tsx'), 'DevicePage'),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  validateSearch: understood(readSetupSearch),
  component: lazyRouteComponent(() => import('../setup/setup.page.tsx'), 'SetupPage'),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('../setup/sign-in.page.tsx'), 'SignInPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    frame.addChildren([home, members, groups, apps, ledger, book, ask, sources, audit, sessions]),
    setup,
    signIn,
    callback,
    device,
  ]),
  basepath: '/console',
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
