// The contact book over HTTP: list, summary, import, exclusion.
import { BookImportQuery, BookImportReport, BookPage, BookQuery, BookSummary, Contact, Id } from '@sentinel/contract';
import { z } from 'zod';
import type { Database } from '../../platform/db/database.ts';
import { type Route, route } from '../../platform/http/route.ts';
import { type ContactId, parseId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { getSummary, listContacts } from './contact-list.store.ts';
import { setExcluded } from './exclusion.ts';
import { importBook } from './import-book.ts';

export interface BookDeps {
  readonly db: Database;
}

export function bookRoutes(deps: BookDeps): readonly Route[] {
  return [summary(deps), list(deps), importFile(deps), exclusion(deps, true), exclusion(deps, false)];
}

function summary({ db }: BookDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/book',
    summary: 'How many contacts the book holds, and its revision.',
    action: 'book:read',
    unaudited: 'counts only',
    answers: { 200: BookSummary },
    problems: [],
    rate: 'read',
    handle: ({ caller }) => db.workspace(caller.workspaceId, getSummary),
  });
}

function list({ db }: BookDeps): Route {
  return route({
    method: 'GET',
    path: '/v1/book/contacts',
    summary: 'List contacts by name, or search them by name, company or address.',
    action: 'book:read',
    unaudited: 'reading the book is part of everyday work',
    query: BookQuery,
    answers: { 200: BookPage },
    problems: ['invalid_request'],
    rate: 'read',
    handle: ({ caller, query }) => {
      const after = query.cursor === undefined ? null : contactIdOf(query.cursor, 'invalid_request');
      const search = query.search?.trim() ?? '';
      return db.workspace(caller.workspaceId, (tx) =>
        listContacts(tx, { after, limit: query.limit, search: search === '' ? null : search }),
      );
    },
  });
}

function importFile({ db }: BookDeps): Route {
  return route({
    method: 'POST',
    path: '/v1/book/import',
    summary: 'Import contacts from a CSV or vCard file, or see with dryRun what an import would do.',
    action: 'book:import',
    audit: 'book.imported',
    stream: ['text/csv', 'text/vcard', 'application/octet-stream'],
    query: BookImportQuery,
    answers: { 200: BookImportReport },
    problems: ['file_invalid', 'upload_interrupted'],
    rate: 'upload',
    // The file itself says what it is; content types of downloads are often wrong.
    handle: ({ caller, query, stream, entry }) => importBook(db, caller.workspaceId, stream, { ...query, entry }),
  });
}

function exclusion({ db }: BookDeps, excluded: boolean): Route {
  return route({
    method: excluded ? 'PUT' : 'DELETE',
    path: '/v1/book/contacts/:id/exclusion',
    summary: excluded ? 'Exclude a contact: it no longer opens the gate.' : 'Include an excluded contact again.',
    action: 'book:exclude',
    audit: excluded ? 'contact.excluded' : 'contact.included',
    params: z.object({ id: Id }),
    answers: { 200: Contact },
    problems: ['not_found'],
    rate: 'write',
    handle: ({ caller, params, entry }) =>
      setExcluded(db, caller.workspaceId, { contactId: contactIdOf(params.id, 'not_found'), excluded }, entry),
  });
}

function contactIdOf(text: string, code: 'invalid_request' | 'not_found'): ContactId {
  const id = parseId<ContactId>(text);
  if (id === null)
    throw problem(
      code,
      code === 'not_found' ? 'There is no such contact.' : 'The cursor is not valid. Start again without it.',
    );
  return id;
}
