// Rules about the repository as a whole: what may never stand in any file, what the lock file may hold,
// and what reaches the browser.
import { posix } from 'node:path';
import { resolveImport, type SourceFile } from '../../scripts/source-files.ts';
import { linesWith } from './rules.ts';
import type { Violation } from './floors.ts';

/**
 * Traces of the machine it was written on, hosts of package registries, and talk about tickets.
 *
 * @param places absolute paths that must not appear, such as the checkout's own
 */
export function checkTraces(file: SourceFile, places: readonly string[]): Violation[] {
  const escaped = places.map((place) => place.replace(/[^\w/]/g, '\\$&'));
  const paths = new RegExp([...escaped, String.raw`(?<![\w.])/(home|Users)/[a-z]\w*/`].join('|'));
  return [
    ...linesWith(file, paths, 'traces', 'a path of one machine'),
    ...linesWith(file, /\bregistry\.(?:[a-z0-9-]+\.)+[a-z]{2,}/i, 'traces', 'the host of a package registry'),
    ...linesWith(file, /\b(issue|ticket|pull request)s? (no\. ?)?#?\d+\b/i, 'traces', 'the number of a ticket'),
  ];
}

interface LockedPackage {
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
}

/**
 * Packages for tests that come with an install script and work without it; `.npmrc` keeps every script from running.
 * The SDK of OpenRouter would ask its service whether its types are old.
 */
const WORK_WITHOUT_SCRIPT: ReadonlySet<string> = new Set(['node_modules/@openrouter/sdk']);

/** The lock names no registry, and nothing in it wants to run a script while it is installed. */
export function checkLock(text: string): { packages: number; violations: Violation[] } {
  const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, LockedPackage>> };
  const violations = Object.entries(packages).flatMap(([name, entry]) => [
    ...(/^[a-z+]+:/i.test(entry.resolved ?? '') ? [inLock(`${name} names where it came from`)] : []),
    ...(entry.hasInstallScript === true && !(entry.dev === true && WORK_WITHOUT_SCRIPT.has(name))
      ? [inLock(`${name} wants to run an install script`)]
      : []),
  ]);
  return { packages: Object.keys(packages).length, violations };
}

/** What the console takes from the contract is types, or values of files that need no schema library. */
export function checkConsoleImports(file: SourceFile, contract: ReadonlyMap<string, SourceFile>): Violation[] {
  return file.imports.flatMap(({ specifier, typeOnly, line }) => {
    if (typeOnly || specifier === null || !specifier.startsWith('@sentinel/contract')) return [];
    const path = contractPath(specifier);
    const heavy = reachesZod(path, contract, new Set());
    return heavy
      ? [{ path: file.path, line, rule: 'browser', finding: `${specifier} would bring zod into the browser` }]
      : [];
  });
}

function contractPath(specifier: string): string {
  const rest = specifier.split('/').slice(2).join('/');
  const file = rest === '' ? 'contract.ts' : rest.replace(/(\.ts)?$/, '.ts');
  return `packages/contract/src/${file}`;
}

function reachesZod(path: string, files: ReadonlyMap<string, SourceFile>, seen: Set<string>): boolean {
  const file = files.get(posix.normalize(path));
  if (file === undefined) return true; // an unknown file is not known to be light
  if (seen.has(path)) return false;
  seen.add(path);
  return file.imports.some(({ specifier, typeOnly }) => {
    if (typeOnly) return false;
    const next = specifier === null ? null : resolveImport(file.path, specifier);
    return next === null || reachesZod(next, files, seen);
  });
}

function inLock(finding: string): Violation {
  return { path: 'package-lock.json', line: 1, rule: 'lock', finding };
}
