// Read by the compiler only: each expected error is a route that must not compile.
import { z } from 'zod';
import { route } from './route.ts';

const base = {
  method: 'GET',
  path: '/x',
  summary: 'x',
  answers: { 200: z.object({ n: z.int() }) },
  problems: [],
  rate: 'read',
} as const;

export const complete = route({
  ...base,
  action: 'home:read',
  unaudited: 'a read',
  handle: async ({ caller, entry }) => ({ n: caller.role.length + (entry === null ? 0 : 1) }),
});
export const audited = route({
  ...base,
  action: 'home:read',
  audit: 'audit.exported',
  handle: async ({ entry }) => ({ n: entry.event.length }),
});
export const opened = route({
  ...base,
  open: 'nothing is told',
  unaudited: 'a read',
  handle: async ({ caller }) => ({ n: caller === null ? 0 : 1 }),
});
export const parsed = route({
  ...base,
  params: z.object({ id: z.uuid() }),
  query: z.object({ limit: z.coerce.number() }),
  body: z.object({ name: z.string() }),
  action: 'home:read',
  unaudited: 'a read',
  handle: async ({ params, query, body }) => ({ n: params.id.length + query.limit + body.name.length }),
});
export const twoAnswers = route({
  ...base,
  answers: { 200: z.object({ n: z.int() }), 204: 'empty' },
  open: 'x',
  unaudited: 'x',
  handle: async ({ now }) => (now.getTime() > 0 ? { status: 200, body: { n: 1 } } : { status: 204, body: undefined }),
});
export const uploaded = route({
  ...base,
  stream: ['text/csv'],
  action: 'book:import',
  audit: 'book.imported',
  handle: async ({ stream }) => {
    for await (const chunk of stream) void chunk;
    return { n: 1 };
  },
});
export const emptied = route({ ...base, answers: { 204: 'empty' }, open: 'x', unaudited: 'x', handle: async () => {} });

const handle = async () => ({ n: 1 });
const open = { open: 'x', unaudited: 'x' };

// @ts-expect-error neither action nor open
export const unguarded = route({ ...base, unaudited: 'a read', handle });
// @ts-expect-error neither audit nor unaudited
export const untrailed = route({ ...base, action: 'home:read', handle });
// @ts-expect-error action and open at once
export const both = route({ ...base, action: 'home:read', open: 'x', unaudited: 'a read', handle });
// @ts-expect-error an action that is not in the table
export const invented = route({ ...base, action: 'home:burn', unaudited: 'a read', handle });
// @ts-expect-error an event that is not in the table
export const unknownEvent = route({ ...base, action: 'home:read', audit: 'home.burnt', handle });
// @ts-expect-error an answer of another shape
export const otherShape = route({ ...base, ...open, handle: async () => ({ m: 1 }) });
// @ts-expect-error a stream and a parsed body at once
export const bodyAndStream = route({ ...base, ...open, stream: ['text/csv'], body: z.object({}), handle });
// @ts-expect-error an open route has no caller
export const anonymous = route({ ...base, ...open, handle: async ({ caller }) => ({ n: caller.role.length }) });
