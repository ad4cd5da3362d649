// The contact book: who opens the gate. Search, the import, and excluding a contact with a way back.
import type { Contact } from '@sentinel/contract';
import { UploadSimple } from '@phosphor-icons/react/dist/csr/UploadSimple';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { useMay } from '../app/session.ts';
import { bookPhrases as say } from '../phrases/en/book.ts';
import { framePhrases } from '../phrases/en/frame.ts';
import { formatAgo } from '../phrases/format.ts';
import { Button, ButtonLink } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { SearchField } from '../ui/field.tsx';
import { LoadMore } from '../ui/load-more.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { useToast } from '../ui/toast.tsx';
import { useBookSummary, useContacts, useExclusion } from './book.queries.ts';
import { BookTable } from './book-table.tsx';

const ImportDialog = lazy(async () => ({ default: (await import('./book-import-dialog.tsx')).BookImportDialog }));
const route = getRouteApi('/frame/book');

export function BookPage() {
  const { search = '', import: importing } = route.useSearch();
  const navigate = route.useNavigate();
  const contacts = useContacts(search);
  const mayImport = useMay('book:import');
  const rows = contacts.data?.pages.flatMap((page) => page.items) ?? [];
  const total = contacts.data?.pages[0]?.total ?? 0;
  return (
    <Page
      title={framePhrases.pages.book}
      freshness={<Freshness at={contacts.dataUpdatedAt} failing={contacts.isRefetchError} />}
      actions={
        mayImport && (
          <ButtonLink from="/book" to="/book" search={(before) => ({ ...before, import: true as const })} look="solid">
            <UploadSimple size={16} aria-hidden /> <span className="max-phone:sr-only">{say.import}</span>
          </ButtonLink>
        )
      }
    >
      <Summary />
      <div className="flex flex-wrap items-center gap-3 border-t border-line px-6 py-2 max-phone:px-4">
        <BookSearchField text={search} />
        <span role="status" className="type-caption type-number ml-auto text-ink-2">
          {say.found(total)}
        </span>
      </div>
      {contacts.isError && rows.length === 0 ? (
        <div className="px-6">
          <ProblemView error={contacts.error} action="book:read" onRetry={() => void contacts.refetch()} />
        </div>
      ) : contacts.data === undefined ? (
        <Skeleton />
      ) : rows.length === 0 ? (
        <NoContacts search={search} onClear={() => void navigate({ search: {} })} />
      ) : (
        <>
          <ContactRows rows={rows} />
          <LoadMore shown={rows.length} total={total} query={contacts} />
        </>
      )}
      {importing === true && (
        <Suspense fallback={null}>
          <ImportDialog onClose={() => void navigate({ search: ({ import: _, ...rest }) => rest })} />
        </Suspense>
      )}
    </Page>
  );
}

function Summary() {
  const summary = useBookSummary();
  const [now] = useState(() => new Date());
  if (summary.data === undefined) return <div className="h-[76px]" />;
  const { contacts, addresses, excluded, revision, changedAt } = summary.data;
  return (
    <div className="px-6 py-5 max-phone:px-4">
      <p className="type-sentence">{say.summary(contacts, addresses)}</p>
      <p className="type-caption type-number mt-1 flex flex-wrap gap-x-4 text-ink-2">
        <span>{say.excludedCount(excluded)}</span>
        <span>{say.revision(revision)}</span>
        {changedAt !== null && <span>{say.changed(formatAgo(changedAt, now))}</span>}
      </p>
    </div>
  );
}

const SEARCH_AFTER_MS = 200;

/** Writes what is typed into the address once typing pauses. */
function BookSearchField({ text }: { readonly text: string }) {
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(text);
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(
      () => void navigate({ search: typed === '' ? {} : { search: typed }, replace: true, resetScroll: false }),
      SEARCH_AFTER_MS,
    );
    return () => clearTimeout(timer);
  }, [typed, text, navigate]);
  return <SearchField label={say.search} value={typed} onSearch={setTyped} />;
}

function ContactRows({ rows }: { readonly rows: readonly Contact[] }) {
  const exclusion = useExclusion();
  const toast = useToast();
  const mayExclude = useMay('book:exclude');
  const change = (contact: Contact, excluded: boolean) => {
    const name = contact.name ?? contact.addresses[0] ?? say.unnamed;
    exclusion.mutate(
      { id: contact.id, excluded },
      {
        onSuccess: () =>
          toast({
            sentence: excluded ? say.excludedToast(name) : say.includedToast(name),
            onUndo: () => exclusion.mutate({ id: contact.id, excluded: !excluded }),
          }),
      },
    );
  };
  return (
    <>
      {exclusion.isError && (
        <div className="px-6 pb-3">
          <ProblemView error={exclusion.error} action="book:exclude" />
        </div>
      )}
      <BookTable rows={rows} busy={exclusion.isPending} onChange={mayExclude ? change : null} />
    </>
  );
}

function NoContacts({ search, onClear }: { readonly search: string; readonly onClear: () => void }) {
  const navigate = route.useNavigate();
  if (search !== '') return <EmptyState state={{ kind: 'no-results', sentence: say.noResults(search), onClear }} />;
  return (
    <EmptyState
      state={{
        kind: 'first-use',
        ...say.first,
        action: <Button onClick={() => void navigate({ search: { import: true } })}>{say.import}</Button>,
      }}
    />
  );
}
