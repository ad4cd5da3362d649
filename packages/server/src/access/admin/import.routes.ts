// Importing people from a CSV over HTTP: first a look at what would happen, then the import itself.
import { PeopleImportPreview, PeopleImportResult } from '@sentinel/contract';
import { readFormFile } from '../../platform/http/form-file.ts';
import type { Presented, Route } from '../../platform/http/route.ts';
import type { AccessDeps } from '../access-deps.ts';
import { actOf } from './admin-change.ts';
import { adminRoute } from './admin-route.ts';
import { type ImportDeps, importPeople, previewImport } from './import-people.ts';
import { type JudgedRow, MAX_FILE_BYTES, readPeopleFile } from './people-file.ts';

export type { ImportDeps } from './import-people.ts';

type Deps = ImportDeps & Pick<AccessDeps, 'admissions'>;

export function importRoutes(deps: Deps): readonly Route[] {
  return [preview(deps), execute(deps)];
}

const FORM = ['multipart/form-data'];

function preview(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/import/csv/preview',
    summary: 'See what an import of people would do',
    stream: FORM,
    answers: { 200: PeopleImportPreview },
    problems: ['file_invalid', 'too_large'],
    rate: 'upload',
    handle: async (request) => previewImport(deps, await rowsOf(request)),
  });
}

function execute(deps: Deps): Route {
  return adminRoute(deps, {
    method: 'POST',
    path: '/admin/import/csv/execute',
    summary: 'Import people and memberships from a CSV',
    stream: FORM,
    answers: { 200: PeopleImportResult },
    problems: ['file_invalid', 'too_large'],
    rate: 'sign-in',
    handle: async (request) => importPeople(deps, await rowsOf(request), actOf(request)),
  });
}

async function rowsOf({
  stream,
  presented,
}: {
  readonly stream: AsyncIterable<Uint8Array>;
  readonly presented: Presented;
}): Promise<readonly JudgedRow[]> {
  const rules = { field: 'file', maxBytes: MAX_FILE_BYTES };
  return readPeopleFile(await readFormFile(stream, presented.header('content-type'), rules));
}
