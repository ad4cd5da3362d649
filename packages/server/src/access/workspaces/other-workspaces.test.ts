// What one workspace can learn of another, and do to it: nothing. Ids of the other one are answered as ids of nobody are, and
// whatever happens here, everybody there is answered as before.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, type WorkspaceId } from '../../platform/ids.ts';
import { type Method, openWorkspacesWorld, type TestPerson, type WorkspacesWorld } from './workspaces.testing.ts';
import { workspaceRoutes } from './workspaces.routes.ts';

type Someone = TestPerson & { readonly token: string };
interface Place {
  readonly workspaceId: WorkspaceId;
  readonly owner: Someone;
  readonly personId: string;
  readonly groupId: string;
  readonly invitationId: string;
}

let world: WorkspacesWorld;
let here: Place;
let there: Place;
let viewerThere: Someone;
/** Somebody who belongs nowhere yet. */
let stranger: TestPerson;
let made = 0;

beforeAll(async () => {
  world = await openWorkspacesWorld();
  [here, there] = [await settle('here'), await settle('there')];
  viewerThere = await world.member(there.workspaceId, 'viewer');
  stranger = await world.person('Stranger');
});
afterAll(() => world.close());

async function settle(slug: string): Promise<Place> {
  const workspaceId = await world.workspace(slug);
  const owner = await world.member(workspaceId, 'owner');
  const { id: personId } = await world.member(workspaceId, 'editor');
  const make = async (url: string, body: object): Promise<string> =>
    (await world.ask('POST', url, { token: owner.token, body })).json().id;
  const groupId = await make(`/workspaces/${workspaceId}/groups`, { name: 'Sales' });
  await world.ask('POST', `/workspaces/${workspaceId}/groups/${groupId}/members/${personId}`, { token: owner.token });
  const invitationId = await make('/v1/invitations', { email: `new@${slug}.example` });
  return { workspaceId, owner, personId, groupId, invitationId };
}

/** A body that each route accepts; one that needs none ignores it. */
const bodyFor = (method: Method, path: string): object =>
  path.endsWith('/invite')
    ? { email: there.owner.email }
    : path.includes('/members/')
      ? { role: 'viewer' }
      : { name: `n${method}` };
const NAMES = ['workspaceId', 'personId', 'groupId', 'invitationId'] as const;
type Ids = Readonly<Record<(typeof NAMES)[number], string>>;
const urlOf = (path: string, ids: Ids): string =>
  NAMES.reduce<string>((url, name) => url.replace(`:${name}`, ids[name]), path);

describe('an id of another workspace', () => {
  // Proves: ASVS 3.
  it('is answered in the very words in which an id of nothing is, on every route that takes one', async () => {
    const routes = workspaceRoutes(world.deps).filter((route) => route.path.includes(':'));
    expect(routes.length).toBeGreaterThan(12);
    const asked: string[] = [];
    for (const { method, path } of routes) {
      for (const name of NAMES.filter((each) => path.includes(`:${each}`))) {
        const [foreign, unknown] = await Promise.all(
          [there[name], newId<string>()].map(async (id) => {
            const how = { token: here.owner.token, ...(method === 'GET' ? {} : { body: bodyFor(method, path) }) };
            const answer = await world.ask(method, urlOf(path, { ...here, [name]: id }), how);
            const { instance: _, ...said } = answer.json();
            return JSON.stringify([answer.statusCode, said]).replaceAll(id, 'the id');
          }),
        );
        asked.push(`${method} ${path} ${name}`);
        expect([asked.at(-1), foreign]).toEqual([asked.at(-1), unknown]);
        expect(foreign).toMatch(/^\[(400|403|404),/);
      }
    }
    expect(asked.length).toBeGreaterThan(20);
  });
});

describe('whatever an owner does', () => {
  /** What members of the other workspace are told, each by their own token. */
  async function answersThere(): Promise<string> {
    const at = `/workspaces/${there.workspaceId}`;
    const urls = [
      at,
      `${at}/members`,
      `${at}/groups`,
      `${at}/groups/${there.groupId}/members`,
      '/workspaces',
      '/users/me',
    ];
    const asked = [
      ...urls.flatMap((url) => [there.owner, viewerThere].map(({ token }) => world.ask('GET', url, { token }))),
      ...['/v1/invitations', '/v1/workspace-domains'].map((url) => world.ask('GET', url, { token: there.owner.token })),
    ];
    return JSON.stringify((await Promise.all(asked)).map((answer) => [answer.statusCode, answer.body]));
  }

  const id = fc.constantFrom<'here' | 'there' | 'nowhere'>('here', 'there', 'nowhere');
  const deed = fc.record({
    kind: fc.constantFrom(
      'member',
      'role',
      'remove',
      'group',
      'join',
      'leave',
      'drop',
      'invite',
      'withdraw',
      'domains',
      'rename',
    ),
    workspace: id,
    person: id,
    group: id,
  });
  type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never;

  async function act({ kind, ...which }: Deed): Promise<number> {
    made += 1;
    const pick = (of: 'here' | 'there' | 'nowhere', name: keyof Ids): string =>
      of === 'nowhere' ? newId<string>() : { here, there }[of][name];
    const at = `/workspaces/${pick(which.workspace, 'workspaceId')}`;
    const [person, group] = [pick(which.person, 'personId'), pick(which.group, 'groupId')];
    const deeds: Record<Deed['kind'], readonly [Method, string, object?]> = {
      member: ['POST', `${at}/members/invite`, { email: stranger.email, role: 'editor' }],
      role: ['PATCH', `${at}/members/${person}`, { role: made % 2 === 0 ? 'viewer' : 'admin' }],
      remove: ['DELETE', `${at}/members/${person}`],
      group: ['POST', `${at}/groups`, { name: `Group ${made}` }],
      join: ['POST', `${at}/groups/${group}/members/${person}`],
      leave: ['DELETE', `${at}/groups/${group}/members/${person}`],
      drop: ['DELETE', `${at}/groups/${group}`],
      invite: ['POST', '/v1/invitations', { email: `x${made}@there.example` }],
      withdraw: ['DELETE', `/v1/invitations/${pick(which.group, 'invitationId')}`],
      domains: ['PUT', '/v1/workspace-domains', { domains: made % 2 === 0 ? [] : [{ domain: 'home.example' }] }],
      rename: ['PATCH', at, { name: `Name ${made}` }],
    };
    const [method, url, body] = deeds[kind];
    const answer = await world.ask(method, url, { token: here.owner.token, ...(body === undefined ? {} : { body }) });
    return answer.statusCode;
  }

  // Proves: ASVS 9.
  it('in any order, changes no answer that anybody gets in another workspace', async () => {
    const before = await answersThere();
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 3, maxLength: 8 }), async (deeds) => {
        for (const each of deeds) statuses.add(await act(each));
        expect(await answersThere()).toBe(before);
      }),
      { numRuns: 40 },
    );
    // Deeds that were all refused would prove nothing.
    expect([...statuses].filter((status) => status < 300).length).toBeGreaterThan(1);
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
  });
});
