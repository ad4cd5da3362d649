import { PeopleImportPreview, PeopleImportResult } from '@sentinel/contract';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkspaceId } from '../../platform/ids.ts';
import type { AccessTables } from '../access.tables.ts';
import { type AdminWorld, openAdminWorld, type TestPerson } from './admin.testing.ts';
import { MAX_FILE_BYTES } from './people-file.ts';

let world: AdminWorld;
let root: TestPerson;
let ada: TestPerson;
let lab: WorkspaceId;
beforeAll(async () => {
  world = await openAdminWorld();
  root = await world.person('Root', { admin: true });
  ada = await world.person('Ada');
  lab = await world.workspace('lab', [[ada, 'owner']]);
}, 120_000);
afterAll(() => world.close());

const HEADER = 'email,name,workspace_slug,role';

function upload(step: 'preview' | 'execute', csv: string, type = 'multipart/form-data; boundary=x') {
  const part = `--x\r\nContent-Disposition: form-data; name="file"; filename="p.csv"\r\n\r\n${csv}\r\n--x--\r\n`;
  return world.ask('POST', `/admin/import/csv/${step}`, {
    as: root,
    payload: part,
    headers: { 'content-type': type },
  });
}

const peopleNow = () =>
  world.db.control((tx) =>
    tx.withTables<AccessTables>().selectFrom('person').select(['email', 'name']).orderBy('email').execute(),
  );
const rolesIn = async (id: WorkspaceId) => {
  const answer = await world.ask('GET', `/admin/workspaces/${id}/members`, { as: root });
  return answer.json().map((each: { email: string; role: string }) => `${each.email} ${each.role}`);
};

describe('importing people', () => {
  const file = [
    HEADER,
    'new@home.example,New,lab,editor',
    'ADA@home.example,Another Ada,lab,viewer',
    'known@home.example,Only Known,,',
    'lost@home.example,Lost,nowhere,viewer',
    'broken,Broken,lab,viewer',
    'late@home.example,Late,lab,owner',
  ].join('\n');

  it('shows first what it would do, and does nothing', async () => {
    const before = await peopleNow();
    const answer = await upload('preview', file);
    expect(answer.statusCode).toBe(200);
    const preview = PeopleImportPreview.parse(answer.json());
    expect(preview).toMatchObject({ valid_count: 4, error_count: 2 });
    expect(preview.rows[0]).toEqual({
      email: 'new@home.example',
      name: 'New',
      workspace_slug: 'lab',
      role: 'editor',
      error: null,
    });
    expect(preview.rows.map((row) => row.error === null)).toEqual([true, true, true, false, false, true]);
    expect(await peopleNow()).toEqual(before);
  });

  it('does what can be done for each row, and nothing the second time', async () => {
    const result = PeopleImportResult.parse((await upload('execute', file)).json());
    expect(result).toEqual({
      users_created: 3,
      memberships_added: 2,
      errors: ['Row 5: There is no such workspace.', 'Row 6: The address cannot be used for mail.'],
    });
    expect(await rolesIn(lab)).toEqual([
      'ada@home.example owner',
      'new@home.example editor',
      'late@home.example owner',
    ]);
    const actions = (await world.actions()).map((each) => each.action);
    expect(actions.filter((each) => each === 'user_created')).toHaveLength(3);
    expect(actions.filter((each) => each === 'member_invited')).toHaveLength(2);
    expect((await world.actions()).at(-1)).toMatchObject({
      action: 'batch_import',
      detail: { users_created: 3, memberships_added: 2, errors: 2 },
    });
    const again = PeopleImportResult.parse((await upload('execute', file)).json());
    expect(again).toMatchObject({ users_created: 0, memberships_added: 0 });
    expect(await peopleNow()).toContainEqual({ email: 'ada@home.example', name: 'Ada' });
  });

  it('refuses files that are too large, no form, or no CSV of people', async () => {
    const large = await upload('preview', `${HEADER}\n${'x'.repeat(MAX_FILE_BYTES)}`);
    expect(large.statusCode).toBe(413);
    expect((await upload('execute', `${HEADER}\n${'x'.repeat(MAX_FILE_BYTES)}`)).statusCode).toBe(413);
    expect((await upload('preview', file, 'text/csv')).statusCode).toBe(415);
    expect((await upload('preview', file, 'multipart/form-data')).statusCode).toBe(400);
    expect((await upload('preview', 'name\nAda')).statusCode).toBe(400);
  });
});

describe('exporting', () => {
  it('gives people as CSV that a spreadsheet does not run', async () => {
    await world.person('=HYPERLINK("http://evil.example")', { email: '-formula@home.example' });
    const answer = await world.ask('GET', '/admin/export/users', { as: root });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="users.csv"',
      'cache-control': 'no-store',
    });
    const rows: string[][] = parse(answer.body);
    expect(rows[0]).toEqual(['id', 'email', 'name', 'is_active', 'is_admin', 'created_at', 'workspace_count']);
    expect(rows.find((row) => row[1] === ada.email)).toEqual([
      ada.id,
      ada.email,
      'Ada',
      'true',
      'false',
      '2026-03-01T12:00:00.000Z',
      '1',
    ]);
    const formula = rows.find((row) => row[1]?.endsWith('-formula@home.example'));
    expect(formula?.slice(1, 3)).toEqual([`'-formula@home.example`, `'=HYPERLINK("http://evil.example")`]);
    expect(rows).toHaveLength((await peopleNow()).length + 1);
    expect((await world.actions()).at(-1)).toMatchObject({ action: 'export_users', actor_id: root.id });
  });

  it('gives workspaces as CSV', async () => {
    const answer = await world.ask('GET', '/admin/export/workspaces', { as: root });
    const rows: string[][] = parse(answer.body);
    expect(rows[0]).toEqual(['id', 'slug', 'name', 'description', 'created_by', 'created_at', 'member_count']);
    expect(rows[1]).toEqual([lab, 'lab', 'The lab', '', '', '2026-03-01T12:00:00.000Z', '3']);
    expect(answer.headers['content-disposition']).toBe('attachment; filename="workspaces.csv"');
  });

  it('gives everybody, however many', async () => {
    await world.db.control((tx) =>
      tx
        .withTables<AccessTables>()
        .insertInto('person')
        .values(
          Array.from({ length: 1200 }, (_, n) => ({
            id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
            email: `many-${n}@home.example`,
            name: `Many ${n}`,
            created_at: world.now(),
          })),
        )
        .execute(),
    );
    const answer = await world.ask('GET', '/admin/export/users', { as: root });
    const ids = parse(answer.body).map(([id]: string[]) => id);
    expect(ids).toHaveLength((await peopleNow()).length + 1);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
