// The reference pages of what people and programs use: the command line and the HTTP API.
// Pure: takes the facts of the program and its routes, hands back Markdown.
import { PROBLEMS, type ProblemCode } from '@sentinel/contract';
import { code, page, table } from './reference-tables.ts';

/** The part of a commander command that the page shows. */
export interface CommandFacts {
  name(): string;
  description(): string;
  readonly commands: readonly CommandFacts[];
  readonly options: readonly OptionFacts[];
  readonly registeredArguments: readonly ArgumentFacts[];
}

interface OptionFacts {
  readonly flags: string;
  readonly description: string;
  readonly hidden?: boolean;
}

interface ArgumentFacts {
  name(): string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly description: string;
}

/** The part of a route that the page shows. */
export interface RouteFacts {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly action: string | null;
  readonly open: string | null;
  /** The proof of an area's own that it asks for. */
  readonly admit: { readonly name: string; readonly meaning: string } | null;
  readonly audit: string | null;
  readonly unaudited: string | null;
  readonly rate: string;
  readonly answers: Readonly<Record<number, unknown>>;
  readonly problems: readonly ProblemCode[];
}

export function cliPage(program: CommandFacts): string {
  return page(
    'Command line',
    'Every command of `sentinel`. Inside a clone it is called as `npx --no sentinel …`: the name `sentinel` on the public registry belongs to somebody else, and `--no` refuses to download it.',
    [
      'Exit codes: `0` done or yes · `1` failed · `2` wrong usage · `3` the answer is no · `4` sign-in needed · `130` interrupted.',
      ...commandSections(program, []),
    ],
  );
}

function commandSections(command: CommandFacts, above: readonly string[]): string[] {
  const path = [...above, command.name()];
  const nested = command.commands
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => commandSections(child, path));
  const isGroup = command.commands.length > 0 && command.options.length === 0;
  return isGroup ? nested : [commandSection(command, path), ...nested];
}

function commandSection(command: CommandFacts, path: readonly string[]): string {
  const usage = [...path, ...command.registeredArguments.map(usageOf)].join(' ');
  const args = command.registeredArguments.map((argument) => [code(usageOf(argument)), argument.description]);
  const options = command.options
    .filter((option) => option.hidden !== true)
    .map((option) => [code(option.flags), option.description]);
  const rows = [...args, ...options];
  return [
    `## ${path.join(' ')}`,
    command.description(),
    code(usage),
    ...(rows.length > 0 ? [table(['', 'Meaning'], rows)] : []),
  ].join('\n\n');
}

function usageOf(argument: ArgumentFacts): string {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function needOf({ action, admit, open }: RouteFacts): string {
  if (action !== null) return code(action);
  return admit === null ? `open: ${open ?? ''}` : `${admit.name}: ${admit.meaning}`;
}

export function apiPage(routes: readonly RouteFacts[]): string {
  const sorted = [...routes].sort(
    (left, right) => left.path.localeCompare(right.path) || left.method.localeCompare(right.method),
  );
  const rows = sorted.map((route) => [
    code(`${route.method} ${route.path}`),
    route.summary,
    needOf(route),
    route.audit === null ? `none: ${route.unaudited ?? ''}` : code(route.audit),
    Object.keys(route.answers).join(', '),
    route.problems.map((name) => `${code(name)} (${PROBLEMS[name].status})`).join(', ') || '–',
    route.rate,
  ]);
  return page(
    'HTTP API',
    'Every route: who may use it, what it leaves in the audit log, what it answers. Schemas of parameters, bodies and answers stand in `/openapi.json` of a running server, readable at `/docs/api`. Any route may also answer the problems of the layer below it: not signed in, not allowed, not valid, too many requests.',
    [table(['Route', 'Does', 'Needs', 'Audit', 'Answers', 'Problems', 'Rate'], rows)],
  );
}
